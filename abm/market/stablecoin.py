"""A stablecoin with an endogenous price: one leveraged speculator against a constant demand.

    price            Z = X / u                         u = L + Δ coins after this tick's issue
    collateral       z + Δ X / u                       coins are sold for collateral, bought with it
    constraint       z + X (u - L) / u >= β u    <=>   β u² - (z + X) u + X L <= 0
    wants            u* = sqrt(e^r X L)                maximises e^r (z + X (u - L) / u) - u
    must             u+ = ((z + X) + sqrt((z + X)² - 4 β X L)) / (2 β)       the larger root
    feasible         z >= z* = 2 sqrt(β X L) - X

X demand [USD], L coins outstanding, z the speculator's collateral [USD], β collateral required per
coin, r the log return expected of the collateral. u = min(u*, u+). In a deleveraging spiral the
speculator's own buying raises Z, up to sqrt(β) where X = L; below z* no issue meets the constraint.

The literature leaves open what a coin is worth then. Here the issuer is settled: each coin is a
claim on its share of the collateral, at most one USD, for good.

Sources: Klages-Mundt, Minca, "(In)Stability for the Blockchain: Deleveraging Spirals and Stablecoin
Attacks", Cryptoeconomic Systems 2021 (arXiv:1906.02152); Klages-Mundt, Minca, "While Stability
Lasts: A Stochastic Model of Noncustodial Stablecoins", 2020 (arXiv:2004.01304).
"""

import math
from dataclasses import dataclass

from abm.kernel import kernel


@dataclass(frozen=True)
class Stablecoin:
    """Issuer's terms of a collateral asset.

    Attributes:
        demand_per_open_interest: X as a multiple of open interest at the start; 0 = no issuer, the
            asset's price is exogenous. As many coins are outstanding at the start as are demanded.
        collateral_ratio: z / L at the start.
        instrument: whose spot units the collateral is; issuing buys them, deleveraging sells them.
        beta: collateral required per coin.
        expected_return: log return r that the speculator expects of its collateral.
    """

    demand_per_open_interest: float = 0.0
    collateral_ratio: float = 2.0
    instrument: int = 0
    beta: float = 1.5
    expected_return: float = 0.0

    def __post_init__(self) -> None:
        if not self.demand_per_open_interest >= 0.0:
            raise ValueError("demand_per_open_interest is below 0: give 0 for no issuer, or more.")
        if not self.beta > 1.0:
            raise ValueError(
                f"beta is {self.beta}: coins need more collateral than they are worth."
            )
        if not self.collateral_ratio >= self.beta:
            raise ValueError(
                f"collateral_ratio is {self.collateral_ratio}: start with at least beta = "
                f"{self.beta}, else the issuer deleverages before anything has happened."
            )
        if not self.expected_return >= -math.log(self.beta):
            raise ValueError(
                f"expected_return is {self.expected_return}: give at least -log(beta) = "
                f"{-math.log(self.beta):.4g}, below it buying back pays more than it costs."
            )


@kernel
def coin_price(demand_usd: float, coins: float) -> float:
    """Z = X / u: USD per coin at which a constant demand takes all coins; inf if there are none."""
    return demand_usd / coins if coins > 0.0 else math.inf


@kernel
def wanted_coins(demand_usd: float, coins: float, expected_return: float) -> float:
    """u* = sqrt(e^r X L): coins that an unconstrained speculator would have outstanding."""
    return math.sqrt(math.exp(expected_return) * demand_usd * coins)


@kernel
def least_collateral(demand_usd: float, coins: float, beta: float) -> float:
    """z* = 2 sqrt(β X L) - X: collateral below which no issue meets the constraint [USD]."""
    return 2.0 * math.sqrt(beta * demand_usd * coins) - demand_usd


@kernel
def allowed_coins(demand_usd: float, coins: float, collateral_usd: float, beta: float) -> float:
    """u+: most coins that the collateral constraint allows; NaN when it allows none."""
    if collateral_usd < least_collateral(demand_usd, coins, beta):
        return math.nan
    total = collateral_usd + demand_usd
    inside = total * total - 4.0 * beta * demand_usd * coins
    return (total + math.sqrt(max(0.0, inside))) / (2.0 * beta)


@kernel
def issue(
    demand_usd: float, coins: float, collateral_usd: float, beta: float, expected_return: float
) -> float:
    """Coins issued (Δ > 0) or bought back (Δ < 0) this tick; NaN when the issuer collapses."""
    allowed = allowed_coins(demand_usd, coins, collateral_usd, beta)
    if math.isnan(allowed):
        return math.nan
    return min(wanted_coins(demand_usd, coins, expected_return), allowed) - coins


@kernel
def settlement_price(coins: float, collateral_usd: float) -> float:
    """USD per coin of a collapsed issuer: its share of the collateral, at most one."""
    return min(1.0, collateral_usd / coins) if coins > 0.0 else 1.0
