"""Vector mirror descent: a haircut share per account from a programme. Columns `[N]`, USD.

    as shipped    Euclidean projection of 0 onto {h in [0, 1]^N, w.h = B},  h_i = min(1, mu w_i)
    as written    minimise  - gain sum w (1 - exp(-b h)) + ridge |h|^2 + spread |h - target 1|^2
                            + over (w.h - D)+^2 + short (D - w.h)+^2 + short_linear (D - w.h)+
                  over the same set, or over [0, 1]^N when no budget is set

As shipped, the gradient handed over is 0 and the start is 0: nothing is learned, and one projection
gives the closed form. Dollars go with w^2, so it is progressive, and an account split in two pays
less. In their replay it runs per instrument with w = contracts x gap.

As written, under a budget, the three penalties are constant on the set and change nothing, and the
first term rewards a haircut with falling returns, so it spreads the burden; it is not the revenue
lost to churn, whose sign is the other. Without a budget the penalties choose the severity.

Source: [Chitra2025] (arXiv:2512.01112v1) for the programme; `vector_mirror_descent.py` and
`policy_per_wave.py` of github.com/pluriholonomic/autodeleveraging-analysis@aae0be8.
"""

from dataclasses import astuple, dataclass, replace
from typing import NamedTuple

import numpy as np

from abm.adl.mechanisms.shares import fill_by_weight
from abm.adl.mechanisms.split import Split, book, split_of, usd
from abm.units import Floats


@dataclass(frozen=True)
class Programme:
    """Weights of the programme; money is measured in deficits, so all are pure numbers.

    Attributes:
        gain: of dollars raised, with falling returns.
        churn_rate: b, how fast they fall.
        ridge: of the squared haircuts.
        spread: of the squared distance from `target`.
        target: haircut that is aimed at, in [0, 1].
        over: of the squared overshoot.
        short: of the squared shortfall.
        short_linear: of the shortfall.
    """

    gain: float = 1.0
    churn_rate: float = 5.0
    ridge: float = 0.01
    spread: float = 0.0
    target: float = 0.0
    over: float = 10.0
    short: float = 10.0
    short_linear: float = 1.0

    def __post_init__(self) -> None:
        for name, value in zip(self.__dataclass_fields__, astuple(self), strict=True):
            usd(name, value)
        if self.target > 1.0:
            raise ValueError(f"target is {self.target}: give a haircut of at most 1")


class Descent(NamedTuple):
    """Where projected gradient ended.

    Attributes:
        split: x = h w of the best step; unfilled is what it leaves of the budget, or of the
            deficit when no budget was set.
        haircut: h, `[N]`.
        objective: the smallest seen, money in deficits [1].
        best_step: the step it was seen at; close to the last one, more steps would help.
    """

    split: Split
    haircut: Floats
    objective: float
    best_step: int


def vector_mirror_descent(endowment_usd: Floats, budget_usd: float) -> Split:
    """The rule as shipped, in closed form: h_i = min(1, mu w_i), dollars in proportion to w^2.

    Args:
        endowment_usd: w >= 0, `[N]`.
        budget_usd: B >= 0.

    Returns:
        sum x = min(B, U).

    Raises:
        ValueError: an argument is negative or not finite.

    Source: `VectorMirrorDescent.step` with a zero gradient (@aae0be8).
    """
    endowment, budget = book(endowment_usd, budget_usd)
    return fill_by_weight(endowment * endowment, endowment, budget)


def project(haircut: Floats, endowment_usd: Floats, budget_usd: float) -> Floats:
    """Euclidean projection onto {h in [0, 1]^N, w.h = B}: h = clip(h~ - tau w, 0, 1), `[N]`.

    w.h is piecewise linear and falling in tau; its kinks are sorted, the piece that holds B is
    found by bisection over them, and tau is solved for on it, exactly.

    Args:
        haircut: h~ of any sign, `[N]`.
        endowment_usd: w >= 0, `[N]`; where w = 0 the projection only clips.
        budget_usd: B in [0, sum w].

    Raises:
        ValueError: the budget is above the endowments.
    """
    held = endowment_usd > 0.0
    w, h = endowment_usd[held], haircut[held]
    if budget_usd > w.sum() * (1.0 + 1e-12):
        raise ValueError(f"budget_usd is {budget_usd}: give at most the endowments, {w.sum()}")
    projected = np.clip(haircut, 0.0, 1.0)
    if w.size:
        kinks = np.sort(np.concatenate([(h - 1.0) / w, h / w]))
        first, last = 0, kinks.size - 1  # all pay in full at the first, nobody at the last
        while last - first > 1:
            middle = (first + last) // 2
            enough = w @ np.clip(h - kinks[middle] * w, 0.0, 1.0) >= budget_usd
            first, last = (middle, last) if enough else (first, middle)
        ends = [float(w @ np.clip(h - kinks[at] * w, 0.0, 1.0)) for at in (first, last)]
        drop = ends[0] - ends[1]
        part = min(1.0, max(0.0, (ends[0] - budget_usd) / drop)) if drop > 0.0 else 0.0
        tau = kinks[first] + part * (kinks[last] - kinks[first])
        projected[held] = np.clip(h - tau * w, 0.0, 1.0)
    return projected


def vector_program(
    endowment_usd: Floats,
    deficit_usd: float,
    programme: Programme,
    budget_usd: float | None = None,
    steps: int = 2000,
    first_step: float = 0.5,
) -> Descent:
    """The programme as written, by projected gradient with steps of eta0 / sqrt(s).

    It is convex: the objective of the best step tends to the minimum, slowly, as 1 / sqrt(steps).
    The gradient is divided by its own length, so that eta0 is a distance in haircuts whatever the
    book's scale. Under a budget the penalties, constant there, are left out of the gradient.

    Args:
        endowment_usd: w >= 0, `[N]`.
        deficit_usd: D > 0, also the unit of money.
        programme: the weights.
        budget_usd: B, met exactly up to U; None = the programme chooses how much to take.
        steps: gradient steps, >= 1.
        first_step: eta0 > 0, as a length in h.

    Returns:
        The best step of all.

    Raises:
        ValueError: an argument is out of range.

    Source: [Chitra2025] v1, vector mirror descent.
    """
    endowment, deficit = book(endowment_usd, deficit_usd)
    if deficit <= 0.0 or steps < 1 or usd("first_step", first_step) <= 0.0:
        raise ValueError("deficit_usd, steps and first_step must be above 0: raise them")
    target_usd = deficit if budget_usd is None else usd("budget_usd", budget_usd)
    w = endowment / deficit
    budget = min(target_usd / deficit, float(w.sum()))

    def onto(haircut: Floats) -> Floats:
        return np.clip(haircut, 0.0, 1.0) if budget_usd is None else project(haircut, w, budget)

    descended = programme
    if budget_usd is not None:
        descended = replace(programme, over=0.0, short=0.0, short_linear=0.0)
    best = haircut = onto(np.zeros(w.size))
    smallest, best_step = objective(best, w, programme), 0
    for step in range(1, steps + 1):
        slope = gradient(haircut, w, descended)
        length = float(np.linalg.norm(slope))
        if length == 0.0:
            break
        haircut = onto(haircut - first_step / np.sqrt(step) * slope / length)
        value = objective(haircut, w, programme)
        if value < smallest:
            best, smallest, best_step = haircut, value, step
    return Descent(split_of(best * endowment, target_usd), best, smallest, best_step)


def objective(haircut: Floats, endowment: Floats, programme: Programme) -> float:
    """Value of the programme; endowments in deficits, `[N]`."""
    p = programme
    gap = float(endowment @ haircut) - 1.0
    raised = float(endowment @ (1.0 - np.exp(-p.churn_rate * haircut)))
    even = float(p.ridge * haircut @ haircut + p.spread * ((haircut - p.target) ** 2).sum())
    over, short = max(gap, 0.0), max(-gap, 0.0)
    return -p.gain * raised + even + p.over * over**2 + p.short * short**2 + p.short_linear * short


def gradient(haircut: Floats, endowment: Floats, programme: Programme) -> Floats:
    """A subgradient of `objective`, `[N]`."""
    p = programme
    gap = float(endowment @ haircut) - 1.0
    penalty = 2.0 * p.over * max(gap, 0.0) - 2.0 * p.short * max(-gap, 0.0)
    penalty -= p.short_linear if gap < 0.0 else 0.0
    own = -p.gain * p.churn_rate * endowment * np.exp(-p.churn_rate * haircut)
    slope: Floats = own + 2.0 * p.ridge * haircut + 2.0 * p.spread * (haircut - p.target)
    return slope + penalty * endowment
