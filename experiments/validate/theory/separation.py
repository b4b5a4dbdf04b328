"""V12 and V16: severity decides the residual, allocation who stays; what feedback makes of it.

    residual       R = (D - sum x) / D             D deficit, x taken, theta severity
    fairness       F = max (w - x) / sum x         the source's PTSR
    fees kept      sum w exp(-5 h) / sum w         after churn of one round
    churn          stays with probability exp(-5 h), or stays when h <= 0.2        h = x / w
    value          LTV = sum_t 0.95^t sum_i e_i    equity of those who are still there
    solvency time  rounds until nothing is owed

Endowments w `[N]` are Pareto with index 1.5. Given x, fairness and fees are functions of x by
definition; V12 asks whether they depend on the rule alone, as the residual does on theta alone.

Two orders oppose each other when what is solvent earlier is worth less. That haircuts larger
account by account lower -|M|^2 is arithmetic and decides nothing; time and value of both rules do,
and of pro-rata at two speeds, which orders residuals account by account.
Source: [Chitra2025] = arXiv:2512.01112, section on severity and allocation, and the appendix on
opposing Schur orders.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from abm.adl.mechanisms.queue import lottery, queue
from abm.adl.mechanisms.shares import equal_dollar, levelling, wealth_pro_rata
from abm.adl.mechanisms.split import Split
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
from experiments.validate.theory.sampled import mean_interval, mean_of, share_of

ALPHA = 1.5
"""Tail index of endowments [1]."""

EXACT = 1e-9
"""Largest relative gap of an identity in float64 [1]."""

FEEDBACKS = ("none", "common cap", "churn", "impact", "own caps")
THETA, ROUNDS, ACCOUNTS, CHURN = 0.8, 8, 200, 5.0
LOW_THETA = 0.4
"""Severity to which one round at `THETA` is compared [1]."""

PACE, FAST_PACE = 0.06, 0.09
"""Budget of a round as a share of all endowments at the start, V16 [1]."""

HORIZON, DISCOUNT, GROWTH, LEAVES_ABOVE = 40, 0.95, 0.02, 0.2

type Rule = Callable[[Floats, float], Split]


def largest_first(endowment_usd: Floats, budget_usd: float) -> Split:
    """The queue by endowment."""
    return queue(endowment_usd, endowment_usd, budget_usd)


def endowments(rng: np.random.Generator, accounts: int) -> Floats:
    """Pareto endowments `[N]`, at least 1 each."""
    return 1.0 + rng.pareto(ALPHA, accounts)


class Path(NamedTuple):
    """Shocks that every rule meets: deficits `[T]`, luck `[T, N]`, leverage and caps `[N]`."""

    deficit_usd: Floats
    luck: Floats
    leverage: Floats
    caps: Floats


def draw_path(rng: np.random.Generator, endowment_usd: Floats) -> Path:
    """Deficits of 12 % of all endowments a round; large winners have low leverage."""
    accounts = endowment_usd.size
    deficit_usd = 0.12 * endowment_usd.sum() * rng.lognormal(-0.02, 0.2, ROUNDS)
    leverage = endowment_usd**-0.36 * rng.lognormal(0.0, 0.5, accounts)
    caps = rng.uniform(0.05, 0.6, accounts)
    return Path(deficit_usd, rng.random((ROUNDS, accounts)), leverage, caps)


def residual_share(rule: Rule, endowment_usd: Floats, path: Path, feedback: str) -> float:
    """Share of all deficits that a rule leaves after T rounds under one kind of feedback."""
    left_usd = endowment_usd.copy()
    caps = {"common cap": np.full(left_usd.size, 0.3), "own caps": path.caps}
    residual_usd = total_usd = rehedge_usd = 0.0
    for deficit_usd, luck in zip(path.deficit_usd, path.luck, strict=True):
        owed_usd = deficit_usd + rehedge_usd
        open_usd = left_usd * caps.get(feedback, 1.0)
        taken_usd = rule(open_usd, THETA * owed_usd).taken_usd
        haircut = np.divide(taken_usd, left_usd, out=np.zeros(left_usd.size), where=left_usd > 0.0)
        residual_usd += owed_usd - taken_usd.sum()
        total_usd += owed_usd
        left_usd = np.maximum(left_usd - taken_usd, 0.0)
        if feedback == "churn":
            left_usd = np.where(luck < np.exp(-CHURN * haircut), left_usd, 0.0)
        if feedback == "impact":  # closed positions are hedged again; the flow makes new deficits
            rehedge_usd = 0.5 * float((haircut * path.leverage * endowment_usd).sum())
    return float(residual_usd / total_usd)


def fairness_and_fees(rule: Rule, endowment_usd: Floats, budget_usd: float) -> Floats:
    """(log F, share of fees kept) of a rule after one round, `[2]`."""
    taken_usd = rule(endowment_usd, budget_usd).taken_usd
    left_usd = float((endowment_usd - taken_usd).max())
    kept = endowment_usd @ np.exp(-CHURN * taken_usd / endowment_usd) / endowment_usd.sum()
    return np.array([np.log(left_usd / taken_usd.sum()), kept])


def differs(measured: Measurement) -> Truth:
    """Whether a difference is none of rounding; None when its interval holds zero."""
    if measured.low > EXACT or measured.high < -EXACT:
        return True
    return False if max(abs(measured.low), abs(measured.high)) <= EXACT else None


class OneRound(NamedTuple):
    """One round on many books.

    Attributes:
        gap: largest distance of a residual from 1 - theta, any rule [1].
        by_theta: pro-rata at `THETA` less pro-rata at `LOW_THETA`, log F and fees kept.
        by_rule: queue less pro-rata at `THETA`, the same.
    """

    gap: float
    by_theta: list[Measurement]
    by_rule: list[Measurement]


def one_round(rules: Mapping[str, Rule], books: Sequence[tuple[Floats, Path]]) -> OneRound:
    """What severity and what the rule decides before there is any feedback."""
    gap, by_theta, by_rule = 0.0, [], []
    for endowment_usd, path in books:
        deficit_usd = float(path.deficit_usd[0])
        for rule in rules.values():
            taken_usd = rule(endowment_usd, THETA * deficit_usd).taken_usd
            gap = max(gap, abs(float(taken_usd.sum()) / deficit_usd - THETA))
        even, little, tilted = (
            fairness_and_fees(rules[name], endowment_usd, theta * deficit_usd)
            for name, theta in (("pro-rata", THETA), ("pro-rata", LOW_THETA), ("queue", THETA))
        )
        by_theta.append(even - little)
        by_rule.append(tilted - even)
    words = ("log fairness", "share of fees kept")
    return OneRound(
        gap,
        [
            mean_of(f"{word}, pro-rata: theta {THETA} minus {LOW_THETA}", 0.0, column)
            for word, column in zip(words, np.transpose(by_theta), strict=True)
        ],
        [
            mean_of(f"{word}, theta {THETA}: queue minus pro-rata", np.nan, column)
            for word, column in zip(words, np.transpose(by_rule), strict=True)
        ],
    )


def separation(settings: Settings, rng: np.random.Generator) -> Finding:
    """V12: one round, then eight with each feedback."""

    def drawn(endowment_usd: Floats, budget_usd: float) -> Split:
        return lottery(endowment_usd, budget_usd, rng)

    rules: dict[str, Rule] = {
        "queue": largest_first,
        "pro-rata": wealth_pro_rata,
        "levelling": levelling,
        "equal dollars": equal_dollar,
        "lottery": drawn,
    }
    books = []
    for _ in range(settings.pick(30, 400)):
        endowment_usd = endowments(rng, ACCOUNTS)
        books.append((endowment_usd, draw_path(rng, endowment_usd)))
    once = one_round(rules, books)
    shares = {
        (feedback, name): [residual_share(rule, *book, feedback) for book in books]
        for feedback in FEEDBACKS
        for name, rule in rules.items()
    }
    breaks = [
        mean_of(
            f"residual share, queue minus pro-rata: {feedback}",
            0.0,
            np.subtract(shares[feedback, "queue"], shares[feedback, "pro-rata"]),
        )
        for feedback in FEEDBACKS
    ]
    same = every(once.gap <= EXACT, *(_not(differs(one)) for one in breaks[:2]))
    stated = every(same, *(_not(differs(one)) for one in (*breaks[2:], *once.by_theta)))
    corrected = every(same, *(differs(one) for one in (*breaks[2:], *once.by_rule)))
    fees = 100.0 * once.by_theta[1].measured, 100.0 * once.by_rule[1].measured
    sentence = (
        f"In one round the residual is (1 - theta) D for every rule (largest gap {once.gap:.0e}), "
        "and a cap common to all keeps it so over eight; churn, impact and individual caps do not: "
        f"queue minus pro-rata is {breaks[2].measured:+.3f}, {breaks[3].measured:+.3f} and "
        f"{breaks[4].measured:+.3f} of all deficits. Fairness and fees depend on the rule (fees "
        f"{fees[1]:+.0f} points under the queue) and on theta too (fees {fees[0]:+.0f} points, "
        f"fairness x{np.exp(once.by_theta[0].measured):.2f} from {LOW_THETA} to {THETA})."
    )
    rows = [(f, name, *mean_interval(values)) for (f, name), values in shares.items()]
    table = dict(
        zip(("feedback", "rule", "residual", "low", "high"), zip(*rows, strict=True), strict=True)
    )
    one = Measurement("largest gap to 1 - theta in one round", 0.0, once.gap)
    measured = (one, *breaks, *once.by_theta, *once.by_rule)
    return Finding(judged(stated, corrected), sentence, measured, {"v12_separation": table})


def _not(test: Truth) -> Truth:
    return None if test is None else not test


def stays(haircut: Floats, luck: Floats, churn: str) -> np.ndarray:
    """Who stays after losing the share `haircut` `[N]` of the endowment."""
    if churn == "hazard":
        return luck < np.exp(-CHURN * haircut)
    return haircut <= LEAVES_ABOVE


def play(
    rule: Rule,
    endowment_usd: Floats,
    cash_usd: Floats,
    luck: Floats,
    churn: str,
    pace: float = PACE,
) -> tuple[int, float]:
    """Work off a deficit of 25 % of all endowments, `pace` a round: (solvency time, LTV).

    Those who stay earn 2 % of equity a round, which refills endowments. A deficit that outlives
    the horizon has solvency time HORIZON.
    """
    left_usd, cash_usd = endowment_usd.copy(), cash_usd.copy()
    owed_usd = 0.25 * float(endowment_usd.sum())
    pace_usd = pace * float(endowment_usd.sum())
    solved, value_usd = HORIZON, 0.0
    for t in range(HORIZON):
        taken_usd = rule(left_usd, min(pace_usd, owed_usd)).taken_usd
        owed_usd = max(owed_usd - float(taken_usd.sum()), 0.0)
        if owed_usd < EXACT * pace_usd:
            owed_usd, solved = 0.0, min(solved, t + 1)
        haircut = np.divide(taken_usd, left_usd, out=np.zeros(left_usd.size), where=left_usd > 0.0)
        here = stays(haircut, luck[t], churn)
        left_usd = np.where(here, left_usd - taken_usd, 0.0)
        cash_usd = np.where(here, cash_usd, 0.0)
        value_usd += DISCOUNT**t * float((cash_usd + left_usd).sum())
        left_usd = left_usd + GROWTH * (cash_usd + left_usd)
    return solved, value_usd


def submajorised(smaller: Floats, larger: Floats) -> bool:
    """Weak submajorisation: every partial sum of the sorted entries is at most as large."""
    sums = [np.cumsum(np.sort(values)[::-1]) for values in (smaller, larger)]
    return bool(np.all(sums[0] <= sums[1] + EXACT))


def order_violations(rng: np.random.Generator, pairs: int) -> tuple[int, int]:
    """Random pairs of haircuts of 5 accounts, equities 1, value G(M) = -|M|^2.

    Returns:
        Pairs in which A is safer in the sorted order, and those among them in which A is worth
        more, against the proposition.
    """
    ordered = wrong = 0
    for _ in range(pairs):
        a, b = rng.random((2, 5))
        if rng.random() < 0.5:
            b = a * rng.random(5)  # pairs ordered account by account
        if submajorised(1.0 - a, 1.0 - b):
            ordered += 1
            wrong += int(a @ a < b @ b - EXACT)
    return ordered, wrong


class Duel(NamedTuple):
    """Two ways to work off the same deficits: rounds to solvency, and log LTV, first less second.

    Attributes:
        later: mean difference of rounds to solvency.
        worth: mean difference of log LTV.
    """

    later: Measurement
    worth: Measurement

    @property
    def opposed(self) -> Truth:
        """Whether the one that is solvent earlier is worth less; None when a sign is open."""
        signs = differs(self.later), differs(self.worth)
        if signs[0] is None or signs[1] is None:
            return None
        return all(signs) and self.later.measured * self.worth.measured > 0.0


def duels(settings: Settings, rng: np.random.Generator) -> dict[tuple[str, str], Duel]:
    """Queue against pro-rata, and fast against slow pro-rata, under both kinds of churn."""
    found: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for _ in range(settings.pick(150, 1500)):
        endowment_usd = endowments(rng, ACCOUNTS)
        cash_usd = 3.4 * endowment_usd * rng.lognormal(0.0, 0.5, ACCOUNTS)
        luck = rng.random((HORIZON, ACCOUNTS))
        for churn in ("hazard", "threshold"):
            book = endowment_usd, cash_usd, luck, churn
            slow = play(wealth_pro_rata, *book)
            others = {
                "queue": play(largest_first, *book),
                "fast pro-rata": play(wealth_pro_rata, *book, FAST_PACE),
            }
            for name, other in others.items():
                pair = (float(other[0] - slow[0]), float(np.log(other[1] / slow[1])))
                found.setdefault((name, churn), []).append(pair)
    return {
        (name, churn): Duel(
            *(
                mean_of(f"{what}, {name} minus pro-rata: {churn}", np.nan, column, unit)
                for what, column, unit in zip(
                    ("rounds to solvency", "log LTV"),
                    np.transpose(pairs),
                    ("rounds", "1"),
                    strict=True,
                )
            )
        )
        for (name, churn), pairs in found.items()
    }


def opposing_orders(settings: Settings, rng: np.random.Generator) -> Finding:
    """V16: the proposition on random pairs; then signs of time and value with churn."""
    ordered, wrong = order_violations(rng, settings.pick(4000, 40_000))
    found = duels(settings, rng)
    halves, all_of_one = np.full(2, 0.5), np.array([1.0, 0.0])
    gain = float(all_of_one @ all_of_one - halves @ halves)
    opposed = [duel.opposed for duel in found.values()]
    ends = {
        key: (duel.later.measured, 100.0 * float(np.expm1(duel.worth.measured)))
        for key, duel in found.items()
    }
    rounds, worth = zip(*(ends[key] for key in sorted(ends, reverse=True)), strict=True)
    sentence = (
        f"A safer vector of residuals was worth more in {100 * wrong / ordered:.0f} % of pairs "
        "ordered as the proposition asks. With churn, queue less pro-rata has "
        f"{rounds[1]:+.1f} rounds to solvency and {worth[1]:+.0f} % LTV under a hazard, "
        f"{rounds[0]:+.1f} and {worth[0]:+.0f} % under a threshold; pro-rata at one and a half "
        f"times the pace {rounds[3]:+.1f} and {worth[3]:+.1f} %, {rounds[2]:+.1f} and "
        f"{worth[2]:+.1f} %: earlier and worth less in {sum(map(bool, opposed))} of "
        f"{len(opposed)} cases."
    )
    return Finding(
        judged(every(wrong == 0, *opposed)),
        sentence,
        (
            Measurement("source's two accounts: value of the safer minus the other", 0.0, gain),
            share_of("safer in the sorted order, yet worth more", 0.0, wrong, ordered),
            *(one for duel in found.values() for one in duel),
        ),
    )


SEPARATION = Claim(
    "V12",
    "severity alone decides the residual",
    "[Chitra2025], separation of severity and allocation",
    "The remaining deficit depends on theta only, fairness and revenue on the allocation only.",
    separation,
    "The residual depends on theta alone in one round and under a common cap; churn, impact and "
    "individual caps break it. Fairness and fees depend on the rule, and on theta too.",
)

OPPOSING = Claim(
    "V16",
    "opposing orders of solvency time and value",
    "[Chitra2025], proposition on the solvency-revenue trade-off",
    "Residuals smaller in weak submajorisation give an earlier solvency and a lower LTV.",
    opposing_orders,
)
