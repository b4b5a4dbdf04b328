"""How the price answers to the size of an order, measured in the venue's own book. C11.

One account buys Q, in n equal slices, one a tick; everybody else does what they would have done.
The impact is the distance of the book's price from a run of the same luck without the order:

    I(Q) = log price with - log price without          I ~ Q^d, slope of log I on log Q

Orders go through the engine's tick: the book, the other orders, the makers, arbitrage and decay.
Sizes are shares of what the makers quote on the side that is hit.

Of one tick the exponent is that of the engine's own formula, so that this only checks the engine.
The law of the sources is of meta-orders, which are sent in slices: that the cases with slices test.

Sources: d near 1/2 for meta-orders: Toth et al., Physical Review X 1, 021006, 2011; Donier &
Bonart, Market Microstructure and Liquidity 1(2), 2015 (a million in Bitcoin, four decades of size).
Almgren et al., Risk 18(7), 2005, fit 3/5 to temporary impact and reject 1/2. The band of 0.4 to 0.6
is this check's own.
"""

from dataclasses import dataclass, replace

import numpy as np

from abm.engine.build import build_world
from abm.engine.presets import CRASH
from abm.engine.scenario import Scenario
from abm.engine.tick import run_ticks
from abm.engine.world import World
from abm.market.prices import GeometricBrownian
from abm.record import bind
from abm.units import Floats, Ints
from abm.venue.rulebook import Rulebook
from experiments.validate.claim import Claim, Finding, Measurement, Settings, every, judged
from experiments.validate.intervals import within
from experiments.validate.theory.sampled import mean_interval

SHARES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
"""Size of an order over what the makers quote [1]."""

EXPONENT, REACH = 0.5, 0.1
WARM_UP = 30
"""Ticks before the order [ticks]."""

SLICES = (1, 2, 5, 10, 20, 40)
"""Numbers of ticks that an order is spread over."""

FEW = 10
"""Slices of the orders that are compared over their size."""

SLICE = 0.02
"""Size of one slice when orders differ in their number of slices, over what makers quote [1]."""

WEALTH_USD = 1e12
"""Cash given to the account that buys, so that no margin stands in its way [USD]."""


@dataclass(frozen=True)
class Case:
    """One way to trade.

    Attributes:
        name: in tables.
        form: of the book's temporary impact.
        permanent: does the book keep a linear permanent impact beside it?
        slices: ticks that an order is spread over; 0: as many as it has slices of `SLICE`.
    """

    name: str
    form: str
    permanent: bool
    slices: int

    def scenario(self, ticks: int) -> Scenario:
        """A calm market with this book."""
        book = Rulebook(impact_form="square_root" if self.form == "square root" else "linear")
        if not self.permanent:
            book = replace(book, impact_permanent=0.0)
        price = GeometricBrownian(initial_price=(1e5,), volatility_per_year=0.5)
        return replace(
            CRASH, name="meta_order", ticks=ticks, reacting=False, price=price, venues=(book,)
        )


CASES = (
    Case("square root", "square root", False, 1),
    Case("square root + permanent", "square root", True, 1),
    Case("linear", "linear", True, 1),
    Case(f"square root, {FEW} slices", "square root", True, FEW),
    Case(f"square root, slices of {SLICE:g}", "square root", True, 0),
)
"""The linear form is reported; every other case is in the verdict."""

CLAIMED = tuple(case for case in CASES if case.form == "square root")
"""Cases of the claim."""

FIXED_TIME = tuple(case for case in CLAIMED if case.slices)
"""Cases of the correction: all sizes take the same time."""


def log_price(world: World) -> float:
    """Log of the book's middle price: index and premium of the first book."""
    markets = world.state.markets
    premium = markets.transient[0, 0] + markets.permanent[0, 0]
    return float(np.log(markets.index_price[0]) + premium)


def path(scenario: Scenario, seed: int, shares: Floats) -> float:
    """Log price of the book after a bought order; `shares` of the quoted asks, tick by tick.

    The buyer is the owner of the first account, who does nothing else: with shares of zero the same
    world without the order.
    """
    world = build_world(scenario, seed, 0)
    accounts, markets = world.state.accounts, world.state.markets
    accounts.cash_usd[0] += WEALTH_USD
    world.traders.overridden[accounts.trader[0]] = True
    handle = bind(world)
    run_ticks(handle, WARM_UP)
    for share in shares:
        accounts.order_contracts[0, 0] = share * markets.ask_usd[0, 0] / np.exp(log_price(world))
        run_ticks(handle, 1)
    return log_price(world)


def slices_of(case: Case, share: float) -> Floats:
    """Sizes of the slices of an order of `share`, one per tick."""
    count = case.slices or max(1, round(share / SLICE))
    return np.full(count, share / count)


def impact(case: Case, share: float, seed: int) -> float:
    """Log move of the price by an order, against the same luck without it."""
    shares = slices_of(case, share)
    scenario = case.scenario(WARM_UP + shares.size)
    return path(scenario, seed, shares) - path(scenario, seed, np.zeros(shares.size))


def sizes_of(case: Case) -> tuple[float, ...]:
    """Sizes at which a case is measured."""
    return SHARES if case.slices else tuple(SLICE * count for count in SLICES)


def run(settings: Settings, rng: np.random.Generator) -> Finding:
    """C11: the exponent of each case over markets of different luck."""
    seeds = rng.integers(2**31, size=settings.pick(12, 30))
    keys = ("case", "share", "impact", "low", "high", "exponent")
    table: dict[str, list[float | str]] = {key: [] for key in keys}
    slopes: dict[str, tuple[float, float, float]] = {}
    for case in CASES:
        sizes = sizes_of(case)
        moves = np.array([[impact(case, share, int(seed)) for share in sizes] for seed in seeds])
        each = np.polyfit(np.log(sizes), np.log(moves.T), 1)[0]
        slopes[case.name] = mean_interval(each)
        for share, column in zip(sizes, moves.T, strict=True):
            row: tuple[float | str, ...] = (
                *(case.name, share, *mean_interval(column)),
                slopes[case.name][0],
            )
            for key, value in zip(keys, row, strict=True):
                table[key].append(value)
    spread = _spreading(seeds)
    claimed = [slopes[case.name] for case in CLAIMED]
    stated, corrected = (
        every(*(within(*slopes[case.name][1:], EXPONENT, REACH) for case in cases))
        for cases in (CLAIMED, FIXED_TIME)
    )
    worst = int(np.argmax(spread["impact"]))
    ratio = spread["impact"][worst] / spread["impact"][0]
    few, steady = slopes[CASES[-2].name][0], slopes[CASES[-1].name]
    return Finding(
        judged(stated, corrected),
        f"In the square-root form the exponent of one order is {claimed[0][0]:.2f}, "
        f"{claimed[1][0]:.2f} with the linear permanent part, and "
        f"{slopes['linear'][0]:.2f} in the linear form: the engine's formula. Meta-orders in "
        f"{FEW} slices have an exponent of {few:.2f}, those at a fixed rate {steady[0]:.2f} "
        f"({steady[1]:.2f} to {steady[2]:.2f}), and one "
        f"spread over {spread['slices'][worst]:.0f} ticks moves the price {ratio:.1f} times as "
        "far as at once.",
        tuple(
            Measurement(
                f"exponent, {name}",
                1.0 if name == "linear" else EXPONENT,
                *slope,
            )
            for name, slope in slopes.items()
        ),
        {"meta_orders": table, "meta_order_slices": spread},
    )


def _spreading(seeds: Ints) -> dict[str, list[float]]:
    """Impact at the end of the largest order over the number of ticks it is spread over."""
    keys = ("slices", "impact", "low", "high")
    table: dict[str, list[float]] = {key: [] for key in keys}
    for count in SLICES:
        case = Case("spread", "square root", True, count)
        moves = [impact(case, SHARES[-1], int(seed)) for seed in seeds]
        for key, value in zip(keys, (count, *mean_interval(moves)), strict=True):
            table[key].append(float(value))
    return table


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "C11",
        "Impact grows as the root of size",
        "[DonierBonart2015]; [Toth2011]",
        "The impact of a meta-order grows with its size Q as Q^0.5 (0.4 to 0.6 is accepted), "
        "however it is sent: in one tick, where this checks the engine's formula, with and without "
        "the linear permanent part; in ten slices; and in as many slices of one size as it takes.",
        run,
        "it does where orders of all sizes take the same time (one tick, ten ticks).",
    ),
)
