"""Seed systems outside the venues: rebasing tokens, lending, endogenous stablecoins."""
