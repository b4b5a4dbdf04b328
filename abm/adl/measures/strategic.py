"""What a rule invites: how steep it is, what a deviation earns, whom it hurts.

    Lipschitz        max |x(s) - x(s')|_1 / |s - s'|_1 over a sample: a lower bound of the constant
    exploitability   max over a library of deviations of U(deviation) - U(truth), at least 0
    sybil gain       x(whole) - sum x(parts): positive when splitting pays
    externality      change of what all others pay, per account

Deviations that were not tried are not covered: the exploitability of a library is a lower bound.
"""

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from abm.units import Floats

type Allocate = Callable[[Floats], Floats]
"""Endowments `[N]` to what is taken `[N]`."""


def lipschitz(inputs: Floats, outputs: Floats) -> float:
    """Steepest slope between any two points of a sample, in 1-norms.

    Args:
        inputs: `[P, M]`, one point per row.
        outputs: `[P, N]`.

    Returns:
        0 for fewer than two points; infinite where outputs differ at one input.
    """
    steepest = 0.0
    for row in range(inputs.shape[0]):
        run = np.abs(inputs[:row] - inputs[row]).sum(axis=1)
        rise = np.abs(outputs[:row] - outputs[row]).sum(axis=1)
        if (rise[run == 0.0] > 0.0).any():
            return math.inf
        slopes = rise[run > 0.0] / run[run > 0.0]
        steepest = max(steepest, float(slopes.max(initial=0.0)))
    return steepest


class Exploit(NamedTuple):
    """The best of a library of deviations.

    Attributes:
        deviation: its name; "truth" when none pays.
        gain: over the truth, >= 0, in the unit of the utility.
    """

    deviation: str
    gain: float


def exploitability(truth: float, deviations: Mapping[str, float]) -> Exploit:
    """The best deviation and what it earns.

    Args:
        truth: utility without a deviation.
        deviations: utility by name; NaN is a deviation that could not be evaluated.

    Returns:
        The gain is NaN when a deviation is unknown: the library is then not covered.

    Raises:
        ValueError: the library is empty.
    """
    if not deviations:
        raise ValueError("the library of deviations is empty: give at least one")
    unknown = [name for name, utility in deviations.items() if math.isnan(utility)]
    if unknown or math.isnan(truth):
        return Exploit(unknown[0] if unknown else "truth", math.nan)
    best = max(deviations, key=lambda name: deviations[name])
    gain = deviations[best] - truth
    return Exploit(best, gain) if gain > 0.0 else Exploit("truth", 0.0)


def sybil_gain(rule: Allocate, whole: float, parts: Floats, rest: Floats) -> float:
    """What an account saves by splitting, in the unit of the endowments.

    The account, whole or in parts, stands before the others.

    Args:
        rule: endowments to what is taken.
        whole: endowment of the account.
        parts: endowments of its parts, `[P]`.
        rest: endowments of the others, `[N]`.
    """
    single = float(rule(np.concatenate([[whole], rest]))[0])
    split = rule(np.concatenate([parts, rest]))[: parts.size]
    return single - math.fsum(split)


def externality(before: Floats, after: Floats, deviator: int) -> Floats:
    """What the others pay more because one account deviated, `[N]`; 0 for the deviator itself.

    Args:
        before: taken without the deviation, `[N]`.
        after: taken with it, same accounts, `[N]`.
        deviator: row of the account that deviates.
    """
    change = np.asarray(after - before, np.float64).copy()
    change[deviator] = 0.0
    return change
