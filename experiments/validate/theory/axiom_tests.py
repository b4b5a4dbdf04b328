"""Which rule satisfies which axiom: every one-shot rule against split-proofness and three others.

    split-proof        what an account pays in total does not change when it splits into pieces
    scale invariant    x(c w, c B) = c x(w, B)
    monotone           w_i >= w_j  implies  w_i - x_i >= w_j - x_j
    smooth             x is C1 in the budget for 0 < B < U: no kink on a fine grid

Pieces keep the leverage, the equity per dollar and the score of the whole, as a proportional split
of a position does. A rule that never failed in random books is said to pass; one counterexample is
enough to fail, and its size is kept. Source: [Chitra2025], appendix "Theoretical Properties of
Capped Pro-Rata", after [Moulin1987] and [Johnson2023].
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from abm.adl.mechanisms.min_max import min_max_equity
from abm.adl.mechanisms.queue import lottery, queue
from abm.adl.mechanisms.risk import cvar, linear, rap
from abm.adl.mechanisms.shares import (
    capped_pro_rata,
    equal_dollar,
    equity_pro_rata,
    levelling,
    wealth_pro_rata,
)
from abm.adl.mechanisms.vector import vector_mirror_descent
from abm.units import Flags, Floats

TOLERANCE = 1e-7
"""Largest relative departure from an axiom that counts as rounding [1]."""

KINK = 0.05
"""Jump of the slope of x in B between grid cells that counts as a kink [1]."""

CVAR_LEVERAGE = 0.25
"""Leverage below which RAP with the CVaR model takes nothing; random books lie above it [1]."""

AXIOMS = ("split-proof", "scale invariant", "monotone", "smooth")


@dataclass(frozen=True)
class Book:
    """Winners as a rule sees them, columns `[N]`; leverage also scores the queue."""

    endowment_usd: Floats
    leverage: Floats
    equity_usd: Floats
    caps: Floats

    def take(self, rows: list[int], shares: Floats) -> "Book":
        """The book with row `rows[k]` repeated at `shares[k]` of its size."""
        places = np.asarray(rows, np.int64)
        return Book(
            self.endowment_usd[places] * shares,
            self.leverage[places],
            self.equity_usd[places] * shares,
            self.caps[places],
        )


class Rule(NamedTuple):
    """A one-shot rule by name: (book, budget, seed) -> taken `[N]`."""

    name: str
    take: Callable[[Book, float, int], Floats]
    reads: str = "endowments"


def reach_usd(rule: Rule, book: Book) -> float:
    """The largest budget that a rule can meet on a book."""
    capacity = book.endowment_usd * (book.caps if rule.reads == "caps" else 1.0)
    return float(capacity[book.leverage > CVAR_LEVERAGE].sum())


RULES = (
    Rule("wealth pro-rata", lambda b, x, _: wealth_pro_rata(b.endowment_usd, x).taken_usd),
    Rule(
        "capped pro-rata, different caps",
        lambda b, x, _: capped_pro_rata(b.endowment_usd, b.caps, x).taken_usd,
        "caps",
    ),
    Rule(
        "equity pro-rata",
        lambda b, x, _: equity_pro_rata(b.endowment_usd, b.equity_usd, x).taken_usd,
        "equity",
    ),
    Rule(
        "min-max of equity",
        lambda b, x, _: min_max_equity(b.endowment_usd, b.equity_usd, x).split.taken_usd,
        "equity",
    ),
    Rule(
        "RAP, linear g",
        lambda b, x, _: rap(b.endowment_usd, linear(b.leverage), x).taken_usd,
        "leverage",
    ),
    Rule(
        "RAP, CVaR g",
        lambda b, x, _: rap(b.endowment_usd, cvar(b.leverage, CVAR_LEVERAGE), x).taken_usd,
        "leverage",
    ),
    Rule(
        "queue by leverage",
        lambda b, x, _: queue(b.endowment_usd, b.leverage, x, "pro_rata").taken_usd,
        "leverage",
    ),
    Rule(
        "queue by size",
        lambda b, x, _: queue(b.endowment_usd, b.endowment_usd, x, "pro_rata").taken_usd,
    ),
    Rule(
        "lottery",
        lambda b, x, seed: lottery(b.endowment_usd, x, np.random.default_rng(seed)).taken_usd,
    ),
    Rule("levelling", lambda b, x, _: levelling(b.endowment_usd, x).taken_usd),
    Rule("equal dollar", lambda b, x, _: equal_dollar(b.endowment_usd, x).taken_usd),
    Rule(
        "vector mirror descent", lambda b, x, _: vector_mirror_descent(b.endowment_usd, x).taken_usd
    ),
)
"""The rules of the table; queues share ties in proportion to w, so that names decide nothing."""


def random_book(rng: np.random.Generator) -> Book:
    """3 to 8 winners: Pareto endowments, uniform leverage, equity above endowment, caps."""
    count = int(rng.integers(3, 9))
    endowments = np.exp(rng.standard_exponential(count) / 1.5)
    return Book(
        endowments,
        rng.uniform(0.3, 6.0, count),
        endowments * rng.uniform(1.0, 5.0, count),
        rng.uniform(0.2, 1.0, count),
    )


def departures(rule: Rule, book: Book, rng: np.random.Generator) -> tuple[float, ...]:
    """How far a rule is from each axiom on one book, in the order of `AXIOMS`, relative to B or U.

    The budget is uniform between 5 % and 95 % of what the rule can reach.
    """
    total = float(book.endowment_usd.sum())
    budget = float(rng.uniform(0.05, 0.95)) * reach_usd(rule, book)
    seed = int(rng.integers(2**31))
    taken = rule.take(book, budget, seed)
    return (
        _split_departure(rule, book, budget, taken, rng),
        _scale_departure(rule, book, budget, taken, seed),
        _monotone_departure(book, taken) / total,
        kink(rule, book, seed),
    )


def _split_departure(
    rule: Rule, book: Book, budget: float, taken: Floats, rng: np.random.Generator
) -> float:
    """Change of an account's total payment, as a share of B, when it splits in random pieces."""
    count = book.endowment_usd.size
    owner, pieces = int(rng.integers(count)), int(rng.integers(2, 6))
    shares = np.concatenate([np.ones(count - 1), rng.dirichlet(np.full(pieces, 2.0))])
    rows = [row for row in range(count) if row != owner] + [owner] * pieces
    seed = int(rng.integers(2**31))
    paid = rule.take(book.take(rows, shares), budget, seed)[count - 1 :].sum()
    return abs(float(paid - taken[owner])) / budget


def _scale_departure(rule: Rule, book: Book, budget: float, taken: Floats, seed: int) -> float:
    larger = Book(7.0 * book.endowment_usd, book.leverage, 7.0 * book.equity_usd, book.caps)
    return float(np.abs(rule.take(larger, 7.0 * budget, seed) / 7.0 - taken).max()) / budget


def _monotone_departure(book: Book, taken: Floats) -> float:
    """Largest inversion: how much more a smaller account is left than a larger one."""
    order = np.argsort(book.endowment_usd, kind="stable")
    left = (book.endowment_usd - taken)[order]
    return float((np.maximum.accumulate(left) - left).max())


def kink(rule: Rule, book: Book, seed: int) -> float:
    """Largest jump of dx/dB between cells of a grid over the budgets that the rule can reach."""
    budgets = np.linspace(0.02, 0.98, 65) * reach_usd(rule, book)
    paths = np.array([rule.take(book, float(budget), seed) for budget in budgets])
    slopes = np.diff(paths, axis=0) / (budgets[1] - budgets[0])
    return float(np.abs(np.diff(slopes, axis=0)).max())


def worst_departures(books: int, rng: np.random.Generator) -> Floats:
    """Largest departure of every rule from every axiom over random books: `[rules, axioms]`."""
    worst = np.zeros((len(RULES), len(AXIOMS)))
    for _ in range(books):
        book = random_book(rng)
        for row, rule in enumerate(RULES):
            worst[row] = np.maximum(worst[row], departures(rule, book, rng))
    return worst


def passes(worst: Floats) -> Flags:
    """Which departures are rounding: true where the axiom was never broken, `[rules, axioms]`."""
    return np.asarray(worst <= np.array([TOLERANCE, TOLERANCE, TOLERANCE, KINK]))


PIECES = (1, 2, 5, 10, 20)
"""Into how many equal pieces the large account splits."""

SYBIL_BUDGET_USD = 8.0


def sybil_book(pieces: int) -> Book:
    """An account of 10 USD at leverage 2, in equal pieces, beside 30 of 1 USD at leverage 1."""
    whole = Book(
        np.concatenate([[10.0], np.ones(30)]),
        np.concatenate([[2.0], np.ones(30)]),
        np.concatenate([[20.0], np.ones(30)]),
        np.concatenate([[0.5], np.ones(30)]),
    )
    rows = [0] * pieces + list(range(1, 31))
    return whole.take(rows, np.concatenate([np.full(pieces, 1.0 / pieces), np.ones(30)]))


def paid_after_uneven_split() -> tuple[float, float]:
    """What the large account pays under the queue by leverage, whole and split by leverage.

    Nine tenths of the profit go with little leverage behind the others, one tenth takes the rest.
    """
    whole = sybil_book(1)
    rule = next(rule for rule in RULES if rule.name == "queue by leverage")
    book = whole.take([0, *range(31)], np.concatenate([[0.9, 0.1], np.ones(30)]))
    leverage = np.concatenate([[0.5, 15.5], np.ones(30)])  # 0.9 x 0.5 + 0.1 x 15.5 = 2
    uneven = Book(book.endowment_usd, leverage, book.equity_usd, book.caps)
    return (
        float(rule.take(whole, SYBIL_BUDGET_USD, 0)[0]),
        float(rule.take(uneven, SYBIL_BUDGET_USD, 0)[:2].sum()),
    )


def sybil_paid(rule: Rule, pieces: int, draws: int) -> Floats:
    """What the large account pays in total, `[draws]`; the draws differ under a lottery only."""
    book = sybil_book(pieces)
    return np.array(
        [rule.take(book, SYBIL_BUDGET_USD, seed)[:pieces].sum() for seed in range(draws)]
    )
