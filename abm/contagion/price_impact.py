"""Price impact: what selling does to a price, and the leverage that it makes fatal.

    exponential   p = exp(-α s)               s sold; α = 1.0536 per market: a tenth sold, -10 %
    linear        p = (1 - s / D)+            D depth: the price is 0 when D is sold
    square root   p = (1 - Y σ √(s / V))+     σ and V over the same horizon, Y about 1

Prices are relative to the price before. A position that is sold under the square-root law gets
on average 1 - (2/3) I with I = Y σ √(Q / V). So its liquidation pays the debt iff the leverage
is at most λ_c = 3 / (2 I), and a perpetual that is liquidated with margin m leaves a deficit of
max(0, (2/3) I - m) per notional: the point where auto-deleveraging has to start.

Sources: Cifuentes, Ferrucci, Shin, "Liquidity risk and contagion", JEEA 3 (2005) 556; Caccioli,
Bouchaud, Farmer, "Impact-adjusted valuation and the criticality of leverage", Risk (2012),
arXiv:1204.0922; Donier, Bonart, "A million metaorder analysis of market impact on the Bitcoin",
Market Microstructure and Liquidity 1 (2015); Kyle, "Continuous auctions and insider trading",
Econometrica 53 (1985) 1315; Kyle, Obizhaeva, "Large bets and stock market crashes", Review of
Finance 27 (2023) 2163.
"""

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from abm.kernel import kernel
from abm.units import Floats


class Impact(Protocol):
    """How far prices fall when so much is sold."""

    def prices(self, sold: Floats) -> Floats:
        """`[K]` prices relative to before, 1 where nothing is sold, decreasing in `sold`."""
        ...


def _all_above_zero(**parameters: Floats | float) -> None:
    for name, value in parameters.items():
        if not (np.asarray(value) > 0.0).all():
            raise ValueError(f"{name} is {value}: give numbers above 0")


@dataclass(frozen=True)
class ExponentialImpact:
    """p = exp(-α s).

    Attributes:
        alpha: `[K]` or one number, per unit of `sold`, > 0.
    """

    alpha: Floats | float

    def __post_init__(self) -> None:
        _all_above_zero(alpha=self.alpha)

    def prices(self, sold: Floats) -> Floats:
        return np.exp(-np.asarray(self.alpha, np.float64) * sold)


@dataclass(frozen=True)
class LinearImpact:
    """p = (1 - s / D)+.

    Attributes:
        depth: `[K]` or one number, in the unit of `sold`, > 0.
    """

    depth: Floats | float

    def __post_init__(self) -> None:
        _all_above_zero(depth=self.depth)

    def prices(self, sold: Floats) -> Floats:
        return np.maximum(0.0, 1.0 - sold / np.asarray(self.depth, np.float64))


@dataclass(frozen=True)
class SquareRootImpact:
    """p = (1 - Y σ √(s / V))+, the price after the order's last unit.

    Attributes:
        volatility: `[K]` or one number, σ over the horizon of `volume`, > 0.
        volume: `[K]` or one number, V in the unit of `sold`, > 0.
        coefficient: Y, > 0.
    """

    volatility: Floats | float
    volume: Floats | float
    coefficient: float = 1.0

    def __post_init__(self) -> None:
        _all_above_zero(
            volatility=self.volatility, volume=self.volume, coefficient=self.coefficient
        )

    def prices(self, sold: Floats) -> Floats:
        volatility = np.asarray(self.volatility, np.float64)
        fall = self.coefficient * volatility * np.sqrt(sold / np.asarray(self.volume, np.float64))
        return np.maximum(0.0, 1.0 - fall)


@kernel
def square_root_fall(
    quantity: float, volatility: float, volume: float, coefficient: float
) -> float:
    """I = Y σ √(Q / V): relative fall of the price when Q is sold [1].

    Args:
        quantity: Q >= 0.
        volatility: σ over the horizon of `volume`.
        volume: V, in the unit of `quantity`.
        coefficient: Y.
    """
    return coefficient * volatility * math.sqrt(quantity / volume)


@kernel
def quantity_for_fall(fall: float, volatility: float, volume: float, coefficient: float) -> float:
    """Q = V (I / (Y σ))²: what must be sold to move the price by I; the cost of manipulation."""
    return volume * (fall / (coefficient * volatility)) ** 2


@kernel
def critical_leverage(fall: float) -> float:
    """λ_c = 3 / (2 I): above it, selling the whole position does not pay the debt [1].

    Args:
        fall: I > 0, relative fall of the price after the whole position [1]; inf at 0.

    Source: Caccioli, Bouchaud, Farmer (2012).
    """
    return 1.5 / fall if fall > 0.0 else math.inf


@kernel
def perp_deficit(fall: float, margin: float) -> float:
    """max(0, (2/3) I - m): what a liquidated perpetual leaves unpaid, per notional [1].

    Args:
        fall: I, relative fall of the price after the whole position [1].
        margin: m, equity per notional when the liquidation starts [1].
    """
    return max(0.0, 2.0 / 3.0 * fall - margin)


@dataclass(frozen=True)
class KyleMarket:
    """One informed trader among noise, one auction.

    λ = σ_v / (2 σ_u) price per unit, β = σ_u / σ_v units per value, profit σ_v σ_u / 2.

    Attributes:
        value_deviation: σ_v, standard deviation of the value.
        noise_deviation: σ_u, standard deviation of the noise traders' order.

    Source: Kyle (1985), theorem 1.
    """

    value_deviation: float
    noise_deviation: float

    def __post_init__(self) -> None:
        _all_above_zero(value_deviation=self.value_deviation, noise_deviation=self.noise_deviation)

    @property
    def price_impact(self) -> float:
        """λ, price per unit."""
        return self.value_deviation / (2.0 * self.noise_deviation)

    @property
    def aggressiveness(self) -> float:
        """β, units per unit of (value - prior)."""
        return self.noise_deviation / self.value_deviation

    @property
    def informed_profit(self) -> float:
        """Expected profit of the informed trader."""
        return self.value_deviation * self.noise_deviation / 2.0


KYLE_OBIZHAEVA_COST = 5.78e-4
"""Impact of 1 % of the daily volume of the benchmark stock, 40 million USD a day at 2 % [1].

λ with λ / 2 = 2.89 basis points (s.e. 0.195), calibrated on portfolio transitions; as in the
authors' talk on the crashes (Pisa, 18 October 2012). Their "Market microstructure invariance",
Econometrica 84 (2016) 1345, has λ / 2 = 2.50, a cost of 5.00e-4: hand it to the function.
"""


@kernel
def invariant_impact(
    order_share: float,
    volume_usd: float,
    daily_volatility: float,
    benchmark_cost: float = KYLE_OBIZHAEVA_COST,
) -> float:
    """Δ ln P = cost (PV / 40e6)^(1/3) (σ / 0.02)^(4/3) (X / 0.01 V) [1].

    A sale lowers the price by the share 1 - exp(-Δ ln P).

    Args:
        order_share: X / V, the order as a share of the daily volume [1].
        volume_usd: PV, dollar volume per day, in dollars of 2005.
        daily_volatility: σ per √day.
        benchmark_cost: of the benchmark order, 1 % of the volume of the benchmark stock [1].

    Source: Kyle, Obizhaeva (2023), the linear model.
    """
    size = (volume_usd / 40e6) ** (1.0 / 3.0)
    risk = (daily_volatility / 0.02) ** (4.0 / 3.0)
    return float(benchmark_cost * size * risk * order_share / 0.01)
