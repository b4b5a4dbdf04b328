"""V9 and V10: what a round leaves for the next one under risk-aware pro-rata and under other rules.

    delta      sum (1 - h_i) e_i rho_i     the sources': a haircut scales the whole equity down
    delta'     sum (e_i - x_i) rho_i       a dollar taken is a dollar of equity less
    RAP        h_i = min(1, tau rho_i)
    optimum    a fractional knapsack [Dantzig1957]: the queue by rho_i e_i / w_i for delta,
               by rho_i for delta'

h = x / w; w: endowment; e: equity; rho: expected shortfall per dollar of equity under the next
shock. Both deltas are one when w = e. When only profit may be taken (w < e) they part: [Chitra2025]
writes delta, while its e'_i = c_i + PNL_i - x_i gives delta'.

RAP spreads over all accounts what the optimum takes from the first in the queue, so it ties with it
only where the budget exhausts all of those it would spread over: where RAP leaves every account
something it is worse in every book.
Source: [Chitra2025], section Risk-aware Policies and appendix Risk-Aware Pro-Rata.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from scipy import stats

from abm.adl.mechanisms.queue import queue
from abm.adl.mechanisms.risk import (
    expected_shortfall_left,
    knapsack_greedy,
    rap,
    shortfall_density,
)
from abm.adl.mechanisms.shares import wealth_pro_rata
from abm.units import Flags, Floats
from experiments.validate.claim import Claim, Finding, Measurement, Settings, judged
from experiments.validate.intervals import Interval, median_interval
from experiments.validate.theory.sampled import share_of

EXACT_TOL = 1e-9
"""Relative distance below which two amounts are the same [1]."""

STRICT = 1.0 + EXACT_TOL
"""Factor by which an amount must be larger to count as larger [1]."""

RISK_RULES = (
    "wealth pro-rata",
    "RAP",
    "RAP, weights ρ²",
    "RAP, weights ρe/w",
    "queue by ρ",
    "knapsack optimum",
)
PRO_RATA, RAP, RAP_SQUARED, RAP_SCALED, OPTIMUM_CASH, OPTIMUM = range(len(RISK_RULES))
"""Places of the rules in `RISK_RULES`."""

SHOCKS = 0.25 * stats.norm.ppf((np.arange(2001) + 0.5) / 2001)
"""Equally likely next returns [1]."""

SHARES = np.linspace(0.005, 0.995, 199)
"""Quantiles of the ratios that are kept for the figure [1]."""


class RiskBook(NamedTuple):
    """Winners before a round: endowments, equity [USD] and rho [1], `[N]`, and a budget [USD]."""

    endowment_usd: Floats
    equity_usd: Floats
    rho: Floats
    budget_usd: float


class Left(NamedTuple):
    """Next deficits [USD] after a round under each of `RISK_RULES`, `[6]`.

    Attributes:
        scaled: delta, haircuts scale the whole equity.
        cash: delta', dollars are taken from equity.
    """

    scaled: Floats
    cash: Floats


def taken_by_rule(book: RiskBook) -> list[Floats]:
    """What each of `RISK_RULES` takes, x `[N]`."""
    endowments, equity, rho, budget = book
    splits = (
        wealth_pro_rata(endowments, budget),
        rap(endowments, rho, budget),
        rap(endowments, np.square(rho), budget),
        rap(endowments, rho * equity / endowments, budget),
        queue(endowments, rho, budget),
        knapsack_greedy(endowments, equity, rho, budget),
    )
    return [split.taken_usd for split in splits]


def deficits_left(book: RiskBook, taken: list[Floats]) -> Left:
    """Next deficit of each rule under both definitions."""
    endowments, equity, rho, _ = book
    scaled = [expected_shortfall_left(x, endowments, equity, rho) for x in taken]
    return Left(np.array(scaled), np.array([float((equity - x) @ rho) for x in taken]))


def random_risk_book(profit_only: bool, rng: np.random.Generator) -> RiskBook:
    """2 to 20 winners, Pareto(1.5) equity, leverage 1.5 to 20, normal shocks.

    The endowment is equity, or its profit part of 5 % to 100 %; the next return has a standard
    deviation of 25 %, on 2001 equally likely quantiles; the budget is 5 % to 95 % of endowments.
    """
    count = int(rng.integers(2, 21))
    equity = np.exp(rng.standard_exponential(count) / 1.5)
    leverage = np.exp(rng.uniform(np.log(1.5), np.log(20.0), count))
    endowments = equity * rng.uniform(0.05, 1.0, count) if profit_only else equity.copy()
    budget = float(rng.uniform(0.05, 0.95)) * float(endowments.sum())
    return RiskBook(endowments, equity, shortfall_density(leverage, SHOCKS), budget)


class Sample(NamedTuple):
    """What random books showed, rows `[books]`.

    Attributes:
        scaled: delta of each rule over that of the optimum, `[books, 6]`.
        cash: delta' of each rule over that of the queue by rho, `[books, 6]`.
        interior: whether RAP leaves every account something.
        dominated: whether RAP's residuals (1 - h) e rho are weakly submajorised by pro-rata's.
        certificate: relative gap of the optimum's delta to the dual bound; 0 proves it minimal.
    """

    scaled: Floats
    cash: Floats
    interior: Flags
    dominated: Flags
    certificate: Floats


def sample_of(books: int, profit_only: bool, rng: np.random.Generator) -> Sample:
    """Ratios of all rules in random books."""
    scaled, cash = np.empty((2, books, len(RISK_RULES)))
    interior, dominated = np.empty((2, books), np.bool_)
    certificate = np.empty(books)
    for row in range(books):
        book = random_risk_book(profit_only, rng)
        taken = taken_by_rule(book)
        left = deficits_left(book, taken)
        scaled[row] = left.scaled / left.scaled[OPTIMUM]
        cash[row] = left.cash / left.cash[OPTIMUM_CASH]
        certificate[row] = abs(left.scaled[OPTIMUM] / smallest_deficit(book) - 1.0)
        interior[row] = bool((taken[RAP] < book.endowment_usd * (1.0 - EXACT_TOL)).all())
        residuals = [
            book.rho * book.equity_usd * (1.0 - taken[rule] / book.endowment_usd)
            for rule in (RAP, PRO_RATA)
        ]
        dominated[row] = weakly_submajorised(*residuals)
    return Sample(scaled, cash, interior, dominated, certificate)


def smallest_deficit(book: RiskBook) -> float:
    """Lower bound on delta under every rule that meets the budget, from linear duality [USD].

    Taking x saves sum c x with c = rho e / w, and for every price y no rule saves more than
    y B + sum w (c - y)+; the least of these bounds is at one of the c, where it is attained.
    """
    endowments, equity, rho, budget = book
    saved = rho * equity / endowments
    bounds = saved * budget + np.maximum(saved[None, :] - saved[:, None], 0.0) @ endowments
    return float(rho @ equity - bounds.min())


def weakly_submajorised(smaller: Floats, larger: Floats) -> bool:
    """Whether every sum of the k largest entries is at most that of the other vector."""
    low, high = (np.cumsum(np.sort(values)[::-1]) for values in (smaller, larger))
    return bool((low <= high * STRICT).all())


def counterexample() -> RiskBook:
    """Two winners whose profit is a small part of equity, and who differ in that part."""
    return RiskBook(np.array([1.0, 10.0]), np.array([20.0, 11.0]), np.array([1.0, 2.0]), 1.0)


def risk_optimality(settings: Settings, rng: np.random.Generator) -> Finding:
    """V9: next deficit under RAP, pro-rata and others as a multiple of the knapsack optimum."""
    books = settings.pick(2_000, 20_000)
    equal, profit = (sample_of(books, profit_only, rng) for profit_only in (False, True))
    above = np.concatenate([equal.scaled[:, RAP], profit.scaled[:, RAP]]) > STRICT
    medians = {
        "w = e": median_interval(equal.scaled[:, RAP]),
        "w = profit": median_interval(profit.scaled[:, RAP]),
        "w = profit, δ′": median_interval(profit.cash[:, RAP]),
    }
    worse = {
        "w = e": _beats(equal.scaled, PRO_RATA, RAP),
        "w = profit": _beats(profit.scaled, PRO_RATA, RAP),
        "w = profit, δ′": _beats(profit.cash, PRO_RATA, RAP),
    }
    sentence = (
        f"RAP leaves a larger next deficit than the knapsack's queue in {above.mean():.0%} of books"
        f" (median ratio {medians['w = e'].value:.2f} with w = e,"
        f" {medians['w = profit'].value:.2f} when only profit may be taken); it leaves more than"
        f" pro-rata in {worse['w = e'].mean():.1%} and {worse['w = profit'].mean():.1%} of them,"
        f" and in {worse['w = profit, δ′'].mean():.1%} if a haircut lowers equity dollar by dollar"
        " (δ′)."
    )
    gap = max(float(equal.certificate.max()), float(profit.certificate.max()))
    corrected = gap <= EXACT_TOL and not worse["w = e"].any()
    return Finding(
        judged(not bool(above.any()), bool(corrected)),
        sentence,
        (
            _share("books where RAP exceeds the knapsack optimum", 0.0, above),
            Measurement("largest gap of the knapsack's queue to its bound (correction)", 0.0, gap),
            *_further(equal, profit, medians, worse),
            *_counterexample_rows(),
        ),
        {
            "risk_ratio": _ratio_quantiles(
                {"w = e": equal.scaled, "w = profit": profit.scaled}
                | {"w = profit, δ′": profit.cash}
            )
        },
    )


def _further(
    equal: Sample, profit: Sample, medians: Mapping[str, Interval], worse: Mapping[str, Flags]
) -> list[Measurement]:
    """Everything V9 reports beside its verdict's own measurement and the counterexample."""
    interior = np.concatenate([equal.interior, profit.interior])
    above = np.concatenate([equal.scaled[:, RAP], profit.scaled[:, RAP]]) > STRICT
    return [
        _share("the same, only where RAP leaves every account something", 0.0, above[interior]),
        _share(
            "books where RAP exceeds the optimum of δ′, w = profit",
            0.0,
            profit.cash[:, RAP] > STRICT,
        ),
        *(
            interval.measurement(f"median δ(RAP)/δ(optimum), {case}", 1.0)
            for case, interval in medians.items()
        ),
        *(
            _share(f"books where RAP exceeds pro-rata, {case}", 0.0, flags)
            for case, flags in worse.items()
        ),
        _share("books where weights ρ² beat ρ, w = e", 0.0, _beats(equal.scaled, RAP_SQUARED, RAP)),
        _share(
            "books where weights ρe/w beat ρ, w = profit",
            0.0,
            _beats(profit.scaled, RAP_SCALED, RAP),
        ),
        _share("books where RAP's residuals are not ≼_w pro-rata's, w = e", 0.0, ~equal.dominated),
        _share(
            "books with undominated residuals, only where RAP leaves every account something",
            0.0,
            ~equal.dominated[equal.interior],
        ),
    ]


def _counterexample_rows() -> list[Measurement]:
    """Both deltas of the two winners, against their values by hand."""
    book = counterexample()
    left = deficits_left(book, taken_by_rule(book))
    head = "w=(1,10), e=(20,11), ρ=(1,2), B=1"
    rows = (
        (f"δ(RAP), {head}", 818 / 21, left.scaled[RAP]),
        ("δ(pro-rata), the same", 420 / 11, left.scaled[PRO_RATA]),
        ("δ(optimum), the same", 22.0, left.scaled[OPTIMUM]),
        ("δ′(RAP), the same", 841 / 21, left.cash[RAP]),
        ("δ′(pro-rata), the same", 441 / 11, left.cash[PRO_RATA]),
        ("δ′(optimum of δ′), the same", 40.0, left.cash[OPTIMUM_CASH]),
    )
    return [Measurement(name, by_hand, float(value), unit="USD") for name, by_hand, value in rows]


def _beats(ratios: Floats, smaller: int, larger: int) -> Flags:
    """Books in which one rule leaves strictly less than another."""
    return np.asarray(ratios[:, larger] > ratios[:, smaller] * STRICT)


def _share(name: str, predicted: float, hits: Flags) -> Measurement:
    return share_of(name, predicted, int(np.count_nonzero(hits)), hits.size)


def _ratio_quantiles(ratios: Mapping[str, Floats]) -> dict[str, Floats]:
    """Quantiles of each rule's ratio to the optimum by case, for a distribution function."""
    rules = len(RISK_RULES)
    return {
        "case": np.repeat(list(ratios), rules * SHARES.size),
        "rule": np.tile(np.repeat(RISK_RULES, SHARES.size), len(ratios)),
        "share": np.tile(SHARES, rules * len(ratios)),
        "ratio": np.concatenate(
            [np.quantile(values, SHARES, axis=0).T.ravel() for values in ratios.values()]
        ),
    }


SHOCK_PER_LEVERAGE = 1.2
"""Size of the next move over the mean leverage of the winners, in the example of V10 [1]."""

PUBLISHED_NEXT_USD, PUBLISHED_HAIRCUT = 1.46, 0.0913
"""What [Chitra2025] prints for the example, with three digits."""


def next_deficit(_settings: Settings, _rng: np.random.Generator) -> Finding:
    """V10: the three winners of the source's example, next deficit under each rule."""
    equity, leverage = np.array([1.2613, 5.6214, 0.8397]), np.array([1.031, 0.925, 1.548])
    deficit = 0.705
    shock = SHOCK_PER_LEVERAGE * float(leverage.mean())
    rho = shortfall_density(leverage, np.array([-shock, shock]))
    book = RiskBook(equity, equity, rho, deficit)
    taken = taken_by_rule(book)
    left = deficits_left(book, taken).scaled
    haircut = float((taken[PRO_RATA] / equity)[0])
    printed = abs(left[PRO_RATA] - PUBLISHED_NEXT_USD) < 0.005
    printed &= abs(haircut - PUBLISHED_HAIRCUT) < 5e-5
    every = left[OPTIMUM] > deficit
    return Finding(
        judged(bool(printed and left[PRO_RATA] > deficit)),
        f"Pro-rata leaves an expected next deficit of {left[PRO_RATA]:.3f}, with"
        f" {deficit} now; the best of all rules leaves {left[OPTIMUM]:.3f}, "
        + ("more than the deficit too, so the example is" if every else "less, so it is")
        + f" {'no' if every else 'a'} failure of pro-rata in particular.",
        (
            Measurement(
                "expected next deficit under pro-rata",
                PUBLISHED_NEXT_USD,
                left[PRO_RATA],
                unit="USD",
            ),
            Measurement("haircut under pro-rata", PUBLISHED_HAIRCUT, haircut),
            Measurement("expected next deficit under RAP", np.nan, left[RAP], unit="USD"),
            Measurement(
                "smallest expected next deficit of any rule", np.nan, left[OPTIMUM], unit="USD"
            ),
            Measurement("present deficit", 0.705, deficit, unit="USD"),
        ),
        {"next_deficit": {"rule": RISK_RULES, "expected_usd": left}},
    )


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "V9",
        "RAP and the next deficit",
        "[Chitra2025], appendix Risk-Aware Pro-Rata, Proposition and Theorem on dominance",
        "RAP with weights ρ minimises the expected next deficit δ among all rules that meet the"
        " budget, and its residuals are weakly submajorised by those of less tilted rules.",
        risk_optimality,
        "The queue by ρe/w, a fractional knapsack, minimises δ; RAP leaves no larger δ than"
        " pro-rata when all equity may be taken, w = e.",
    ),
    Claim(
        "V10",
        "Next-deficit example",
        "[Chitra2025], appendix Examples of RAP and Next Deficit",
        "With shocks of 1.2 times the mean leverage pro-rata leaves an expected next deficit of"
        " 1.46, more than the deficit 0.705 that was socialised.",
        next_deficit,
    ),
)
