"""Tests of the state of the market."""
