"""Who moves when, and what the venue prepares: waiting, its choice, the fund. V29, V31, V32.

    V29   act at the first t with d_t >= beta V_(t+1),  V_t = max(d_t, beta V_(t+1)),  V_K = 0
    V31   dU = sum (alpha_i - beta theta_i lambda_i)(h_i^PR - h_i^RAP) >= 0
    V32   K* = VaR_{1 - r/kappa}(D)                       minimises r K + kappa E (D - K)+

Source: [Chitra2025] (arXiv:2512.01112, corrected), appendices on follower responses and on
long-term value; static insurance fund.
"""

import math

import numpy as np
from scipy import stats

from abm.adl.mechanisms.risk import linear, rap
from abm.adl.mechanisms.severity import newsvendor_fund
from abm.adl.mechanisms.shares import wealth_pro_rata
from abm.units import Floats, Ints
from experiments.validate.claim import Claim, Finding, Measurement, Settings, Table, every, judged
from experiments.validate.theory.sampled import agrees, mean_of, share_of

EXACT = 1e-9
"""An identity of float64 sums holds within this [1]."""

NEAR = 0.02
"""Bias of a sample quantile that is let pass, as a share of the quantile, interval and all [1]."""

RATIO_EDGES = np.linspace(0.2, 3.0, 15)
"""Bins of the fee ratio over its threshold [1]."""


def no_wait(settings: Settings, rng: np.random.Generator) -> Finding:
    """V29: optimal stopping with severity as pay and as cost, under each printed hypothesis."""
    paths, rounds = settings.pick(4000, 100_000), 12
    discount = rng.uniform(0.5, 1.0, paths)
    surplus = rng.uniform(0.0, 1.0, (paths, rounds))
    falling = -np.sort(-surplus, axis=1)
    lemma = int((first_act(falling, discount) > 0).sum())
    alone = first_act(surplus, discount) > 0
    severity = rng.uniform(0.5, 1.0, (paths, 1)) * rng.uniform(0.5, 0.95, (paths, 1)) ** np.arange(
        rounds
    )
    premium = 0.4 * severity[:, :1] * rng.uniform(0.0, 1.0, (paths, 1))
    paid = first_act(severity - premium, discount) > 0
    delay = last_chance(severity + premium, discount)
    printed = severity[:, 0] <= severity[:, 1] - premium[:, 0]
    stands = lemma == 0
    return Finding(
        judged(stands and not bool(alone.any()), stands),
        "A falling non-negative surplus is never waited for; a non-negative one alone is, in "
        f"{alone.mean():.0%} of paths. Under a decaying severity a provider who is paid it acts at "
        f"once and one who bears it waits in {(delay > 0).mean():.0%}; the printed condition for "
        f"acting then holds in {printed.mean():.0%} of paths.",
        (
            share_of("waits, surplus >= 0 only", 0.0, int(alone.sum()), paths),
            share_of("waits, surplus falling and >= 0", 0.0, lemma, paths),
            share_of("waits, decaying severity is pay", 1.0, int(paid.sum()), paths),
            share_of("waits, decaying severity is a cost", 1.0, int((delay > 0).sum()), paths),
            mean_of("rounds to solvency, severity is a cost", 1.0, delay + 1.0, "rounds"),
            share_of("printed condition can hold", math.nan, int(printed.sum()), paths),
        ),
    )


def first_act(surplus: Floats, discount: Floats) -> Ints:
    """Round in which a paid provider acts: first with surplus >= discounted value of waiting.

    Args:
        surplus: per unit and round, `[R, K]`.
        discount: factor per round in (0, 1], `[R]`.

    Returns:
        The round `[R]`; K for never.
    """
    value = np.zeros(surplus.shape[0])
    act = np.full(surplus.shape[0], surplus.shape[1])
    for k in range(surplus.shape[1] - 1, -1, -1):
        waiting = discount * value
        now = surplus[:, k] >= waiting
        act = np.where(now, k, act)
        value = np.where(now, surplus[:, k], waiting)
    return act


def last_chance(cost: Floats, discount: Floats) -> Ints:
    """Round in which a provider who must act by the last one does so at the least cost, `[R]`."""
    return np.asarray(np.argmin(cost * discount[:, None] ** np.arange(cost.shape[1]), axis=1))


def venue_choice(settings: Settings, rng: np.random.Generator) -> Finding:
    """V31: the threshold against utilities computed from what both rules take."""
    cases = settings.pick(2000, 20_000)
    agree, printed_agree, spread = 0, 0, 0.0
    seen = np.empty((cases, 3))  # fee ratio / threshold, preference, preference as printed
    for case in range(cases):
        equity = rng.uniform(1.0, 10.0, 2)  # rows H and L
        leverage = np.sort(rng.uniform(0.5, 10.0, 2))[::-1].copy()
        risk = np.sort(rng.uniform(0.0, 1.0, 2))[::-1] * equity  # alpha_H / e_H > alpha_L / e_L
        beta, fee_low = rng.uniform(0.1, 1.0), rng.uniform(0.01, 1.0)
        budget = float(rng.uniform(0.05, 0.95)) * float(equity[0])
        even = wealth_pro_rata(equity, budget).taken_usd / equity
        greedy = np.array([budget / equity[0], 0.0])
        tilted = rap(equity, linear(leverage), budget).taken_usd / equity
        level = _threshold(even, greedy, risk, leverage, beta * fee_low)
        fee = fee_low * np.array([level * rng.uniform(0.2, 3.0), 1.0])
        marginal = beta * fee * leverage - risk
        gain = float(((greedy - even) * marginal).sum())
        prefers = fee[0] / fee[1] >= level
        agree += (gain >= 0.0) == prefers
        printed = (greedy - even)[0] * marginal[0] + even[1] * marginal[1]
        printed_agree += (printed >= 0.0) == prefers
        seen[case] = fee[0] / fee[1] / level, gain >= 0.0, printed >= 0.0
        own = _threshold(even, tilted, risk, leverage, beta * fee_low)
        spread = max(spread, abs(own / level - 1.0) if tilted[0] > even[0] * (1 + 1e-6) else 0.0)
    return Finding(
        "holds" if agree == cases else "refuted",
        "The threshold separates the cases exactly, although the printed utility difference has "
        f"the wrong sign on its second term and agrees in {printed_agree / cases:.0%}; it is the "
        "same for RAP itself as for the greedy rule that the example calls RAP.",
        (
            share_of("threshold predicts the venue's choice", 1.0, agree, cases),
            share_of("printed utility difference does", 1.0, printed_agree, cases),
            Measurement("largest |threshold of RAP / printed - 1|", 0.0, spread),
        ),
        {"venue_choice": _preferences(seen)},
    )


def _preferences(seen: Floats) -> Table:
    """Share of cases in which pro-rata wins, by fee ratio over threshold, both formulas."""
    place = np.digitize(seen[:, 0], RATIO_EDGES[1:-1])
    rows = []
    for number, centre in enumerate(0.5 * (RATIO_EDGES[1:] + RATIO_EDGES[:-1])):
        here = seen[place == number]
        for column, formula in ((1, "utility"), (2, "printed difference")):
            share = share_of(formula, math.nan, int(here[:, column].sum()), len(here))
            rows.append((formula, float(centre), share.measured, share.low, share.high))
    columns = ("formula", "ratio", "share", "low", "high")
    return dict(zip(columns, zip(*rows, strict=True), strict=True))


def _threshold(
    even: Floats, tilted: Floats, risk: Floats, leverage: Floats, fee_low: float
) -> float:
    """Theta*: fee ratio above which pro-rata is preferred; rows H and L, fee_low = beta fee_L."""
    ratio = (even[1] - tilted[1]) / (tilted[0] - even[0])
    return float(
        ratio * leverage[1] / leverage[0] + (risk[0] - ratio * risk[1]) / (leverage[0] * fee_low)
    )


def newsvendor(settings: Settings, rng: np.random.Generator) -> Finding:
    """V32: quantile, sample rule and numerical minimum of the cost, for three deficits."""
    size, repeats = settings.pick(10_000, 20_000), settings.pick(100, 400)
    deficits = {
        "log-normal": stats.lognorm(1.0),
        "exponential": stats.expon(),
        "Pareto 1.5": stats.pareto(1.5),
    }
    measurements, rows, worst = [], [], 0.0
    for name, law in deficits.items():
        for ratio in (0.02, 0.1, 0.5):
            best = float(law.ppf(1.0 - ratio))
            funds = [
                newsvendor_fund(law.rvs(size, random_state=rng), ratio, 1.0) / best
                for _ in range(repeats)
            ]
            sample = law.rvs(size, random_state=rng)
            worst = max(worst, _excess_cost(sample, ratio))
            measured = mean_of(f"sample fund / VaR, {name}, r/kappa = {ratio}", 1.0, funds)
            rows.append((name, ratio, best, measured.measured, measured.low, measured.high))
            measurements.append(measured)
    rare = stats.expon().rvs(size, random_state=rng) * (rng.uniform(0.0, 1.0, size) < 0.05)
    none = newsvendor_fund(rare, 1.2, 1.0) + newsvendor_fund(rare, 0.1, 1.0)
    infinite = mean_of(
        "exponent of the cost at the optimum, Pareto 0.5",
        1.0,
        _cost_growth(settings, rng),
    )
    columns = ("law", "ratio", "var", "fund", "low", "high")
    near = (agrees(one, NEAR) for one in measurements)
    return Finding(
        judged(every(worst < EXACT and none == 0.0, *near)),
        "The quantile minimises the cost to the last bit of every sample; no fund is worth holding "
        "when r >= kappa or deficits are rarer than r/kappa. Where the mean deficit is infinite "
        f"(Pareto 0.5) the cost at the optimum grows as n^{infinite.measured:.2f}: the rule has a "
        "value, the objective has none.",
        (
            Measurement("largest excess cost over a search, share", 0.0, worst),
            Measurement(
                "fund when r >= kappa, or deficits rarer than r/kappa", 0.0, none, unit="USD"
            ),
            *measurements[:: len(deficits)],
            infinite,
        ),
        {"newsvendor": dict(zip(columns, zip(*rows, strict=True), strict=True))},
    )


def _excess_cost(sample: Floats, ratio: float) -> float:
    """Cost at the rule over the least cost at any point of the sample or at zero, less 1."""
    ordered = np.r_[0.0, np.sort(sample)]
    above = ordered[::-1].cumsum()[::-1] - ordered  # sum of what is larger, by place
    count = np.arange(ordered.size - 1, -1, -1)
    costs = ratio * ordered + (above - count * ordered) / sample.size
    fund = newsvendor_fund(sample, ratio, 1.0)
    own = ratio * fund + float(np.maximum(sample - fund, 0.0).mean())
    return own / float(costs.min()) - 1.0


def _cost_growth(settings: Settings, rng: np.random.Generator) -> Floats:
    """Exponents of the median cost at the optimum in the sample size, Pareto with index 0.5."""
    sizes = 4 ** np.arange(4, settings.pick(8, 9))
    draws, groups = settings.pick(40, 100), settings.pick(12, 24)
    costs = np.empty((groups, sizes.size))
    for (group, place), _ in np.ndenumerate(costs):
        samples = stats.pareto(0.5).rvs((draws, int(sizes[place])), random_state=rng)
        funds = np.array([newsvendor_fund(sample, 0.1, 1.0) for sample in samples])
        missing = np.maximum(samples - funds[:, None], 0.0).mean(axis=1)
        costs[group, place] = np.median(0.1 * funds + missing)
    return np.asarray(np.polyfit(np.log(sizes), np.log(costs).T, 1)[0])


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "V29",
        "No-wait condition",
        "[Chitra2025], Lemma 'Per-unit No-Wait', its corollary, and the "
        "Proposition 'No-Wait Condition'",
        "A backstop provider with surplus d_t = theta_t - kappa_t that is non-negative and, in the "
        "lemma, non-increasing acts at once; enforcing d_t >= 0 restores solvency in one round.",
        no_wait,
        "Only a non-increasing surplus is never waited for; d_t >= 0 alone is. In the proposition "
        "severity is a cost to the provider, who then waits when it decays.",
    ),
    Claim(
        "V31",
        "When the venue prefers pro-rata",
        "[Chitra2025], example 'Solvency vs. Long-Term Revenue'",
        "Pro-rata beats the risk-minimising rule for the venue exactly when theta_H / theta_L is "
        "at least Theta*.",
        venue_choice,
    ),
    Claim(
        "V32",
        "Fund as a newsvendor",
        "[Chitra2025], static insurance fund",
        "r K + kappa E(D - K)+ is least at K = VaR at level 1 - r/kappa of the deficit, and at 0 "
        "when r >= kappa.",
        newsvendor,
    ),
)
