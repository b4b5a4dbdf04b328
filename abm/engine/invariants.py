"""What must hold after every tick, whatever happened in it.

contracts   open interest nets to zero on every book
cash        Σ (cash + isolated margin - q entry) + wallets + funds + fees + what depositors and
            stakers have been paid - external is constant: a trade moves cash and cost basis
            together, everything else moves cash between pots
stakes      what is stakers' of a fund is no more than the fund
numbers     nothing is NaN; prices are positive; no fund is negative
"""

import math
from dataclasses import dataclass

import numpy as np

from abm.engine.world import World
from abm.market.ledger import EXTERNAL_USD
from abm.units import GROSS_TOL, USD_TOL

CONTRACT_TOL = 1e-9
"""Tolerance of net open interest, as a share of gross open interest [1]."""


class InvariantError(AssertionError):
    """Money or contracts came from nowhere, or a number is missing."""


@dataclass(frozen=True)
class Baseline:
    """What the conserved sums were at the start.

    Attributes:
        cash_usd: the conserved sum.
        gross_usd: Σ |terms|, the scale of its rounding.
    """

    cash_usd: float
    gross_usd: float

    @classmethod
    def of(cls, world: World) -> "Baseline":
        """The baseline of a world now."""
        terms = _cash_terms(world)
        return cls(compensated_sum(terms), float(np.abs(terms).sum()))


def compensated_sum(terms: np.ndarray) -> float:
    """Exactly rounded sum."""
    return math.fsum(terms.tolist())


def _cash_terms(world: World) -> np.ndarray:
    accounts, venues, backing = world.state.accounts, world.state.venues, world.state.backing
    basis = (accounts.qty_contracts * accounts.entry_price).ravel()
    return np.concatenate(
        [
            accounts.cash_usd,
            accounts.margin_usd.ravel(),
            -basis,
            world.traders.wallet_usd,
            venues.fund_usd,
            venues.fees_usd,
            world.backers.vaults.outside_usd,
            world.backers.stakers.unstaked_usd,
            backing.contribution_usd,
            backing.capital_usd,
            world.outside.protocols.lender_usd,
            -world.state.ledger.totals[EXTERNAL_USD : EXTERNAL_USD + 1],
        ]
    )


def check_backers(world: World, tick: int) -> None:
    """Raise if stakes exceed their fund, or somebody holds less than no shares.

    Raises:
        InvariantError: naming what broke.
    """
    backers, venues = world.backers, world.state.venues
    stakes = venues.stakers_usd
    if (stakes < 0.0).any() or (stakes > venues.fund_usd + USD_TOL).any():
        raise InvariantError(f"tick {tick}: stakes of {stakes} USD are not in the funds.")
    for shares in (backers.vaults.shares, backers.stakers.shares):
        if not (shares >= 0.0).all():
            raise InvariantError(f"tick {tick}: somebody holds less than no shares.")
    if not (backers.vaults.price_usd >= 0.0).all():
        raise InvariantError(f"tick {tick}: a vault's share has no price.")


def check_world(world: World, baseline: Baseline) -> None:
    """Raise if any invariant is broken.

    Raises:
        InvariantError: naming what broke, by how much, and at which tick.
    """
    tick = int(world.clock[0])
    accounts, markets = world.state.accounts, world.state.markets
    for name, columns in (("accounts", accounts), ("markets", markets)):
        for field, values in columns._asdict().items():
            if field != "visible" and values.dtype.kind == "f" and np.isnan(values).any():
                raise InvariantError(f"tick {tick}: {name}.{field} has a NaN.")
    if markets.mark_price.min() <= 0.0 or markets.index_price.min() <= 0.0:
        raise InvariantError(f"tick {tick}: a price is not positive.")
    if world.state.venues.fund_usd.min() < 0.0:
        raise InvariantError(f"tick {tick}: an insurance fund is negative.")
    check_backers(world, tick)
    for v in range(world.designs.shape[0]):
        begin, end = world.state.venues.account_start[v : v + 2]
        held = accounts.qty_contracts[begin:end]
        gross = np.abs(held).sum(axis=0)
        net = np.abs(held.sum(axis=0))
        if (net > CONTRACT_TOL * np.maximum(gross, 1.0)).any():
            raise InvariantError(f"tick {tick}: open interest of venue {v} nets to {net}.")
    terms = _cash_terms(world)
    drift = abs(compensated_sum(terms) - baseline.cash_usd)
    scale = max(baseline.gross_usd, float(np.abs(terms).sum()))
    if drift > max(USD_TOL, GROSS_TOL * scale):
        raise InvariantError(f"tick {tick}: {drift:.3e} USD came from nowhere (gross {scale:.3e}).")
