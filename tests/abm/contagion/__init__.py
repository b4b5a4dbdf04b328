"""Losses between institutions."""
