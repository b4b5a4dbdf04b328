"""V7 and V8: in which sense pro-rata is the best of all rules; the list of V7 to V10.

    V7   capped pro-rata, h_i = min(eta, beta_i), minimises sum w_i phi(h_i) for convex phi
    V8   split-proof, scale invariant, monotone and smooth: only pro-rata

h_i = x_i / w_i. Source: [Chitra2025], section Fairness with its appendix.
"""

import math
from collections.abc import Callable, Mapping

import numpy as np

from abm.adl.mechanisms.queue import lottery
from abm.adl.mechanisms.risk import rap
from abm.adl.mechanisms.shares import capped_pro_rata, wealth_pro_rata
from abm.adl.mechanisms.vector import vector_mirror_descent
from abm.units import Flags, Floats
from experiments.validate.claim import Claim, Finding, Measurement, Settings, judged
from experiments.validate.theory.axiom_tests import (
    AXIOMS,
    PIECES,
    RULES,
    paid_after_uneven_split,
    passes,
    random_book,
    sybil_paid,
    worst_departures,
)
from experiments.validate.theory.risk_claims import CLAIMS as RISK
from experiments.validate.theory.sampled import mean_interval, share_of

EXACT_TOL = 1e-9
"""Relative distance below which two amounts are the same [1]."""


def random_disutility(rng: np.random.Generator) -> Callable[[Floats], Floats]:
    """A strictly convex increasing phi on [0, 1]: power, exponential, barrier or a mixture."""
    power, rate = float(rng.uniform(1.1, 6.0)), float(rng.uniform(0.5, 8.0))
    kinds: tuple[Callable[[Floats], Floats], ...] = (
        lambda h: h**power,
        lambda h: np.exp(rate * h),
        lambda h: -np.log1p(-h / 1.05),
        lambda h: 0.3 * h + h**power + np.maximum(h - 0.4, 0.0) ** 2,
    )
    return kinds[int(rng.integers(len(kinds)))]


def random_feasible(
    endowments: Floats, caps: Floats, budget: float, rng: np.random.Generator
) -> Floats:
    """Haircuts h with sum h w = B, 0 <= h <= beta: RAP with random weights, or a lottery."""
    if rng.uniform() < 0.3:
        return np.asarray(lottery(caps * endowments, budget, rng).taken_usd / endowments)
    weights = np.exp(rng.normal(0.0, float(rng.uniform(0.05, 2.0)), endowments.size))
    return np.asarray(rap(endowments, weights, budget, caps).taken_usd / endowments)


def convex_optimality(settings: Settings, rng: np.random.Generator) -> Finding:
    """V7: weighted and unweighted disutility of capped pro-rata against random haircuts."""
    books = settings.pick(2_000, 20_000)
    excess, spread = np.empty(books), np.empty(books)
    unweighted, free = np.empty((2, books), np.bool_)
    for book in range(books):
        count = int(rng.integers(2, 13))
        endowments = np.exp(rng.standard_exponential(count) / 1.5)
        caps = rng.uniform(0.2, 1.0, count)
        budget = float(rng.uniform(0.1, 0.9)) * float((caps * endowments).sum())
        fair = capped_pro_rata(endowments, caps, budget).taken_usd / endowments
        other = random_feasible(endowments, caps, budget, rng)
        phi = random_disutility(rng)
        costs = float(endowments @ phi(fair)), float(endowments @ phi(other))
        excess[book] = (costs[1] - costs[0]) / endowments.sum()
        levels = np.concatenate([fair, other])[:, None]
        above = np.maximum(other - levels, 0.0) - np.maximum(fair - levels, 0.0)
        spread[book] = float((above @ endowments).min()) / endowments.sum()
        plain = wealth_pro_rata(endowments, 0.5 * budget).taken_usd / endowments
        squared = vector_mirror_descent(endowments, 0.5 * budget).taken_usd / endowments
        unweighted[book] = np.square(plain).sum() <= np.square(squared).sum() * (1 + EXACT_TOL)
        free[book] = (phi(fair) - phi(np.zeros(count))).sum() > 0.0
    weighted_holds = bool((excess >= -EXACT_TOL).all() and (spread >= -EXACT_TOL).all())
    stated = weighted_holds and bool(unweighted.all())
    return Finding(
        judged(stated, weighted_holds),
        f"Σ wᵢφ(hᵢ) was smaller under other feasible haircuts in {(excess < -EXACT_TOL).sum()} of"
        f" {books} books; the unweighted Σ hᵢ² is minimised by pro-rata in {unweighted.mean():.0%}"
        f" of them, and without the budget, as printed, h = 0 is better in {free.mean():.0%}.",
        (
            _share("books with a smaller Σ wφ(h) than capped pro-rata's", 0.0, excess < -EXACT_TOL),
            _share("books not dominated in the w-weighted convex order", 0.0, spread < -EXACT_TOL),
            Measurement("smallest excess of another rule's Σ wφ(h) / U", 0.0, float(excess.min())),
            _share("books where pro-rata minimises the unweighted Σ h²", 1.0, unweighted),
            _share("books where h = 0 beats it in the problem as printed", 0.0, free),
        ),
    )


def _share(name: str, predicted: float, hits: Flags) -> Measurement:
    return share_of(name, predicted, int(np.count_nonzero(hits)), hits.size)


def axioms(settings: Settings, rng: np.random.Generator) -> Finding:
    """V8: which rule breaks which axiom, and what a split saves under each."""
    books = settings.pick(25, 200)
    worst = worst_departures(books, rng)
    kept = passes(worst)
    names = [rule.name for rule in RULES]
    all_four = [name for name, row in zip(names, kept, strict=True) if row.all()]
    blind = [rule.reads == "endowments" for rule in RULES]
    blind_proof = [n for n, row, b in zip(names, kept, blind, strict=True) if row[0] and b]
    draws = settings.pick(1_500, 30_000)
    paid = {
        rule.name: [
            sybil_paid(rule, pieces, draws if rule.name == "lottery" else 1) for pieces in PIECES
        ]
        for rule in RULES
    }
    capped = kept[names.index(CAPPED)]
    distance = one_cap_distance(books, rng)
    corrected = all_four == [PLAIN] and distance <= EXACT_TOL
    broken = [axiom for axiom, ok in zip(AXIOMS, capped, strict=True) if not ok]
    return Finding(
        judged(set(all_four) == {PLAIN, CAPPED}, corrected),
        f"Of {len(RULES)} rules {' and '.join(all_four) or 'none'} kept all four axioms; capped"
        f" pro-rata with different caps failed {' and '.join(broken) or 'none'}. Of the"
        f" {sum(blind)} rules that read endowments only, {len(blind_proof)} is split-proof:"
        f" {' and '.join(blind_proof)}.",
        (
            Measurement("rules that keep all four axioms", 1.0, len(all_four), unit="rules"),
            Measurement("split-proof rules that read only w", 1.0, len(blind_proof), unit="rules"),
            Measurement("largest |x − pro-rata| / B with one cap for all", 0.0, distance),
            *_sybil_measurements(paid),
        ),
        {
            "axiom_departures": {
                "rule": np.repeat(names, len(AXIOMS)),
                "axiom": np.tile(AXIOMS, len(RULES)),
                "departure": worst.ravel(),
                "passes": kept.ravel(),
            },
            "sybil": {
                "rule": np.repeat(names, len(PIECES)),
                "pieces": np.tile(PIECES, len(RULES)),
                **_sybil_columns(paid),
            },
        },
    )


PLAIN, CAPPED = "wealth pro-rata", "capped pro-rata, different caps"


def one_cap_distance(books: int, rng: np.random.Generator) -> float:
    """Largest distance of pro-rata with one cap for all from pro-rata, as a share of the budget."""
    worst = 0.0
    for _ in range(books):
        book = random_book(rng)
        cap = float(rng.uniform(0.1, 1.0))
        budget = float(rng.uniform(0.05, 0.95)) * cap * float(book.endowment_usd.sum())
        split = capped_pro_rata(book.endowment_usd, np.full(book.caps.size, cap), budget)
        plain = wealth_pro_rata(book.endowment_usd, budget)
        worst = max(worst, float(np.abs(split.taken_usd - plain.taken_usd).max()) / budget)
    return worst


def _sybil_measurements(paid: Mapping[str, list[Floats]]) -> list[Measurement]:
    """What is paid whole and in pieces, against its value by hand."""
    whole, uneven = paid_after_uneven_split()
    return [
        *(
            Measurement(
                f"paid in {PIECES[place]} piece(s), {name}",
                expected,
                float(paid[name][place][0]),
                unit="USD",
            )
            for name, pair in SYBIL_FIXTURE.items()
            for place, expected in zip((0, -1), pair, strict=True)
        ),
        Measurement("paid whole, queue by leverage", 8.0, whole, unit="USD"),
        Measurement("paid in uneven pieces, queue by leverage", 1.0, uneven, unit="USD"),
        Measurement(
            "mean paid in 1 piece, lottery (pro-rata: 2)",
            36 / 31,
            *mean_interval(paid["lottery"][0]),
            unit="USD",
        ),
    ]


def _sybil_columns(paid: Mapping[str, list[Floats]]) -> dict[str, list[float]]:
    """Mean paid by rule and number of pieces; intervals where a draw decides, else NaN."""
    rows = [
        mean_interval(values) if values.size > 1 else (float(values[0]), math.nan, math.nan)
        for by_pieces in paid.values()
        for values in by_pieces
    ]
    return {
        name: list(column)
        for name, column in zip(("paid_usd", "low", "high"), zip(*rows, strict=True), strict=True)
    }


SYBIL_FIXTURE = {
    "wealth pro-rata": (2.0, 2.0),
    "queue by size": (8.0, 0.0),
    "levelling": (8.0, 0.0),
    "equal dollar": (8 / 31, 3.2),
}
"""What 10 USD among 30 accounts of 1 USD pay of 8 USD, whole and in 20 pieces, by hand."""

CLAIMS: tuple[Claim, ...] = (
    Claim(
        "V7",
        "Capped pro-rata and disutility",
        "[Chitra2025], section Fairness and Proposition Convex optimality",
        "Capped pro-rata is the unique minimiser of total disutility Σφ(hᵢ) (main text) or"
        " Σwᵢφ(hᵢ) (appendix) under the caps, for every strictly convex φ.",
        convex_optimality,
        "It minimises the endowment-weighted Σwᵢφ(hᵢ) under the budget, and is least in the"
        " w-weighted convex order; the unweighted sum has other minimisers.",
    ),
    Claim(
        "V8",
        "Axioms single out pro-rata",
        "[Chitra2025], section Fairness and Proposition Uniqueness of the Pro-Rata Rule",
        "Capped pro-rata is the only rule that is split-proof, scale invariant, monotone and"
        " smooth.",
        axioms,
        "Pro-rata without caps, or with one cap for all, is; different caps break monotonicity and"
        " smoothness.",
    ),
    *RISK,
)
