"""Losses that travel between institutions."""
