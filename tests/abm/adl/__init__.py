"""Tests of the ADL designs."""
