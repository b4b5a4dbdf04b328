"""Un-hedging: does a liquidation cause more than one further liquidation? Columns `[V]`, venues.

A log-drop d_u of the price on venue u liquidates ρ_u d_u USD of longs. The share η_u of it ends as
auto-deleveraging, an impact-free close; of those winners h_uv lose a hedge on v and sell there.
Sales move prices by κ per USD, and arbitrage passes drops on from venue to venue:

    F = diag(1 - η) + diag(η) H             forced sales  s = F' (ρ d)
    M = A diag(κ) F' diag(ρ)                further drop  M d
    total drop = (I - M)^-1 d0              iff the spectral radius r(M) < 1

With one price for both of two venues and longs on A only, r(M) is

    R = ρ (κ_A (1 - η) + κ_B η h)

so auto-deleveraging damps the cascade iff h κ_B < κ_A: h κ_B = κ_A is the line of neutrality. One
liquidation then has a Borel-distributed number of descendants, itself included, P(n) = e^(-Rn)
(Rn)^(n-1) / n!, of mean 1 / (1 - R) and variance R / (1 - R)³.

Sources: the matrix is this project's; the branching argument is Harris, "The theory of branching
processes" (1963), chapter I; the law of the total is Borel, C. R. Acad. Sci. 214 (1942) 452, and
Tanner, "A derivation of the Borel distribution", Biometrika 48 (1961) 222.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, xlogy

from abm.contagion.layers import spectral_radius
from abm.units import Floats, Ints


@dataclass(frozen=True)
class UnHedging:
    """What turns a drop on one venue into drops on all.

    Attributes:
        pass_through: `[V, V]` A, of a drop on v (column) what reaches u (row); diagonal 1.
        impact: `[V]` κ, log-drop per USD sold, >= 0.
        offbook_share: `[V]` η in [0, 1], of liquidated notional, closed against winners.
        hedge_sales: `[V, V]` H, of the notional closed on u (row) the share then sold on v.
        density_usd: `[V]` ρ, USD liquidated per unit of log-drop, >= 0.
    """

    pass_through: Floats  # [V, V]
    impact: Floats  # [V]
    offbook_share: Floats  # [V]
    hedge_sales: Floats  # [V, V]
    density_usd: Floats  # [V]

    def __post_init__(self) -> None:
        venues = np.size(self.impact)
        square, column = (venues, venues), (venues,)
        shapes = {
            "pass_through": square,
            "hedge_sales": square,
            "impact": column,
            "offbook_share": column,
            "density_usd": column,
        }
        for name, shape in shapes.items():
            values = np.asarray(getattr(self, name))
            if values.shape != shape:
                raise ValueError(f"{name} is {values.shape}: give {shape} for {venues} venues")
            if not (values >= 0.0).all():
                raise ValueError(f"{name}: give numbers of at least 0")
        if not (np.asarray(self.offbook_share) <= 1.0).all():
            raise ValueError("offbook_share: give shares in [0, 1]")
        if not (np.diagonal(self.pass_through) == 1.0).all():
            raise ValueError("pass_through: a drop reaches its own venue, write 1 on the diagonal")

    @property
    def forced_sales(self) -> Floats:
        """F = diag(1 - η) + diag(η) H: `[V, V]`, USD sold on v per USD liquidated on u."""
        share = np.asarray(self.offbook_share, np.float64)
        return np.diag(1.0 - share) + share[:, None] * np.asarray(self.hedge_sales)

    @property
    def reproduction_matrix(self) -> Floats:
        """M = A diag(κ) F' diag(ρ): `[V, V]`, further drop on u per drop on v."""
        sales = self.forced_sales.T * np.asarray(self.density_usd)
        return np.asarray(
            np.asarray(self.pass_through) @ (np.asarray(self.impact)[:, None] * sales)
        )

    @property
    def reproduction_number(self) -> float:
        """r(M) [1]: below 1 a cascade dies out."""
        return spectral_radius(self.reproduction_matrix)

    def total_drop(self, first: Floats) -> Floats:
        """(I - M)^-1 d0: log-drop on each venue when all liquidations are done, `[V]`.

        Args:
            first: `[V]` log-drop from outside.

        Raises:
            ArithmeticError: r(M) is at least 1.
        """
        number = self.reproduction_number
        if number >= 1.0:
            raise ArithmeticError(f"r(M) is {number:.6g}, the cascade has no end: lower it below 1")
        matrix = self.reproduction_matrix
        return np.asarray(np.linalg.solve(np.eye(matrix.shape[0]) - matrix, first))


def common_price_number(
    density_usd: float, impact_a: float, impact_b: float, offbook_share: float, rehedged: float
) -> float:
    """R = ρ (κ_A (1 - η) + κ_B η h): longs on A, hedges on B, one price for both [1].

    Args:
        density_usd: ρ, USD liquidated on A per unit of log-drop.
        impact_a: κ_A, log-drop per USD sold on A.
        impact_b: κ_B, on B.
        offbook_share: η, share of the liquidated notional that ends as auto-deleveraging.
        rehedged: h, share of that whose winners sell their hedge on B.
    """
    return density_usd * (impact_a * (1.0 - offbook_share) + impact_b * offbook_share * rehedged)


def neutral_rehedging(impact_a: float, impact_b: float) -> float:
    """Re-hedging share κ_A / κ_B [1]: below it auto-deleveraging damps the cascade, above 1 always.

    Raises:
        ValueError: the impact on B is not positive.
    """
    if not impact_b > 0.0:
        raise ValueError(f"impact_b is {impact_b}: give a log-drop per USD above 0")
    return impact_a / impact_b


def _subcritical(number: float) -> None:
    if not 0.0 <= number < 1.0:
        raise ValueError(f"the reproduction number is {number}: give one in [0, 1)")


def progeny_mean(number: float) -> float:
    """1 / (1 - R): expected liquidations in all per first one [1].

    Raises:
        ValueError: R is not in [0, 1).
    """
    _subcritical(number)
    return 1.0 / (1.0 - number)


def progeny_variance(number: float) -> float:
    """R / (1 - R)³: variance of the liquidations per first one [1].

    Raises:
        ValueError: R is not in [0, 1).
    """
    _subcritical(number)
    return number / (1.0 - number) ** 3


def progeny_probability(number: float, total: Ints) -> Floats:
    """P(n) = e^(-R n) (R n)^(n - 1) / n!: that a liquidation makes n in all, itself included.

    Args:
        number: R in [0, 1).
        total: `[N]` n >= 1.

    Raises:
        ValueError: R is not in [0, 1), or n is below 1.
    """
    _subcritical(number)
    n = np.asarray(total, np.float64)
    if not (n >= 1.0).all():
        raise ValueError("total counts the first liquidation: give numbers of at least 1")
    return np.asarray(np.exp(xlogy(n - 1.0, number * n) - number * n - gammaln(n + 1.0)))


def simulated_progeny(number: float, firsts: int, generator: np.random.Generator) -> Ints:
    """Liquidations in all, per first one, with Poisson(R) children each: `[firsts]`.

    Args:
        number: R in [0, 1).
        firsts: how many independent cascades.
        generator: the luck.

    Raises:
        ValueError: R is not in [0, 1).
    """
    _subcritical(number)
    total = np.ones(firsts, np.int64)
    alive = np.ones(firsts, np.int64)
    while alive.any():
        alive = generator.poisson(number * alive)
        total += alive
    return total
