"""Tests of the theory's mechanisms."""
