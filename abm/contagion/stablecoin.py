"""A stablecoin's leveraged issuer: what it mints, and the spiral when it has to buy back.

An issuer holds collateral of value z (USD) against L coins; demand for coins is X USD whatever
the price, so with Δ newly minted (negative: bought back and burnt) the price of a coin is

    Z = X / (L + Δ)

Its collateral must be worth at least β per coin. Unconstrained, with expected gross return r on
collateral, it mints Δ* = √(r X L) - L. Forced, it buys back until the constraint holds: with
u = L + Δ after the trade, the larger root of

    β u² - (z + X) u + X L = 0        which exists iff z >= z* = 2 √(β X L) - X

At the brink u = √(X L / β) and Z = √(β X / L): the coin trades *above* par while the issuer buys
back, and there is no price beyond. Below z* the functions give NaN.

Sources: Klages-Mundt, Minca, "(In)stability for the blockchain: deleveraging spirals and stablecoin
attacks", Cryptoeconomic Systems 1 (2021), arXiv:1906.02152; the same, "While stability lasts: a
stochastic model of non-custodial stablecoins", Mathematical Finance 32 (2022) 943.
"""

import math

from abm.kernel import kernel


@kernel
def coin_price(demand_usd: float, supply_coins: float, minted_coins: float) -> float:
    """Z = X / (L + Δ) [USD per coin]; NaN without coins.

    Args:
        demand_usd: X > 0.
        supply_coins: L, coins before.
        minted_coins: Δ, negative when bought back.
    """
    coins = supply_coins + minted_coins
    return demand_usd / coins if coins > 0.0 else math.nan


@kernel
def unconstrained_mint(gross_return: float, demand_usd: float, supply_coins: float) -> float:
    """Δ* = √(r X L) - L: what a risk-neutral issuer mints [coins].

    Args:
        gross_return: r > 0, expected value of collateral over its value now (e^μ for a drift μ).
        demand_usd: X > 0.
        supply_coins: L > 0.
    """
    return math.sqrt(gross_return * demand_usd * supply_coins) - supply_coins


@kernel
def least_collateral(collateral_factor: float, demand_usd: float, supply_coins: float) -> float:
    """z* = 2 √(β X L) - X: with less collateral no buy-back restores the constraint [USD].

    Args:
        collateral_factor: β >= 1, USD of collateral per coin.
        demand_usd: X > 0.
        supply_coins: L > 0.
    """
    return 2.0 * math.sqrt(collateral_factor * demand_usd * supply_coins) - demand_usd


@kernel
def forced_mint(
    collateral_usd: float, collateral_factor: float, demand_usd: float, supply_coins: float
) -> float:
    """Δ at which the constraint just holds: ((z + X) + √((z + X)² - 4 β X L)) / (2 β) - L [coins].

    The constraint binds where this is below `unconstrained_mint`; NaN below `least_collateral`.

    Args:
        collateral_usd: z, before the trade.
        collateral_factor: β >= 1, USD of collateral per coin.
        demand_usd: X > 0.
        supply_coins: L > 0.
    """
    total = collateral_usd + demand_usd
    root = total * total - 4.0 * collateral_factor * demand_usd * supply_coins
    if root < 0.0 or total <= 0.0:
        return math.nan
    return (total + math.sqrt(root)) / (2.0 * collateral_factor) - supply_coins


@kernel
def issuer_mint(
    collateral_usd: float,
    collateral_factor: float,
    gross_return: float,
    demand_usd: float,
    supply_coins: float,
) -> float:
    """What the issuer does: the unconstrained amount, or less where collateral binds [coins].

    Args:
        collateral_usd: z, before the trade.
        collateral_factor: β >= 1, USD of collateral per coin.
        gross_return: r > 0.
        demand_usd: X > 0.
        supply_coins: L > 0.

    Returns:
        Δ; NaN if the collateral is below `least_collateral`.
    """
    most = forced_mint(collateral_usd, collateral_factor, demand_usd, supply_coins)
    wanted = unconstrained_mint(gross_return, demand_usd, supply_coins)
    return most if math.isnan(most) or most < wanted else wanted


@kernel
def depeg_loss(margin_coins: float, price: float) -> float:
    """Loss c (1 - Z): what margin posted in the coin loses against par [USD], negative above par.

    Args:
        margin_coins: c.
        price: Z, USD per coin.
    """
    return margin_coins * (1.0 - price)
