"""Tests of the fit to the 10 October 2025 record."""
