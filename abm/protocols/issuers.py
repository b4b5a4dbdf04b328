"""Issuers of stablecoins that serve as collateral: the coin's price follows the speculator's issue.

Each tick the speculator issues or buys back coins (`abm.market.stablecoin`), and turns what that
brings into collateral, or pays for it with collateral, in the spot market of an instrument:

    coins + Δ        units of collateral + Δ Z / p        flow on the spot market Δ Z

A collapsed issuer does nothing more: its coins are worth their share of its collateral.
"""

import math
from typing import NamedTuple

import numpy as np

from abm.kernel import kernel
from abm.market.stablecoin import Stablecoin, coin_price, issue, settlement_price
from abm.units import Flags, Floats, Ints


class Issuers(NamedTuple):
    """One row per collateral asset; no rows where no asset has an issuer."""

    is_issued: Flags  # [C] or [0]
    instrument: Ints  # [C]
    demand_usd: Floats  # [C]
    beta: Floats  # [C]
    expected_return: Floats  # [C]
    coins: Floats  # [C] outstanding
    units: Floats  # [C] collateral, units of the instrument
    has_collapsed: Flags  # [C]
    flow_usd: Floats  # [K] scratch: bought in spot in this tick, sold < 0


def issuer_columns(
    terms: tuple[Stablecoin, ...], open_interest_usd: float, prices: Floats
) -> Issuers:
    """Columns of all issuers at t = 0: one `terms` per asset; `prices`: `[K]` index."""
    issued = np.array([t.demand_per_open_interest > 0.0 for t in terms], np.bool_)
    if not issued.any():
        terms, issued = (), issued[:0]
    demand = np.array([t.demand_per_open_interest * open_interest_usd for t in terms], np.float64)
    instrument = np.array([t.instrument for t in terms], np.int64)
    ratio = np.array([t.collateral_ratio for t in terms], np.float64)
    return Issuers(
        is_issued=issued,
        instrument=instrument,
        demand_usd=demand,
        beta=np.array([t.beta for t in terms], np.float64),
        expected_return=np.array([t.expected_return for t in terms], np.float64),
        coins=demand.copy(),
        units=ratio * demand / prices[instrument],
        has_collapsed=np.zeros(issued.size, np.bool_),
        flow_usd=np.zeros(prices.size),
    )


@kernel
def run_issuers(issuers: Issuers, index_price: Floats, asset_price: Floats) -> None:
    """One tick of every issuer: writes the coins' prices and `flow_usd`: `[K]`, `[C]`."""
    issuers.flow_usd[:] = 0.0
    for c in range(issuers.is_issued.size):
        if not issuers.is_issued[c]:
            continue
        price = index_price[issuers.instrument[c]]
        collateral = issuers.units[c] * price
        if not issuers.has_collapsed[c]:
            issued = issue(
                issuers.demand_usd[c], issuers.coins[c], collateral, issuers.beta[c],
                issuers.expected_return[c],
            )  # fmt: skip
            if math.isnan(issued):
                issuers.has_collapsed[c] = True
            else:
                issuers.coins[c] += issued
                asset_price[c] = coin_price(issuers.demand_usd[c], issuers.coins[c])
                proceeds = issued * asset_price[c]
                issuers.units[c] += proceeds / price
                issuers.flow_usd[issuers.instrument[c]] += proceeds
        if issuers.has_collapsed[c]:
            asset_price[c] = settlement_price(issuers.coins[c], collateral)
