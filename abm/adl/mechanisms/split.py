"""What a one-shot rule hands back: who pays how much, and what nobody could pay.

    0 <= x_i <= w_i,     sum x + unfilled = B

A book is a column of endowments w `[N]` [USD], the most that may be taken from each account, in
account id order, and a budget B = theta D [USD]. A rule that cannot place the whole budget says so
in `unfilled_usd` and never takes from elsewhere. [Chitra2025] (arXiv:2512.01112) calls x valid when
sum x = theta D <= U = sum w; with w = (PNL)+ this is stricter than solvency, D <= sum (equity)+,
so a solvent venue can leave a part of the budget unfilled.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from abm.units import Floats

ROUNDING_SHARE = 1e-12
"""A gap below this share of the budget is rounding of the sum, not an unfilled part [1]."""


class Split(NamedTuple):
    """A budget split over accounts.

    Attributes:
        taken_usd: x, `[N]`, in the order of the endowments.
        unfilled_usd: the part of the budget that the rule could not reach; 0 when it is met.
    """

    taken_usd: Floats
    unfilled_usd: float


def usd(name: str, amount: float) -> float:
    """A finite amount of at least 0.

    Args:
        name: of the argument, for the message.
        amount: [USD].

    Raises:
        ValueError: it is negative, NaN or infinite.
    """
    value = float(amount)
    if not (math.isfinite(value) and value >= 0.0):
        raise ValueError(f"{name} is {value}: give a finite amount of at least 0")
    return value


def column(name: str, values: ArrayLike) -> Floats:
    """A column of finite numbers >= 0 as contiguous float64 `[N]`.

    Args:
        name: of the argument, for the message.
        values: `[N]`.

    Raises:
        ValueError: it is not one-dimensional, or an entry is negative, NaN or infinite.
    """
    array = signed_column(name, values)
    if array.size and array.min() < 0.0:
        row = int(np.argmin(array))
        raise ValueError(f"{name}[{row}] is {array[row]}: give numbers of at least 0")
    return array


def signed_column(name: str, values: ArrayLike) -> Floats:
    """A column of finite numbers of any sign as contiguous float64 `[N]`.

    Args:
        name: of the argument, for the message.
        values: `[N]`.

    Raises:
        ValueError: it is not one-dimensional, or an entry is NaN or infinite.
    """
    array = np.ascontiguousarray(values, dtype=np.float64)
    if array.ndim != 1:
        raise ValueError(f"{name} has {array.ndim} dimensions: give one number per account")
    if not np.isfinite(array).all():
        row = int(np.argmin(np.isfinite(array)))
        raise ValueError(f"{name}[{row}] is {array[row]}: give a finite number for every account")
    return array


def book(endowment_usd: ArrayLike, budget_usd: float) -> tuple[Floats, float]:
    """Endowments `[N]` and a budget [USD], both checked: what every rule starts from.

    Raises:
        ValueError: a number is negative, NaN or infinite, or the endowments are no column.
    """
    return column("endowment_usd", endowment_usd), usd("budget_usd", budget_usd)


def same_length(name: str, values: Floats, endowment_usd: Floats) -> Floats:
    """`values` itself, when it has one entry per endowment.

    Raises:
        ValueError: the lengths differ.
    """
    if values.shape != endowment_usd.shape:
        raise ValueError(
            f"{name} has shape {values.shape} for {endowment_usd.size} endowments:"
            " give one per account"
        )
    return values


def split_of(taken_usd: Floats, budget_usd: float) -> Split:
    """The split with what is missing from the budget, measured from the exactly rounded sum.

    Args:
        taken_usd: x, `[N]`.
        budget_usd: B.

    Returns:
        The split; a gap within `ROUNDING_SHARE` of the budget counts as met.
    """
    gap = budget_usd - math.fsum(taken_usd)
    return Split(taken_usd, gap if gap > ROUNDING_SHARE * budget_usd else 0.0)
