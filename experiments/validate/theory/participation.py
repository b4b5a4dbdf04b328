"""Who stays when winners may leave: burden of RAP, the death spiral, its basin. V27, V28, V33.

    V27   RAP_i <= PR_i    <=>   lambda_i g(lambda_i) <= sum e lambda g(lambda) / sum e
    V28   stay             <=>   U_i = mu_i - x_i >= u0           two traders, two rounds
    V33   a_i = 1{y lambda_i - h_i(a) >= u0} exp(-beta h_i(a))    fixed point of best responses

In V33 a_i in [0, 1] is what is left of account i: it stays while its yield y per dollar of notional
covers the haircut h_i = x_i / (a_i w_i) and an outside return u0 per dollar of equity, and of those
who stay a haircut drives away 1 - exp(-beta h). The budget is b of the first endowments. All start
in (a = 1); the spiral has run its course when those left cannot pay the budget. Pro-rata without
an outside option has A = exp(-beta b / A), hence A = exp(W(-beta b)) with Lambert's W: a stable
root on branch 0, the edge of its basin on branch -1, neither for beta > 1 / (e b); and since a
haircut takes at most everything, exp(-beta) > b leaves no way to collapse. Pro-rata has one h for
all, so that low leverage leaves it first by arithmetic; that is not a finding.

Source: [Chitra2025] (arXiv:2512.01112, corrected), appendix on follower strategic responses.
"""

import itertools
import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from scipy.special import lambertw

from abm.adl.mechanisms.queue import queue
from abm.adl.mechanisms.risk import cvar, linear, power, rap
from abm.adl.mechanisms.shares import wealth_pro_rata
from abm.adl.mechanisms.split import Split
from abm.units import Flags, Floats
from experiments.validate.claim import (
    Claim,
    Finding,
    Measurement,
    Settings,
    Table,
    Truth,
    every,
    judged,
)
from experiments.validate.theory.sampled import mean_interval, share_of

EXACT = 1e-9
"""An identity of float64 sums holds within this [1]."""

BUDGET_SHARES = (0.1, 0.3, 0.5, 0.7, 0.9)
YIELD_PER_NOTIONAL = 0.2
"""y: gain of a winner per round per dollar of notional [1]."""

BUDGET_SHARE = 0.02
"""b: budget of a round as a share of all endowments [1]."""

OUTSIDE = tuple(float(u) for u in np.linspace(-0.05, 0.1, 16))
"""u0: outside return per dollar of equity, less the cost of leaving [1 per round]."""

CHURN = tuple(float(beta) for beta in np.linspace(0.0, 20.0, 21))
"""beta: churn per unit of haircut fraction [1]."""

BASIN_CHURN = (2.0, 3.0, 4.5, 6.0, 8.0, 10.0, 12.0, 14.0, 16.0, 18.0)
LEVERAGE_MEDIAN, LEVERAGE_P90 = 0.43, 3.24
"""Effective leverage of the accounts deleveraged on 10 October 2025 (HyperReplay, per account)."""

NORMAL_P90 = 1.2815515655446004
NARROW_SPREAD = 0.3
"""Standard deviation of log leverage where traders are nearly alike [1]."""

ACCOUNTS = 200
MOST_ITERATIONS = 20_000

type Rule = Callable[[Floats, Floats, float], Split]

RULES: Mapping[str, Rule] = {
    "pro-rata": lambda w, _, budget: wealth_pro_rata(w, budget),
    "RAP": lambda w, leverage, budget: rap(w, linear(leverage), budget),
    "queue": lambda w, leverage, budget: queue(w, leverage, budget),
}
"""Rules by name: (endowments, effective leverage, budget) -> split."""


def rap_burden(settings: Settings, rng: np.random.Generator) -> Finding:
    """V27: compare what both rules take with the condition, first without, then with full caps."""
    books, accounts = settings.pick(200, 2000), 12
    error, agree, wrong_base = 0.0, 0, 0
    wrong = dict.fromkeys(BUDGET_SHARES, 0)
    for book in range(books):
        equity, leverage = np.exp(rng.standard_normal((2, accounts)))
        leverage[0] += 1.0  # somebody is above the threshold of the third weight
        weight = (linear(leverage), power(leverage, 2.0), cvar(leverage, 0.9))[book % 3]
        mean = float((equity * weight).sum() / equity.sum())
        lighter = weight <= mean
        small = 1e-9 * float(equity.sum())
        risky, even = rap(equity, weight, small).taken_usd, wealth_pro_rata(equity, small).taken_usd
        error = max(error, float(np.abs(risky / even - weight / mean).max() * mean / weight.max()))
        agree += int((lighter == (risky <= even)).sum())
        for share in BUDGET_SHARES:
            wrong[share] += _misjudged(equity, weight, lighter, share * float(equity.sum()))
        profit = equity * rng.uniform(0.05, 1.0, accounts)
        risky, even = rap(profit, weight, small).taken_usd, wealth_pro_rata(profit, small).taken_usd
        wrong_base += int((lighter != (risky <= even)).sum())
    trials = books * accounts
    holds = error < EXACT and agree == trials
    half = share_of("accounts the condition gets wrong at B = 0.5 U", 0.0, wrong[0.5], trials)
    base = share_of("wrong with profit as endowment, equity as weight", 0.0, wrong_base, trials)
    return Finding(
        judged(holds),
        "The condition on shares is exact while nobody is exhausted; once RAP has taken all of the "
        f"risky accounts it errs for {half.measured:.0%} of accounts at half the endowment, and "
        f"for {base.measured:.0%} when profit is taken but equity weighs the mean.",
        (
            Measurement("largest error of the share ratio", 0.0, error),
            Measurement("accounts where the condition agrees", 1.0, agree / trials),
            half,
            base,
        ),
        {
            "rap_condition": {
                "budget_share": BUDGET_SHARES,
                "wrong": [wrong[share] / trials for share in BUDGET_SHARES],
            }
        },
    )


def _misjudged(equity: Floats, weight: Floats, lighter: Flags, budget: float) -> int:
    """Accounts that the condition gets wrong at a budget that may exhaust some of them."""
    risky = rap(equity, weight, budget).taken_usd
    even = wealth_pro_rata(equity, budget).taken_usd
    return int((lighter & (risky > even * (1.0 + EXACT))).sum()) + int(
        (~lighter & (risky < even * (1.0 - EXACT))).sum()
    )


class _Round(NamedTuple):
    """One round of the two-trader example; rows are L and H."""

    taken: Floats
    utility: Floats
    stays: Flags
    unfunded: float


EXAMPLE_EQUITY = np.array([60.0, 40.0])
EXAMPLE_LEVERAGE = np.array([2.0, 6.0])
EXAMPLE_UTILITY = np.array([12.0, 40.0])
EXAMPLE_OUTSIDE = 2.0
EXAMPLE_DEFICITS = (40.0, 30.0)
PRINTED = {
    "pro-rata": np.array([[24.0, 16.0], [0.0, 30.0]]),
    "RAP": np.array([[40.0 / 7.0, 240.0 / 7.0], [30.0 / 7.0, 180.0 / 7.0]]),
}
"""What the example says is taken from L and H in rounds 1 and 2."""


def two_rounds(rule: Rule, carry_over: bool) -> tuple[_Round, _Round]:
    """The printed example, with equities reset between the rounds or reduced by what was taken."""
    equity, here, rounds = EXAMPLE_EQUITY, np.ones(2, np.bool_), []
    for deficit in EXAMPLE_DEFICITS:
        split = rule(np.where(here, equity, 0.0), EXAMPLE_LEVERAGE, deficit)
        utility = np.where(here, EXAMPLE_UTILITY - split.taken_usd, np.nan)
        here = here & (utility >= EXAMPLE_OUTSIDE)
        rounds.append(_Round(split.taken_usd, utility, here, split.unfilled_usd))
        equity = equity - split.taken_usd if carry_over else equity
    return rounds[0], rounds[1]


def death_spiral(settings: Settings, rng: np.random.Generator) -> Finding:
    """V28: the printed numbers, and the same example with losses carried over."""
    del settings, rng  # a worked example: nothing is drawn
    error, rows = 0.0, []
    runs = {
        (name, carry): two_rounds(RULES[name], carry)
        for name, carry in itertools.product(PRINTED, (False, True))
    }
    for (name, carry), rounds in runs.items():
        for number, one in enumerate(rounds, 1):
            if not carry:
                error = max(error, float(np.abs(one.taken - PRINTED[name][number - 1]).max()))
            for i, trader in enumerate("LH"):
                rows.append(
                    (name, carry, number, trader, one.taken[i], one.utility[i], one.unfunded)
                )
    columns = ("rule", "carry_over", "round", "trader", "taken", "utility", "unfunded")
    kept = {case: bool(rounds[1].stays[0]) for case, rounds in runs.items()}
    unfunded = runs["pro-rata", True][1].unfunded
    printed = error < EXACT and kept["RAP", False] and not kept["pro-rata", False]
    return Finding(
        judged(printed and kept["RAP", True], printed),
        "The printed numbers need equities that are restored between the rounds; carried over, "
        f"RAP {'keeps' if kept['RAP', True] else 'loses'} the low-leverage trader in round 2 "
        f"(U = {runs['RAP', True][1].utility[0]:.1f}) and pro-rata leaves {unfunded:.0f} of 30 "
        "unfunded.",
        (
            Measurement("L stays under RAP, carried over", 1.0, float(kept["RAP", True])),
            Measurement("L stays under RAP, reset", 1.0, float(kept["RAP", False])),
            Measurement("largest error of the printed amounts, reset", 0.0, error, unit="USD"),
            Measurement("unfunded by pro-rata, carried over", 0.0, unfunded, unit="USD"),
        ),
        {"death_spiral": dict(zip(columns, zip(*rows, strict=True), strict=True))},
    )


def best_response(
    rule: Rule,
    endowment: Floats,
    leverage: Floats,
    outside: float,
    churn: float,
    start: float = 1.0,
) -> Floats:
    """Fixed point of a = 1{y lambda - h(a) >= u0} exp(-beta h(a)), from a = start: `[N]` in [0, 1].

    Raises:
        ValueError: the iteration did not settle.
    """
    budget = BUDGET_SHARE * float(endowment.sum())
    active = np.full(endowment.size, start)
    for _ in range(MOST_ITERATIONS):
        left = active * endowment
        taken = rule(left, leverage, budget).taken_usd
        haircut = np.divide(taken, left, out=np.ones(left.size), where=left > 0.0)
        stays = YIELD_PER_NOTIONAL * leverage - haircut >= outside
        reply = np.where(stays, np.exp(-churn * haircut), 0.0)
        if float(np.abs(reply - active).max()) < EXACT:
            return reply
        active = reply
    raise ValueError(f"best responses did not settle in {MOST_ITERATIONS} rounds")


def participation(settings: Settings, rng: np.random.Generator) -> Finding:
    """V33: the fixed points over outside option and churn, and the edge of the basin."""
    spread = math.log(LEVERAGE_P90 / LEVERAGE_MEDIAN) / NORMAL_P90
    populations = [_population(rng, spread) for _ in range(settings.pick(5, 40))]
    kept = {
        name: np.array([_kept(rule, *population) for population in populations])
        for name, rule in RULES.items()
    }
    narrow = [_population(rng, NARROW_SPREAD) for _ in range(settings.pick(3, 40))]
    alike = [
        np.array([_kept(RULES[name], *one) for one in narrow]) > BUDGET_SHARE
        for name in ("pro-rata", "RAP")
    ]
    spiral = {name: shares <= BUDGET_SHARE for name, shares in kept.items()}
    saved = spiral["pro-rata"] & ~spiral["RAP"]
    lost = spiral["RAP"] & ~spiral["pro-rata"]
    gain = kept["RAP"] - kept["pro-rata"]
    edge, error = _basin_edge(populations[0])
    helped = _cells("grid where RAP keeps more", gain > BUDGET_SHARE)
    harmed = _cells("grid where pro-rata keeps more", gain < -BUDGET_SHARE, 0.0)
    lost_to = {name: _cells(f"grid lost to the spiral, {name}", spiral[name]) for name in RULES}
    corrected = every(_occurs(helped), _occurs(lost_to["pro-rata"]))
    harms = _occurs(harmed)
    return Finding(
        judged(every(corrected, None if harms is None else not harms), corrected),
        f"Pro-rata spirals in {spiral['pro-rata'].mean():.0%} of the grid, and RAP keeps more in "
        f"{(gain > BUDGET_SHARE).mean():.0%} of it; but pro-rata keeps more in "
        f"{(gain < -BUDGET_SHARE).mean():.0%}, where churn is strong, and there RAP spirals alone "
        f"in {lost.mean():.0%} of the grid (pro-rata alone in {saved.mean():.0%}).",
        (
            harmed,
            helped,
            _cells("grid where only pro-rata spirals", saved),
            _cells("grid where only RAP spirals", lost, 0.0),
            *lost_to.values(),
            _cells("only pro-rata spirals, narrow leverage", ~alike[0] & alike[1]),
            _cells("only RAP spirals, narrow leverage", alike[0] & ~alike[1], 0.0),
            Measurement(
                "churn at which pro-rata collapses, no outside option",
                1.0 / (math.e * BUDGET_SHARE),
                _onset(populations[0]),
            ),
            Measurement("largest error of the basin's edge, pro-rata", 0.0, error),
        ),
        {"participation_grid": _grid_table(kept), "participation_basin": edge},
    )


def _population(rng: np.random.Generator, spread: float) -> tuple[Floats, Floats]:
    """Endowments and effective leverages, independent and log-normal, `[N]` each."""
    endowment = np.exp(rng.standard_normal(ACCOUNTS))
    leverage = LEVERAGE_MEDIAN * np.exp(spread * rng.standard_normal(ACCOUNTS))
    return endowment / endowment.sum(), leverage


def _kept(rule: Rule, endowment: Floats, leverage: Floats) -> Floats:
    """Share of endowments left at the fixed point, `[outside, churn]`."""
    return np.array(
        [
            [
                float((best_response(rule, endowment, leverage, u, beta) * endowment).sum())
                for beta in CHURN
            ]
            for u in OUTSIDE
        ]
    )


def _occurs(share: Measurement) -> Truth:
    """Whether something happens in a part of the grid; None when the interval reaches zero."""
    return None if 0.0 == share.low < share.measured else share.low > 0.0


def _cells(name: str, flags: Flags, predicted: float = math.nan) -> Measurement:
    """Share of the grid, mean over populations with its interval within [0, 1]."""
    mean, low, high = mean_interval(flags.mean(axis=(1, 2)))
    return Measurement(name, predicted, mean, max(low, 0.0), min(high, 1.0))


def _onset(population: tuple[Floats, Floats]) -> float:
    """Smallest churn at which pro-rata collapses without an outside option, by bisection."""
    low, high = 0.0, 10.0 / BUDGET_SHARE
    while high - low > 1e-3 * low:
        middle = 0.5 * (low + high)
        active = best_response(RULES["pro-rata"], *population, -math.inf, middle)
        collapsed = float((active * population[0]).sum()) <= BUDGET_SHARE
        low, high = (low, middle) if collapsed else (middle, high)
    return high


def _basin_edge(population: tuple[Floats, Floats]) -> tuple[Table, float]:
    """Smallest first participation from which the pool recovers, and the error of the formula."""
    rows, error = [], 0.0
    for name, churn in itertools.product(("pro-rata", "RAP"), BASIN_CHURN):
        root = math.exp(float(lambertw(-churn * BUDGET_SHARE, -1).real))
        predicted = (root if root > BUDGET_SHARE else 0.0) if name == "pro-rata" else math.nan
        edge = _edge(RULES[name], population, churn)
        error = max(error, abs(edge - predicted)) if name == "pro-rata" else error
        rows.append((name, churn, edge, predicted))
    columns = ("rule", "churn", "edge", "predicted")
    return dict(zip(columns, zip(*rows, strict=True), strict=True)), error


def _edge(rule: Rule, population: tuple[Floats, Floats], churn: float) -> float:
    """Bisection over the first participation; 1 when not even the full pool recovers."""
    low, high = 0.0, 1.0
    while high - low > 1e-4:
        middle = 0.5 * (low + high)
        active = best_response(rule, *population, -math.inf, churn, middle)
        recovers = float((active * population[0]).sum()) > BUDGET_SHARE
        low, high = (low, middle) if recovers else (middle, high)
    return high


def _grid_table(kept: Mapping[str, Floats]) -> Table:
    """Mean share kept and share of populations lost, one row per rule and cell."""
    rows = [
        (
            name,
            OUTSIDE[i],
            CHURN[j],
            float(shares[:, i, j].mean()),
            float((shares[:, i, j] <= BUDGET_SHARE).mean()),
        )
        for name, shares in kept.items()
        for i, j in itertools.product(range(len(OUTSIDE)), range(len(CHURN)))
    ]
    columns = ("rule", "outside", "churn", "kept", "spiral")
    return dict(zip(columns, zip(*rows, strict=True), strict=True))


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "V27",
        "When RAP burdens less",
        "[Chitra2025], Lemma 'When RAP burdens a trader less than Pro-Rata'",
        "RAP's share of winner i is at most its pro-rata share exactly when lambda_i g(lambda_i) "
        "is at most the equity-weighted mean of lambda g(lambda).",
        rap_burden,
    ),
    Claim(
        "V28",
        "Death spiral of two traders",
        "[Chitra2025], example of Corollary 'death spiral vs RAP retention'",
        "Two winners, two rounds: under pro-rata the low-leverage trader leaves after round 1, "
        "under RAP both stay for both rounds.",
        death_spiral,
        "True only if equities are restored between the rounds; with losses carried over RAP too "
        "loses the low-leverage trader in round 2, and pro-rata cannot fund round 2.",
    ),
    Claim(
        "V33",
        "Basin of the death spiral",
        "[Chitra2025], Corollary 'death spiral vs RAP retention'",
        "Pro-rata drives out low-leverage winners first and can spiral; RAP breaks the loop "
        "by moving the burden to high leverage.",
        participation,
        "RAP keeps more against good outside options, pro-rata against strong churn, where RAP "
        "loses the high leverage it burdens and spirals from that end.",
    ),
)
