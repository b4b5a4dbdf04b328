"""Fire sales: institutions sell to restore a constraint, prices fall, constraints bind again.

N institutions hold K assets. At prices p (1 before) institution i sells the share f_i(p) of all
its holdings; what is sold moves the prices:

    p = impact(sum_i f_i(p) holdings_i)        a fixed point

f never falls when prices fall, so the fixed points form a lattice: from p = 1 downwards one finds
the greatest (the least loss), from the fully sold market upwards the least. With one asset and a
leverage constraint this is the model of Cifuentes, Ferrucci and Shin. If a single need X of cash
has to be raised, s = X / p and p = exp(-α s) have the closed form

    p = exp(W(-α X))      branch 0 of Lambert's W the greatest, branch -1 unstable; α X <= 1 / e

Sources: Cifuentes, Ferrucci, Shin, "Liquidity risk and contagion", JEEA 3 (2005) 556; several
assets sold pro rata as in Greenwood, Landier, Thesmar, "Vulnerable banks", JFE 115 (2015) 471.
"""

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.special import lambertw

from abm.contagion.price_impact import Impact
from abm.units import Floats

PRICE_TOL = 1e-12
"""The last round moves no price by more [share of the price before]."""

MAX_ROUNDS = 100_000
"""A fire sale that still moves after so many rounds is an error."""


class SaleRule(Protocol):
    """Why institutions sell."""

    def sold_share(self, prices: Floats, holdings: Floats) -> Floats:
        """`[N]` share of its holdings that each institution sells, never rising with a price."""
        ...


def _column(name: str, values: Floats) -> Floats:
    column = np.asarray(values, np.float64)
    if not (column >= 0.0).all():
        raise ValueError(f"{name}: give numbers of at least 0")
    return column


@dataclass(frozen=True)
class LeverageCap:
    """Sell until risky assets are at most λ times equity; who has no equity sells all.

        V = holdings p,   E = V + other + cash - liabilities
        f = max(0, 1 - (λ E - other) / V), at most 1

    λ = 1 / r for a minimal capital ratio r. A sale turns assets into cash of the same value, so it
    leaves equity as it is; `other` cannot be sold.

    Attributes:
        cash_usd: `[N]` >= 0, no capital is needed for it.
        other_usd: `[N]` >= 0, assets at a fixed price that count as risky.
        liabilities_usd: `[N]` >= 0.
        largest_leverage: `[N]` or one number, λ >= 1.
    """

    cash_usd: Floats  # [N]
    other_usd: Floats  # [N]
    liabilities_usd: Floats  # [N]
    largest_leverage: Floats | float

    def __post_init__(self) -> None:
        for name in ("cash_usd", "other_usd", "liabilities_usd"):
            _column(name, getattr(self, name))
        if not (np.asarray(self.largest_leverage) >= 1.0).all():
            raise ValueError("largest_leverage is below 1: give risky assets per unit of equity")

    def equity_usd(self, prices: Floats, holdings: Floats) -> Floats:
        """E at these prices: `[N]` USD."""
        fixed = np.asarray(self.other_usd) + self.cash_usd - self.liabilities_usd
        return np.asarray(holdings @ prices + fixed)

    def sold_share(self, prices: Floats, holdings: Floats) -> Floats:
        value = holdings @ prices
        equity = self.equity_usd(prices, holdings)
        allowed = np.maximum(0.0, np.asarray(self.largest_leverage) * equity - self.other_usd)
        kept = np.divide(allowed, value, out=np.ones(value.size), where=value > 0.0)
        # at a price of 0 nothing restores the constraint: who has no room sells all
        kept = np.where((value <= 0.0) & (allowed <= 0.0), 0.0, kept)
        return 1.0 - np.minimum(1.0, kept)


@dataclass(frozen=True)
class CashNeed:
    """Raise a given amount of cash: f = min(1, X / V), V = holdings p.

    Attributes:
        need_usd: `[N]` X >= 0.
    """

    need_usd: Floats  # [N]

    def __post_init__(self) -> None:
        _column("need_usd", self.need_usd)

    def sold_share(self, prices: Floats, holdings: Floats) -> Floats:
        need = np.asarray(self.need_usd, np.float64)
        value = holdings @ prices
        share = np.divide(need, value, out=np.ones(value.size), where=value > need)
        return np.where(need > 0.0, share, 0.0)


@dataclass(frozen=True)
class FireSale:
    """A fixed point of sales and prices.

    Attributes:
        prices: `[K]` relative to before.
        sold_share: `[N]` of its holdings.
        rounds: how many rounds it took.
    """

    prices: Floats  # [K]
    sold_share: Floats  # [N]
    rounds: int


def fire_sale(
    holdings: Floats,
    rule: SaleRule,
    impact: Impact,
    greatest: bool = True,
    tolerance: float = PRICE_TOL,
) -> FireSale:
    """The greatest (or least) prices at which nobody has to sell more, or less.

    Args:
        holdings: `[N, K]` USD at the prices before, >= 0.
        rule: why institutions sell.
        impact: what selling does to prices.
        greatest: from p = 1 downwards; else from all sold upwards.
        tolerance: the last round moves no price by more.

    Raises:
        ValueError: holdings are not a table of numbers >= 0.
        ArithmeticError: prices still move after `MAX_ROUNDS` rounds.
    """
    table = _column("holdings", holdings)
    if table.ndim != 2:
        raise ValueError(f"holdings are {table.shape}: give [N, K], one row per institution")
    prices = np.ones(table.shape[1]) if greatest else impact.prices(table.sum(axis=0))
    for done in range(MAX_ROUNDS):
        share = rule.sold_share(prices, table)
        new = impact.prices(share @ table)
        if np.abs(new - prices).max(initial=0.0) <= tolerance:
            return FireSale(new, rule.sold_share(new, table), done + 1)
        prices = new
    raise ArithmeticError(f"prices still move after {MAX_ROUNDS} rounds: raise the tolerance")


def cash_need_price(need_usd: float, alpha: float) -> float:
    """Greatest p = exp(-α X / p): exp(W0(-α X)) where α X <= 1 / e, else 0: the price collapses.

    Args:
        need_usd: X >= 0, cash to be raised.
        alpha: log fall of the price per unit sold, >= 0.

    Raises:
        ValueError: an argument is negative.
    """
    need = _need(need_usd, alpha)
    return float(np.exp(lambertw(-need, 0).real)) if need <= math.exp(-1.0) else 0.0


def unstable_cash_need_price(need_usd: float, alpha: float) -> float:
    """The fixed point below which a sale collapses: exp(W-1(-α X)); NaN where α X > 1 / e or = 0.

    Args:
        need_usd: X >= 0, cash to be raised.
        alpha: log fall of the price per unit sold, >= 0.

    Raises:
        ValueError: an argument is negative.
    """
    need = _need(need_usd, alpha)
    exists = 0.0 < need <= math.exp(-1.0)
    return float(np.exp(lambertw(-need, -1).real)) if exists else math.nan


def _need(need_usd: float, alpha: float) -> float:
    if not (need_usd >= 0.0 and alpha >= 0.0):
        raise ValueError("need_usd and alpha: give numbers of at least 0")
    return need_usd * alpha
