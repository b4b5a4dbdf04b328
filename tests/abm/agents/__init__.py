"""Tests of abm.agents."""
