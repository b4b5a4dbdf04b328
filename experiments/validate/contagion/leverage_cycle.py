"""Risk limits that follow measured risk make the cycle they guard against. C8.

A bank holds a share w_B of its assets A = n p / w_B in stock and aims at the leverage

    target = alpha (s2 + s0^2)^b           s2: exponential average of squared returns

b = -1/2 is a value-at-risk limit, b = 0 a fixed leverage. With equity E it borrows
dL = tau theta (target E - A); dividends eta tau (E* - E) keep its equity near E*. A fund holds the
rest of the stock, buys below the fundamental value mu, with noise of deviation s. The stock clears:

    p' = [w_B (c_B + dL) + w_F c_F] / [1 - w_B n - w_F (1 - n)]          c: cash of bank and fund

alpha is set so that the target is `target` while the stock has only its exogenous risk. Rules are
compared by the leverage that a run really has on average: a limit that falls with risk has less
of it than it was set to. Instability is the deviation of returns over that without debt.

Sources: Aymanns & Farmer, Journal of Economic Dynamics and Control 50, 2015, "The dynamics of the
leverage cycle"; the form of the model is that of Aymanns, Caccioli, Farmer & Tan, Journal of
Financial Stability 27, 2016, "Taming the Basel leverage cycle", with constant noise.
"""

import itertools
import math
from typing import NamedTuple

import numpy as np

from abm.kernel import kernel
from abm.units import Floats
from experiments.validate.claim import (
    Claim,
    Finding,
    Measurement,
    Settings,
    Truth,
    every,
    judged,
)
from experiments.validate.intervals import above
from experiments.validate.theory.sampled import mean_interval

EXPONENTS = (-0.5, -0.375, -0.25, -0.125, 0.0)
"""b, from value at risk to a fixed leverage."""

TARGETS = tuple(float(x) for x in np.arange(1.0, 15.01, 0.5))
TAU = 0.1
"""Length of a step [years]."""

MEMORY = 0.5
"""Weight of the newest squared return, per year."""

SPEED, DIVIDENDS = 10.0, 10.0
"""theta and eta: how fast a bank goes to its target, and its equity to E* [1/year]."""

IN_STOCK, FUND_IN_STOCK = 0.3, 0.5
"""w_B, and w_F at the start [1]."""

VALUE, PULL = 25.0, 0.1
"""mu [money], rho [1/year]: fundamental value and speed of the fund."""

EQUITY = 1.0
"""E* [money]."""

FLOOR = 1e-3
"""s0 [1]."""

NOISE = 0.01
"""s, relative to the price [1/sqrt(year)]."""

BURN_IN = 200
LOUD = (1.25, 1.5, 2.0)
"""Deviations of returns, over that without debt, that are called unstable [1]."""

COMPARED = 6.0
"""Mean leverage at which the rules are compared [1]."""


class Run(NamedTuple):
    """Deviation of returns, mean leverage; NaN when the bank or the market did not survive."""

    deviation: float
    leverage: float


@kernel
def simulate(noise: Floats, alpha: float, exponent: float, quiet: float, returns: Floats) -> float:
    """Fill the returns `[T]`; the mean leverage after the burn-in, NaN where it ended early.

    Args:
        noise: standard normals, `[T]`.
        alpha: scale of the target leverage.
        exponent: b.
        quiet: deviation of returns that the bank expects at first.
        returns: log returns, written.
    """
    risk, price, fund, owed = quiet**2, VALUE, FUND_IN_STOCK, 0.0
    target = alpha * (risk + FLOOR**2) ** exponent
    stock = target * EQUITY * IN_STOCK / price
    owed = (target - 1.0) * EQUITY
    total = 0.0
    for t in range(noise.size):
        assets = stock * price / IN_STOCK
        equity = assets - owed
        if equity <= 0.0 or stock >= 1.0:
            return math.nan
        if t >= BURN_IN:
            total += assets / equity
        borrowed = TAU * SPEED * (alpha * (risk + FLOOR**2) ** exponent * equity - assets)
        paid_in = TAU * DIVIDENDS * (EQUITY - equity)
        bank_cash = (1.0 - IN_STOCK) * assets + paid_in
        fund_cash = (1.0 - fund) * (1.0 - stock) * price / fund - paid_in
        fund += fund / price * TAU * PULL * (VALUE - price)
        fund += fund * math.sqrt(TAU) * NOISE * noise[t]
        left = 1.0 - IN_STOCK * stock - fund * (1.0 - stock)
        after = (IN_STOCK * (bank_cash + borrowed) + fund * fund_cash) / left
        if not (after > 0.0 and 0.0 < fund < 1.0):
            return math.nan
        stock = IN_STOCK * (stock * after + bank_cash + borrowed) / after
        owed += borrowed
        returns[t] = math.log(after / price)
        risk = (1.0 - TAU * MEMORY) * risk + TAU * MEMORY * returns[t] ** 2
        price = after
    return total / (noise.size - BURN_IN)


def outcome(noise: Floats, target: float, exponent: float, quiet: float) -> Run:
    """One run of a rule that aims at `target` while returns deviate by `quiet`."""
    returns = np.zeros(noise.size)
    alpha = target * (quiet**2 + FLOOR**2) ** -exponent
    leverage = float(simulate(noise, alpha, exponent, quiet, returns))
    if math.isnan(leverage):
        return Run(math.nan, math.nan)
    return Run(float(returns[BURN_IN:].std()), leverage)


def runs_of(noise: Floats) -> dict[tuple[float, float], Run]:
    """Every rule at every target under one noise; deviations over that without debt."""
    quiet = outcome(noise, 1.0, 0.0, NOISE).deviation
    found = {}
    for exponent in EXPONENTS:
        for target in TARGETS:
            one = outcome(noise, target, exponent, quiet)
            found[exponent, target] = Run(one.deviation / quiet, one.leverage)
    return found


def stable_leverage(runs: dict[tuple[float, float], Run], exponent: float, loud: float) -> float:
    """Mean leverage at the largest target up to which no run is loud or has ended."""
    reached = math.nan
    for target in TARGETS:
        one = runs[exponent, target]
        if not one.deviation <= loud:
            break
        reached = one.leverage
    return reached


def deviation_at(runs: dict[tuple[float, float], Run], exponent: float, leverage: float) -> float:
    """Deviation of returns at a mean leverage, between the two nearest; NaN where never reached."""
    own = [runs[exponent, target] for target in TARGETS]
    for one, after in itertools.pairwise(own):
        if one.leverage <= leverage < after.leverage:
            share = (leverage - one.leverage) / (after.leverage - one.leverage)
            return one.deviation + share * (after.deviation - one.deviation)
    return math.nan


def run(settings: Settings, rng: np.random.Generator) -> Finding:
    """C8: deviation of returns at one mean leverage, and the leverage up to which rules are stable.

    All rules meet the same noise, so that they are compared noise by noise.
    """
    steps, seeds = settings.pick(5000, 20_000), settings.pick(8, 24)
    seen = [runs_of(rng.standard_normal(steps)) for _ in range(seeds)]
    loud = [[deviation_at(one, exponent, COMPARED) for one in seen] for exponent in EXPONENTS]
    stable = {
        exponent: [stable_leverage(one, exponent, LOUD[1]) for one in seen]
        for exponent in EXPONENTS
    }
    louder = mean_interval(np.subtract(loud[0], loud[-1]))
    gains = [
        mean_interval(np.subtract(stable[after], stable[before]))
        for before, after in ((-0.5, -0.25), (-0.25, 0.0))
    ]
    tests: list[Truth] = [above(low, high, 0.0) for _, low, high in (louder, *gains)]
    at = {exponent: float(np.mean(values)) for exponent, values in stable.items()}
    ended = sum(math.isnan(one[0.0, TARGETS[-1]].deviation) for one in seen)
    kept = sum(math.isfinite(one[-0.5, TARGETS[-1]].deviation) for one in seen)
    return Finding(
        judged(every(*tests)),
        f"At a mean leverage of {COMPARED:g} returns are {np.mean(loud[0]):.2f} times as large "
        f"under a value-at-risk limit as without debt, and {np.mean(loud[-1]):.2f} times under a "
        f"fixed leverage; they stay below {LOUD[1]:g} times up to a mean leverage of {at[-0.5]:.1f}"
        f" (b = -1/2), {at[-0.25]:.1f} (-1/4) and {at[0.0]:.1f} (0). Past its limit a fixed "
        f"leverage does not cycle but ends the market: at a target of {TARGETS[-1]:g} in {ended} "
        f"of {seeds} runs, where {kept} of {seeds} under value at risk go on.",
        (
            Measurement(
                f"deviation at leverage {COMPARED:g}, b = -1/2 less b = 0", math.nan, *louder
            ),
            *(
                Measurement(name, math.nan, *gain)
                for name, gain in zip(
                    ("stable leverage, b = -1/4 less b = -1/2", "stable leverage, b = 0 less -1/4"),
                    gains,
                    strict=True,
                )
            ),
            *(
                Measurement(f"stable leverage, b = {exponent:g}", math.nan, *mean_interval(values))
                for exponent, values in stable.items()
            ),
        ),
        {"leverage_cycle": _curves(seen), "leverage_cycle_edge": _edges(seen)},
    )


def _curves(seen: list[dict[tuple[float, float], Run]]) -> dict[str, list[float]]:
    """Mean leverage and deviation of returns by rule and target, of targets all runs survive."""
    keys = ("exponent", "target", "leverage", "deviation", "low", "high")
    table: dict[str, list[float]] = {key: [] for key in keys}
    for exponent in EXPONENTS:
        for target in TARGETS:
            runs = [one[exponent, target] for one in seen]
            deviations = [one.deviation for one in runs]
            if not np.isfinite(deviations).all():
                continue
            leverage = float(np.mean([one.leverage for one in runs]))
            row = (exponent, target, leverage, *mean_interval(deviations))
            for key, value in zip(keys, row, strict=True):
                table[key].append(float(value))
    return table


def _edges(seen: list[dict[tuple[float, float], Run]]) -> dict[str, list[float]]:
    """Mean leverage up to which no run is loud, by rule and by what is called loud."""
    keys = ("exponent", "loud", "leverage", "low", "high")
    table: dict[str, list[float]] = {key: [] for key in keys}
    for loud in LOUD:
        for exponent in EXPONENTS:
            edges = [stable_leverage(one, exponent, loud) for one in seen]
            for key, value in zip(keys, (exponent, loud, *mean_interval(edges)), strict=True):
                table[key].append(float(value))
    return table


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "C8",
        "Risk limits make the leverage cycle",
        "[AymannsFarmer2015]; [Aymanns2016]",
        "A bank whose leverage follows measured risk (b = -1/2, value at risk) makes returns "
        "larger than one of the same mean leverage held fixed (b = 0), and the smaller |b|, the "
        "higher the leverage up to which the market is stable.",
        run,
    ),
)
