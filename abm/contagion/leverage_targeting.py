"""Linear fire sales of institutions that return to their leverage, one round. Columns `[N]`, `[K]`.

With M portfolio weights, A assets, B debt per equity, L price impact, f a shock to returns:

    R1 = M f             loss per asset          direct loss   A R1
    φ = M' A B R1        assets sold             prices        F2 = L φ
    R2 = M F2            second round            loss          A R2

    AV = -1' A M L M' A B M f / sum E            aggregate vulnerability
    S_i = the part of AV that comes from i's sales, AV = sum S_i
    IV_i = loss of i from everybody's sales, per equity of i

Losses are linear in f: twice the shock, twice everything. Endogenous correlation of two funds'
assets, from the same mechanism in continuous time: with c = (α S / V0) (α / D) f'

    correlation = 2 c (1 + c) / ((1 + c)² + c²),      volatility x sqrt((1 + c)² + c²)

Sources: Greenwood, Landier, Thesmar, "Vulnerable banks", JFE 115 (2015) 471; Cont, Wagalath,
"Running for the exit: distressed selling and endogenous correlation", Math. Finance 23 (2013) 718.
"""

import math
from dataclasses import dataclass

import numpy as np

from abm.kernel import kernel
from abm.units import Floats


@dataclass(frozen=True)
class LeverageTargeters:
    """Institutions that sell in proportion to their portfolio until leverage is as before.

    Attributes:
        weights: `[N, K]` share of each asset in the portfolio; rows sum to 1 or less (rest: cash).
        assets_usd: `[N]` > 0.
        debt_to_equity: `[N]` >= 0.
        impact: `[K]` relative fall of the price per USD sold, >= 0.
    """

    weights: Floats  # [N, K]
    assets_usd: Floats  # [N]
    debt_to_equity: Floats  # [N]
    impact: Floats  # [K]

    def __post_init__(self) -> None:
        rows, columns = np.asarray(self.weights).shape
        sizes = (np.size(self.assets_usd), np.size(self.debt_to_equity), np.size(self.impact))
        if sizes != (rows, rows, columns):
            raise ValueError(
                f"columns have sizes {sizes}: give [N], [N] and [K] for [N, K] weights"
            )
        parts = (self.weights, self.assets_usd, self.debt_to_equity, self.impact)
        if not all((np.asarray(part) >= 0.0).all() for part in parts):
            raise ValueError("weights, assets, debt and impact: give numbers of at least 0")

    @property
    def equity_usd(self) -> Floats:
        """E = A / (1 + B): `[N]` USD."""
        return np.asarray(self.assets_usd, np.float64) / (1.0 + np.asarray(self.debt_to_equity))

    def direct_loss_usd(self, returns: Floats) -> Floats:
        """A M f, gains > 0: `[N]` USD.

        Args:
            returns: `[K]` shock f.
        """
        return np.asarray(self.assets_usd * (np.asarray(self.weights) @ returns))

    def sales_usd(self, returns: Floats) -> Floats:
        """Each institution's trades A B M f, sales < 0: `[N]` USD, spread over assets by weight."""
        return self.direct_loss_usd(returns) * self.debt_to_equity

    def price_change(self, returns: Floats) -> Floats:
        """F2 = L M' A B M f: `[K]` relative."""
        return self._price_change_of(self.sales_usd(returns))

    def _price_change_of(self, trades_usd: Floats) -> Floats:
        return np.asarray(np.asarray(self.impact) * (np.asarray(self.weights).T @ trades_usd))

    def spillover_usd(self, returns: Floats) -> Floats:
        """A M F2, losses < 0: `[N]` USD that the sales of all cost each."""
        return self.direct_loss_usd(self.price_change(returns))

    def aggregate_vulnerability(self, returns: Floats) -> float:
        """AV: spillover losses of all per equity of all [1], > 0 for losses."""
        return float(-self.spillover_usd(returns).sum() / self.equity_usd.sum())

    def systemicness(self, returns: Floats) -> Floats:
        """S_i: the part of AV that i's sales cause: `[N]` [1], sum = AV."""
        loss_per_price = self.direct_loss_usd_per_price()
        per_trade = np.asarray(self.weights) @ (np.asarray(self.impact) * loss_per_price)
        return np.asarray(-self.sales_usd(returns) * per_trade / self.equity_usd.sum())

    def direct_loss_usd_per_price(self) -> Floats:
        """1' A M: what all hold of each asset, `[K]` USD."""
        return np.asarray(np.asarray(self.weights).T @ np.asarray(self.assets_usd, np.float64))

    def indirect_vulnerability(self, returns: Floats) -> Floats:
        """IV_i: spillover loss of i per equity of i: `[N]` [1]."""
        return np.asarray(-self.spillover_usd(returns) / self.equity_usd)


@kernel
def endogenous_correlation(intensity: float) -> float:
    """2 c (1 + c) / ((1 + c)² + c²): correlation that distressed selling gives two assets [1].

    Args:
        intensity: c >= 0, the fund's position over depth times the slope of its selling.
    """
    square = (1.0 + intensity) ** 2 + intensity**2
    return float(2.0 * intensity * (1.0 + intensity) / square)


@kernel
def volatility_factor(intensity: float) -> float:
    """√((1 + c)² + c²): by how much distressed selling raises volatility [1].

    Args:
        intensity: c >= 0.
    """
    return math.sqrt((1.0 + intensity) ** 2 + intensity**2)
