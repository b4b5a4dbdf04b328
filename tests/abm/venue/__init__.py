"""Tests of abm.venue."""
