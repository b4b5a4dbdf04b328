"""Who trades: wealth, leverage, side, attention and reaction of every trader at the start.

Wealth follows the published quantiles of account cash (p50, p90, p99) with a Pareto tail beyond;
the measured tail index is below one, so no mean exists and wealth is cut at `wealth_cap_usd`, a
number to sweep. The winning side's effective leverage follows the published quantiles of accounts
that *were* deleveraged; the losing side's is log-normal with a median chosen so that the ratio of
deleveraged to liquidated notional meets the event's 0.38. Wealth and leverage are tied by a
Gaussian copula with the measured rank correlation. The losing side's wealth is scaled until the
market clears.

Source of the numbers: github.com/pluriholonomic/autodeleveraging-analysis (commit aae0be8),
per-user CSV of the 10 October 2025 episode on Hyperliquid; attention from the share of deleveraged
users who traded again within 60 s (3.8 %) and 300 s (6.7 %) — measured *after* ADL, so the
reactive share is an uncertainty, not a fact.
"""

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from abm.agents.cross_venue import CrossVenue
from abm.agents.legs import added_by_legs, next_book, size_legs
from abm.agents.reactions import REACTION_NAMES
from abm.agents.trading import CUT_LEG, HOLD_LEG, REOPEN_LEG
from abm.market.columns import ARBITRAGEUR, DIRECTIONAL, HEDGER, MARKET_MAKER
from abm.units import Codes, Flags, Floats, Ints
from abm.words import check_words

LEVERAGE_LEVELS = (0.05, 0.25, 0.50, 0.75, 0.90, 0.95)
"""Probability levels of the published leverage quantiles."""

WINNERS_LEVERAGE = (0.006, 0.16, 0.43, 0.99, 3.24, 6.50)
"""Per-user mean leverage of deleveraged accounts at those levels."""


@dataclass(frozen=True)
class Population:
    """A population that is drawn, not read.

    Attributes:
        hedger_share: share of traders that are delta-neutral (short perp, long spot).
        makers: market makers per venue.
        wealth_p50_usd, wealth_p90_usd, wealth_p99_usd: quantiles of account cash.
        tail_index: Pareto index beyond p99.
        wealth_cap_usd: the largest account.
        winners_leverage: quantiles of the winning side at 5, 25, 50, 75, 90 and 95 %.
        losers_leverage_median, losers_leverage_sigma: log-normal leverage of the losing side.
        wealth_leverage_correlation: correlation of the two normal scores (Gaussian copula).
        winning_side: the side that the episode favours.
        winning_gain_mean, winning_gain_sigma: log profit per contract the winners start with.
        losing_gain_sigma: the same for the losers, around zero.
        isolated_share: share of directional traders who margin their positions in isolation.
        second_account_share: share of traders with an account on a second venue.
        wallet_per_cash: cash off the venues, as a share of account equity.
        maker_usd_per_open_interest: makers' equity, all makers of a venue together.
        reactive_share: traders who watch the market.
        reactive_per_s, passive_per_s: how often the two kinds look.
        reaction_mix: probabilities of the reactions, in the order of `REACTION_NAMES`.
        threshold_low, threshold_high: published place from which traders react, uniform between.
        fraction: share of the position that a reaction moves.
        trend: weight of the recent return in directional orders; half the traders are contrarian.
        noise: size of random orders as a share of equity.
        cross_venue: who trades on several venues.
    """

    kind: Literal["drawn"] = "drawn"
    hedger_share: float = 0.15
    makers: int = 8
    wealth_p50_usd: float = 941.0
    wealth_p90_usd: float = 43_664.0
    wealth_p99_usd: float = 1_670_000.0
    tail_index: float = 0.85
    wealth_cap_usd: float = 20e6
    winners_leverage: tuple[float, ...] = WINNERS_LEVERAGE
    losers_leverage_median: float = 9.0
    losers_leverage_sigma: float = 0.5
    wealth_leverage_correlation: float = -0.36
    winning_side: Literal["short", "long"] = "short"
    winning_gain_mean: float = 0.05
    winning_gain_sigma: float = 0.05
    losing_gain_sigma: float = 0.02
    isolated_share: float = 0.1
    second_account_share: float = 0.3
    wallet_per_cash: float = 0.5
    maker_usd_per_open_interest: float = 0.2
    reactive_share: float = 0.05
    reactive_per_s: float = 1.0 / 50.0
    passive_per_s: float = 5.9e-5
    reaction_mix: tuple[float, ...] = (0.1, 0.35, 0.2, 0.15, 0.1, 0.1)
    threshold_low: float = 0.6
    threshold_high: float = 1.0
    fraction: float = 0.5
    trend: float = 0.5
    noise: float = 0.02
    cross_venue: CrossVenue = field(default_factory=CrossVenue)

    def __post_init__(self) -> None:
        check_words(self)
        shares = (
            "hedger_share", "isolated_share", "second_account_share", "reactive_share", "fraction",
            "threshold_low", "threshold_high",
        )  # fmt: skip
        for name in shares:
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name} is {getattr(self, name)}: a share lies between 0 and 1.")
        if len(self.winners_leverage) != len(LEVERAGE_LEVELS):
            raise ValueError(
                f"winners_leverage needs {len(LEVERAGE_LEVELS)} quantiles, "
                f"got {len(self.winners_leverage)}."
            )
        self._check_numbers()
        if not self.wealth_p50_usd < self.wealth_p90_usd < self.wealth_p99_usd:
            raise ValueError("wealth quantiles must rise: p50 < p90 < p99.")
        if self.wealth_cap_usd < self.wealth_p99_usd or self.wealth_p50_usd <= 0.0:
            raise ValueError("wealth_cap_usd must not be below wealth_p99_usd, and p50 above 0.")
        if self.makers < 1:
            raise ValueError("makers is below 1: every venue needs a market maker.")
        mix = self.reaction_mix
        if len(mix) != len(REACTION_NAMES) or min(mix) < 0.0 or abs(sum(mix) - 1.0) > 1e-9:
            raise ValueError(
                f"reaction_mix needs {len(REACTION_NAMES)} probabilities that sum to 1 "
                f"({', '.join(REACTION_NAMES)})."
            )
        if not -1.0 <= self.wealth_leverage_correlation <= 1.0 or self.tail_index <= 0.0:
            raise ValueError("the correlation lies between -1 and 1, the tail index above 0.")

    def _check_numbers(self) -> None:
        """Refuse leverage that is not positive and numbers that are not finite."""
        leverages = (*self.winners_leverage, self.losers_leverage_median)
        wrong = [leverage for leverage in leverages if not leverage > 0.0]
        if wrong:
            raise ValueError(f"leverage {wrong[0]} is not above 0: give positive leverage.")
        numbers = [value for value in vars(self).values() if isinstance(value, float)]
        if not np.isfinite(numbers).all():
            raise ValueError("a number of the population is NaN or infinite: give a finite one.")


class Drawn(NamedTuple):
    """One drawn population: a row per trader."""

    role: Codes  # [T]
    equity_usd: Floats  # [T]
    leverage: Floats  # [T]
    side: Floats  # [T] +1 long, -1 short, 0 maker
    gain: Floats  # [T] log profit per contract at the start
    isolated: Flags  # [T]
    second_account: Flags  # [T]
    home: Ints  # [T] venue of the first account
    instrument: Ints  # [T] instrument of the position
    attention_per_s: Floats  # [T]
    reaction: Codes  # [T]
    threshold: Floats  # [T]
    trend: Floats  # [T]
    style: Codes  # [T] see `abm.market.columns.Traders`
    has_leg: Flags  # [T] holds the opposite position on the next venue
    everywhere: Flags  # [T] has an account on every venue
    pace: Floats  # [T] share of an arbitrage that is this trader's


def wealth_of(population: Population, score: Floats) -> Floats:
    """Wealth at normal scores `[N]`: log-linear through p50, p90, p99, then Pareto, then cut."""
    z90, z99 = float(ndtri(0.90)), float(ndtri(0.99))
    p50, p90, p99 = (
        np.log(w)
        for w in (population.wealth_p50_usd, population.wealth_p90_usd, population.wealth_p99_usd)
    )
    slope_low, slope_high = (p90 - p50) / z90, (p99 - p90) / (z99 - z90)
    body = np.where(score < z90, p50 + slope_low * score, p90 + slope_high * (score - z90))
    beyond = np.maximum(1.0 - ndtr(score), 1e-300) / 0.01
    tail = p99 - np.log(np.minimum(beyond, 1.0)) / population.tail_index
    wealth = np.exp(np.where(score > z99, tail, body))
    cut: Floats = np.minimum(wealth, population.wealth_cap_usd)
    return cut


def winners_leverage_of(population: Population, score: Floats) -> Floats:
    """Leverage of the winning side at normal scores `[N]`: log-linear between quantiles."""
    levels = ndtri(np.array(LEVERAGE_LEVELS))
    logs = np.log(np.array(population.winners_leverage))
    low = (logs[1] - logs[0]) / (levels[1] - levels[0])
    high = (logs[-1] - logs[-2]) / (levels[-1] - levels[-2])
    inside = np.interp(score, levels, logs)
    outside = np.where(
        score < levels[0],
        logs[0] + low * (score - levels[0]),
        np.where(score > levels[-1], logs[-1] + high * (score - levels[-1]), inside),
    )
    return np.exp(outside)


def clear_markets(
    equity: Floats, leverage: Floats, winners: Flags, book: Ints, legs: Floats, fixed: Flags
) -> None:
    """Scale the losing side's wealth, book by book, until longs and shorts are worth the same.

    Args:
        equity: scaled in place, `[O]`.
        leverage: `[O]`.
        winners: who is on the winning side, `[O]`.
        book: of each position, `[O]`.
        legs: notional that cross-venue hedgers add to the winning side, `[books]` [USD].
        fixed: whose wealth is left as it is, `[O]`.
    """
    for b in np.unique(book):
        here = book == b
        held = (equity * leverage)[here & winners].sum() + legs[b]
        owed = (equity * leverage)[here & ~winners & ~fixed].sum()
        if held <= 0.0 or owed <= 0.0:
            raise ValueError(
                f"book {b} has traders on one side only: raise traders, use fewer books, or lower "
                "cross_venue.hedger_share."
            )
        equity[here & ~winners & ~fixed] *= held / owed


class Positions(NamedTuple):
    """Who holds what, without makers: a row per directional trader or hedger."""

    hedger: Flags  # [O]
    winner: Flags  # [O] on the side that the episode favours
    side: Floats  # [O] +1 long, -1 short
    equity_usd: Floats  # [O]
    leverage: Floats  # [O]
    book: Ints  # [O] venue * K + instrument
    gain: Floats  # [O]
    has_leg: Flags  # [O] the opposite position stands on the next venue


def draw_positions(
    population: Population,
    generator: np.random.Generator,
    count: int,
    books: tuple[int, int],
    leverage_cap: float,
    listed: Ints,
) -> Positions:
    """Sides, wealth and leverage of `count` traders over `books` = (venues, instruments).

    `listed`: the books that exist, as venue * K + instrument.

    Half of the directional traders are long, half short, in random order; hedgers are short.
    """
    wealth_score = generator.standard_normal(count)
    rho = population.wealth_leverage_correlation
    own_score = generator.standard_normal(count)
    leverage_score = rho * wealth_score + np.sqrt(1.0 - rho * rho) * own_score
    place = generator.permutation(count)
    hedger = place < round(population.hedger_share * count)
    up = 1.0 if population.winning_side == "long" else -1.0
    side = np.where(hedger, -1.0, np.where(place % 2 == 1, up, -up))
    winner = side == up
    equity = wealth_of(population, wealth_score)
    losing = population.losers_leverage_median * np.exp(
        population.losers_leverage_sigma * leverage_score
    )
    careful = winner | hedger
    leverage = np.where(careful, winners_leverage_of(population, leverage_score), losing)
    across = population.cross_venue
    has_leg = place < round(across.hedger_share * round(population.hedger_share * count))
    book = listed[(place // 2) % listed.size]
    has_leg &= (books[0] > 1) & np.isin(next_book(book, books), listed)
    leverage = np.where(has_leg, 0.5 * across.leg_leverage, np.minimum(leverage, leverage_cap))
    size_legs(across.leg_open_interest, equity, leverage, book, (winner, has_leg), books)
    legs = added_by_legs(equity * leverage, book, has_leg, winner, books)
    clear_markets(equity, leverage, winner, book, legs, has_leg)
    winning_gain = population.winning_gain_sigma * generator.standard_normal(count)
    losing_gain = population.losing_gain_sigma * generator.standard_normal(count)
    gain = np.where(winner, population.winning_gain_mean + winning_gain, losing_gain)
    return Positions(hedger, winner, side, equity, leverage, book, gain, has_leg)


def _others(traders: int, quoting: int, books: int) -> int:
    """Traders who are neither makers nor arbitrageurs; refused if books would stay empty."""
    others = traders - quoting
    if others < 4 * books:
        raise ValueError(
            f"traders is {traders}: {quoting} makers and arbitrageurs and at least {4 * books} "
            "others are needed; raise traders or lower makers."
        )
    return others


def draw_population(
    population: Population,
    generator: np.random.Generator,
    traders: int,
    venues: int,
    instruments: int,
    leverage_cap: float,
    listed: tuple[int, ...] = (),
) -> Drawn:
    """Draw `traders` traders: first who has a position, then arbitrageurs, makers last.

    `listed`: the books that exist, as venue * K + instrument; empty = all. Too few traders for
    every book to have longs and shorts are a ValueError.
    """
    across = population.cross_venue
    makers = population.makers * (1 if across.pooled_makers else venues)
    gaps = across.arbitrageurs
    books = np.array(listed or range(instruments * venues))
    others = _others(traders, makers + gaps, books.size)
    held = draw_positions(population, generator, others, (venues, instruments), leverage_cap, books)
    open_interest = (held.equity_usd * held.leverage)[held.winner].sum()
    maker_usd = population.maker_usd_per_open_interest * open_interest / makers
    reactive = generator.random(others) < population.reactive_share
    isolated = (generator.random(others) < population.isolated_share) & ~held.hedger
    second = generator.random(others) < population.second_account_share
    contrarian = generator.random(others) < 0.5
    mix = np.array(population.reaction_mix)
    spread = population.threshold_high - population.threshold_low

    def with_makers[N: np.generic](own: NDArray[N], theirs: float, gap: float = 0.0) -> NDArray[N]:
        between, last = np.full(gaps, gap, own.dtype), np.full(makers, theirs, own.dtype)
        return np.concatenate([own, between, last])

    role = np.where(held.hedger, HEDGER, DIRECTIONAL).astype(np.int8)
    rate = np.where(reactive | held.hedger, population.reactive_per_s, population.passive_per_s)
    gap_usd = across.arbitrage_usd_per_open_interest * open_interest / max(1, gaps)
    drawn = Drawn(
        role=with_makers(role, MARKET_MAKER, ARBITRAGEUR),
        equity_usd=with_makers(held.equity_usd, maker_usd, gap_usd),
        leverage=with_makers(held.leverage, 1.0, across.arbitrage_leverage),
        side=with_makers(held.side, 0.0),
        gain=with_makers(held.gain, 0.0),
        isolated=with_makers(isolated, False),
        second_account=with_makers(second, False),
        home=np.concatenate(
            [held.book // instruments, np.arange(gaps) % venues, np.arange(makers) % venues]
        ),
        instrument=with_makers(held.book % instruments, 0),
        attention_per_s=with_makers(rate, population.reactive_per_s, across.arbitrage_per_s),
        reaction=generator.choice(len(mix), size=traders, p=mix).astype(np.int8),
        threshold=population.threshold_low + spread * generator.random(traders),
        trend=with_makers(np.where(contrarian, -population.trend, population.trend), 0.0),
        style=np.zeros(traders, np.int8),
        has_leg=with_makers(held.has_leg, False),
        everywhere=with_makers(np.zeros(others, np.bool_), across.pooled_makers, True),
        pace=np.ones(traders),
    )
    draw_styles(across, generator, drawn)
    return drawn


def draw_styles(across: CrossVenue, generator: np.random.Generator, drawn: Drawn) -> None:
    """How cross-venue hedgers mend, and what arbitrageurs watch; both in place."""
    legs = np.flatnonzero(drawn.has_leg)
    draws = generator.random(legs.size)
    cutting, reopening = across.cut_share, across.cut_share + across.reopen_share
    drawn.style[legs] = np.select(
        [draws < cutting, draws < reopening], [CUT_LEG, REOPEN_LEG], HOLD_LEG
    )
    gaps = np.flatnonzero(drawn.role == ARBITRAGEUR)
    ends = np.cumsum(across.arbitrage_mix) * gaps.size
    drawn.style[gaps] = np.searchsorted(ends, np.arange(gaps.size) + 0.5)
    for style in np.unique(drawn.style[gaps]):
        alike = gaps[drawn.style[gaps] == style]
        drawn.pace[alike] = 1.0 / alike.size
