"""Seed systems outside the venues: rebasing tokens, lending against them, endogenous stablecoins."""
