"""Tests of `analysis`, on a synthetic results folder."""
