"""Tests of losses between institutions."""
