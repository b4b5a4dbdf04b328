"""A stablecoin's deleveraging spiral: closed form against the speculator's problem, solved. C4.

A speculator with n units of collateral at price p (z = n p) has issued L coins. Demand is X of
money, constant, so that after issuing Delta coins (bought back, when negative) the coin trades at

    Z = X / (L + Delta)

The speculator maximises expected equity r (z + Delta Z) - (L + Delta) under the collateral rule
z + Delta Z >= beta (L + Delta). In closed form, with u = L + Delta:

    free           u = sqrt(r X L)
    constrained    the larger root of  beta u^2 - (z + X) u + X L = 0
    feasible       z >= 2 sqrt(beta X L) - X, where the coin trades at sqrt(beta X / L)

The coin rises while the speculator is forced to buy it back, and nothing is left at the end.

Source: Klages-Mundt & Minca, "(In)Stability for the Blockchain: Deleveraging Spirals and Stablecoin
Attacks", Cryptoeconomic Systems 1(2), 2021 (arXiv:1906.02152). The digits to compare with are those
of an independent program.
"""

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from scipy import optimize

from experiments.validate.claim import Claim, Finding, Measurement, Settings, every, judged

DEMAND = 100.0
COINS = 100.0
COLLATERAL = 400.0
BETA = 1.5
"""Collateral that a coin needs [money]."""

EXACT = 1e-9
FREE: dict[float, float] = {0.05: 2.531512052442892, 0.1: 5.127109637602416}
"""log of the expected return -> coins issued by a free speculator."""

FORCED: dict[float, float] = {
    0.374: -0.8133388935,
    0.37: -4.4061870469,
    0.365: -10.4281222056,
    0.363: -14.5692201003,
    0.3625: -50.0 / 3.0,
}
"""Price of the collateral -> coins issued by a constrained speculator (negative: bought back)."""

BRINK = 0.3623724357
"""Price below which no choice keeps the rule."""

RETURN = math.exp(0.05)
STEP = 1e-30
"""Imaginary step of a derivative: exact to the last digit."""

MOST_ROUNDS = 100_000


class Market(NamedTuple):
    """What the speculator meets: value of the collateral, coins outstanding, money of demand."""

    collateral_usd: float
    coins: float
    demand_usd: float = DEMAND


def equity(delta: complex, market: Market, gross_return: float) -> complex:
    """Expected equity after issuing `delta` coins [money], from the trade itself."""
    price = market.demand_usd / (market.coins + delta)
    return gross_return * (market.collateral_usd + delta * price) - (market.coins + delta)


def slack(delta: complex, market: Market) -> complex:
    """Collateral above the rule after issuing `delta` coins [money], from the trade itself."""
    price = market.demand_usd / (market.coins + delta)
    return market.collateral_usd + delta * price - BETA * (market.coins + delta)


def chosen(market: Market, gross_return: float) -> float:
    """The speculator's best feasible `delta` by numerical optimisation; NaN when none is feasible.

    Objective and slack are concave, so each peak is the root of its derivative, and the best
    feasible choice is the peak of the objective or the end of the feasible interval nearer to it.
    """
    ends = (-market.coins * (1.0 - 1e-9), 1e4 * market.coins)
    best = _peak(lambda delta: equity(delta, market, gross_return), ends)
    safest = _peak(lambda delta: slack(delta, market), ends)
    if slack(safest, market).real < 0.0:
        return math.nan
    if slack(best, market).real >= 0.0:
        return best
    return float(optimize.brentq(lambda delta: slack(delta, market).real, safest, best, xtol=1e-14))


def _peak(function: Callable[[complex], complex], ends: tuple[float, float]) -> float:
    """Where a concave function stops rising: root of its complex-step derivative."""

    def slope(delta: float) -> float:
        return float(function(complex(delta, STEP)).imag) / STEP

    return float(optimize.brentq(slope, *ends, xtol=1e-14, rtol=1e-15))


def rounds(market: Market) -> tuple[float, int]:
    """Buying back in rounds what the rule lacks at the last price: delta, rounds; NaN if it fails.

    In a round the speculator owes beta u at the collateral left after paying X (L - u) / u, and
    buys back what it cannot back.
    """
    coins = market.coins
    for number in range(1, MOST_ROUNDS):
        paid = market.demand_usd * (market.coins - coins) / coins
        backed = min(coins, (market.collateral_usd - paid) / BETA)
        if backed <= 0.0:
            return math.nan, number
        if coins - backed < 1e-14 * coins:
            return backed - market.coins, number
        coins = backed
    return math.nan, MOST_ROUNDS


def closed_form(market: Market, gross_return: float) -> float:
    """The printed answer: the free choice, or the larger root when it breaks the rule."""
    wealth = market.collateral_usd + market.demand_usd
    inner = wealth**2 - 4.0 * BETA * market.demand_usd * market.coins
    if inner < 0.0:
        return math.nan
    most = (wealth + math.sqrt(inner)) / (2.0 * BETA)
    return min(math.sqrt(gross_return * market.demand_usd * market.coins), most) - market.coins


def run(_settings: Settings, _rng: np.random.Generator) -> Finding:
    """C4: digits, a falling path with carried-over coins, and the brink."""
    free = [_at(1.0, math.exp(log)) for log in FREE]
    forced = [_at(price, RETURN) for price in FORCED]
    digits = max(
        abs(one - other)
        for one, other in zip((*free, *forced), (*FREE.values(), *FORCED.values()), strict=True)
    )
    path = list(_falling())
    error = max(abs(step[2] - step[3]) for step in path)
    brink = _brink()
    table: dict[str, list[float]] = {
        key: [] for key in ("price", "delta", "predicted", "rounds_delta", "rounds", "coin_price")
    }
    for price in np.append(np.array([0.45, 0.42, 0.40, 0.39, 0.38]), np.array([*FORCED, 0.3624])):
        market = Market(COLLATERAL * float(price), COINS)
        delta = chosen(market, RETURN)
        by_rounds, count = rounds(market)
        coin = DEMAND / (COINS + delta)
        row = (price, delta, closed_form(market, RETURN), by_rounds, count, coin)
        for key, value in zip(table, row, strict=True):
            table[key].append(float(value))
    bought = np.array([row < 0.0 for row in table["delta"]])
    spiral = np.abs(np.subtract(table["delta"], table["rounds_delta"]))[bought].max()
    below = all(math.isnan(_at(brink * (1.0 - gap), RETURN)) for gap in (1e-9, 1e-3, 0.1))
    refused = [math.isnan(rounds(Market(COLLATERAL * BRINK * x, COINS))[0]) for x in (0.999, 0.9)]
    top = math.sqrt(BETA * DEMAND / COINS)
    at_brink = DEMAND / (COINS + _at(brink * (1.0 + 1e-12), RETURN))
    holds = (digits < EXACT, error < EXACT, spiral < EXACT, below, all(refused),
             abs(brink - BRINK) < EXACT, abs(at_brink - top) < 1e-4)  # fmt: skip
    return Finding(
        judged(every(*holds)),
        f"The numerical optimum and the closed form differ by at most {error:.0e} along a path of "
        f"{len(path)} steps; buying back round by round comes to rest at the same place, after "
        f"{table['rounds'][-1]:.0f} rounds near the brink, and never below it. The coin rises to "
        f"{at_brink:.3f} before nothing is left.",
        (
            Measurement("collateral price at the brink", BRINK, brink),
            Measurement(
                "largest difference from the digits of the table", 0.0, digits, unit="coins"
            ),
            Measurement("largest difference of optimum and closed form on a path", 0.0, error),
            Measurement("largest difference of rounds and optimum", 0.0, float(spiral)),
            Measurement("price of the coin at the brink", top, at_brink),
        ),
        {
            "stablecoin_spiral": table,
            "stablecoin_path": {
                key: [float(step[number]) for step in path]
                for number, key in enumerate(("step", "price", "delta", "predicted", "coins"))
            },
        },
    )


def _at(price: float, gross_return: float) -> float:
    """The speculator's choice at a price of the collateral."""
    return chosen(Market(COLLATERAL * price, COINS), gross_return)


def _falling() -> Iterator[tuple[int, float, float, float, float]]:
    """(step, price, optimum, closed form, coins) while the collateral loses 1 % a step.

    What is paid for coins leaves the collateral, what is earned by issuing joins it.
    """
    units, coins, price = COLLATERAL, COINS, 0.45
    for step in range(200):
        market = Market(units * price, coins)
        delta, predicted = chosen(market, RETURN), closed_form(market, RETURN)
        if math.isnan(delta) or math.isnan(predicted):
            return
        yield step, price, delta, predicted, coins + delta
        units += delta * market.demand_usd / (coins + delta) / price
        coins += delta
        price *= 0.99


def _brink() -> float:
    """Least price of the collateral with a feasible choice, by bisection of the optimiser."""
    low, high = 0.3, 0.45
    while high - low > 1e-13:
        middle = 0.5 * (low + high)
        feasible = not math.isnan(_at(middle, RETURN))
        low, high = (low, middle) if feasible else (middle, high)
    return high


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "C4",
        "Deleveraging lifts a stablecoin, then ends it",
        "[KlagesMundt2021], sections 3 and 4",
        "Constant demand X, L coins, collateral z: the free speculator has sqrt(r X L) coins out, "
        "the constrained one the larger root of beta u^2 - (z + X) u + X L; below z = "
        "2 sqrt(beta X L) - X nothing is feasible, and there the coin trades at sqrt(beta X / L).",
        run,
    ),
)
