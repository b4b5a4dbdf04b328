"""Tests of abm.engine."""
