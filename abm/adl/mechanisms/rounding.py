"""Whole lots: rules that close contracts and can only close whole lots of them.

    k_j integer in [0, floor(s_j)],   x_i = sum over the positions j of account i of k_j d_j

Rows are positions `[J]`, each of one account: s_j is its size in lots, d_j the USD its owner loses
per lot closed (the lot times the gap between mark and close price). Whole lots rarely meet a budget
exactly, so a rule here reports what it overshoots as well as what it leaves unfilled.

The lot is the caller's choice. In the code of [Chitra2025] it is one whole base coin, 1 BTC, so
that accounts below one coin are left out and the budget is often missed: most of what they call
rounding shortfall comes from that choice. Use the lot size that the venue publishes.

Source: github.com/pluriholonomic/autodeleveraging-analysis@aae0be8, `adl_contract_pro_rata.py`
and `_fixed_point_ilp_integer_contracts` in `policy_per_wave.py`.
"""

import math
from typing import NamedTuple

import numpy as np

from abm.adl.mechanisms.shares import wealth_pro_rata
from abm.adl.mechanisms.split import book, column, same_length, split_of, usd
from abm.units import LOT_TOL, Floats, Ints

LARGEST_SCALE = 64.0
"""Up to here `fixed_point_rounding` doubles its target, as in the authors' code [1]."""

BISECTIONS = 18
"""Steps with which it then searches for the smallest scale that fills, as in their code."""


class Positions(NamedTuple):
    """What can be closed, one row per position.

    Attributes:
        account: row of the owner in the account columns, `[J]`.
        size_lots: size of the position in lots, fractions included, `[J]`.
        loss_per_lot_usd: what the owner loses per lot closed, `[J]`.
    """

    account: Ints
    size_lots: Floats
    loss_per_lot_usd: Floats


class LotSplit(NamedTuple):
    """A budget split in whole lots.

    Attributes:
        taken_usd: x, `[N]`.
        unfilled_usd: (B - sum x)+.
        overshoot_usd: (sum x - B)+.
        lots: closed, whole numbers, `[J]`.
    """

    taken_usd: Floats
    unfilled_usd: float
    overshoot_usd: float
    lots: Floats


class FixedPoint(NamedTuple):
    """A `LotSplit` and the multiple of the budget that had to be aimed at.

    Attributes:
        split: what is taken.
        scale: s in [1, 64]; at 64 the budget may be missed.
    """

    split: LotSplit
    scale: float


def positions_of(
    account: Ints, size_lots: Floats, loss_per_lot_usd: Floats, accounts: int
) -> Positions:
    """Checked positions of `accounts` accounts.

    Args:
        account: row of the owner, `[J]`, in [0, accounts).
        size_lots: >= 0, `[J]`.
        loss_per_lot_usd: > 0, `[J]`; a position that costs nothing to close helps nobody.
        accounts: N.

    Raises:
        ValueError: lengths differ, a number is out of range, or an owner does not exist.
    """
    size = column("size_lots", size_lots)
    loss = same_length("loss_per_lot_usd", column("loss_per_lot_usd", loss_per_lot_usd), size)
    given = np.asarray(account)
    if given.size and not np.issubdtype(given.dtype, np.integer):
        raise ValueError(f"account holds {given.dtype}: give whole row numbers")
    owner = given.astype(np.int64)
    if owner.shape != size.shape:
        raise ValueError(f"account has shape {owner.shape}: give one owner per position")
    if owner.size and not (owner.min() >= 0 and owner.max() < accounts):
        raise ValueError(f"an owner is outside 0..{accounts - 1}: give rows of the account columns")
    if loss.size and loss.min() <= 0.0:
        raise ValueError("a loss_per_lot_usd is 0: leave positions out that cost nothing to close")
    return Positions(owner, size, loss)


def whole(size_lots: Floats) -> Floats:
    """Whole lots of a size; within `LOT_TOL` of the next counts as the next. `[J]`."""
    lots: Floats = np.floor(size_lots + LOT_TOL)
    return lots


def per_account(values: Floats, account: Ints, accounts: int) -> Floats:
    """Sum over the positions of each account, `[N]`."""
    return np.bincount(account, weights=values, minlength=accounts)


def integer_contracts(
    qty_contracts: Floats,
    loss_per_contract_usd: float,
    budget_usd: float,
    lot_contracts: float = 1.0,
) -> LotSplit:
    """Contracts pro-rata in whole lots, one instrument: the largest remainder gets the odd lot.

        Q = ceil(B / d),  ideal_i = Q q_i / sum q  over accounts of at least one lot
        k_i = min(floor(ideal_i), floor(q_i)), then one lot each by largest remainder, one pass

    One pass only: lots that floor(q_i) refuses are not offered twice, so Q can stay unfilled even
    where lots are left. Ties go to the smaller account id (in the authors' code to the larger).
    A wave with several instruments gives each B_k = B gap_k / sum gap, that is
    `wealth_pro_rata(gap_usd, B)`, and adds up the losses.

    Args:
        qty_contracts: q >= 0, `[N]`.
        loss_per_contract_usd: gap between mark and close price, > 0 [USD per contract].
        budget_usd: B >= 0.
        lot_contracts: > 0; 1 repeats the authors' code, the venue's lot is what one wants.

    Returns:
        lots `[N]` and what they cost their owners; Q may overshoot B by less than one lot.

    Raises:
        ValueError: an argument is out of range.

    Source: `contracts_pro_rata_close_integer` (@aae0be8), with the lot as a parameter.
    """
    quantity, budget = column("qty_contracts", qty_contracts), usd("budget_usd", budget_usd)
    loss_per_lot_usd = usd("loss_per_contract_usd", loss_per_contract_usd) * usd(
        "lot_contracts", lot_contracts
    )
    if loss_per_lot_usd <= 0.0:
        raise ValueError("a lot costs 0: give a loss_per_contract_usd and a lot_contracts above 0")
    size_lots = quantity / lot_contracts
    most = whole(size_lots)
    eligible = np.where(most >= 1.0, size_lots, 0.0)
    wanted = math.ceil(budget / loss_per_lot_usd - LOT_TOL)
    lots = np.zeros(quantity.size)
    if eligible.sum() > 0.0:
        ideal = wanted * eligible / eligible.sum()
        lots = np.minimum(np.floor(ideal), most)
        remainder = np.where(lots < most, ideal - np.floor(ideal), -1.0)
        missing = round(wanted - lots.sum())
        winners = np.argsort(-remainder, kind="stable")[: max(0, missing)]
        lots[winners[remainder[winners] >= 0.0]] += 1.0
    return _lot_split(lots * loss_per_lot_usd, lots, budget)


def _lot_split(taken_usd: Floats, lots: Floats, budget_usd: float) -> LotSplit:
    taken_usd, unfilled_usd = split_of(taken_usd, budget_usd)
    overshoot_usd = max(0.0, math.fsum(taken_usd) - budget_usd)
    return LotSplit(taken_usd, unfilled_usd, overshoot_usd, lots)


def fixed_point_rounding(
    positions: Positions, endowment_usd: Floats, budget_usd: float
) -> FixedPoint:
    """Pro-rata rounded to lots, with the target scaled up until the lots cover the budget.

    For a scale s: t_i = pro-rata of s B over min(w_i, sum_j s_j d_j); t_i is spread over the
    account's positions in proportion to s_j d_j, floored to lots, and lots are added by largest
    remainder t_j / d_j - k_j until the account's target is met; nobody loses more than w_i. s
    starts at 1 and is doubled up to 64 while the budget is missed; 18 bisections then shorten it.

    This is what the column "min-max ILP" of the authors' results holds: their solver PuLP is not
    among their dependencies, and the branch taken without it is this rule. It is no optimum; see
    `min_max_lots`.

    Args:
        positions: of `positions_of`.
        endowment_usd: w >= 0, `[N]`.
        budget_usd: B >= 0.

    Returns:
        lots and the scale; the budget is missed when 64 times the target does not cover it.

    Raises:
        ValueError: an argument is out of range.

    Source: `_fixed_point_ilp_integer_contracts`, greedy branch (@aae0be8).
    """
    endowment, budget = book(endowment_usd, budget_usd)
    positions = positions_of(*positions, accounts=endowment.size)
    low, high = 0.0, 1.0
    best = _rounded(positions, endowment, budget, high)
    if best.unfilled_usd <= 0.0:
        return FixedPoint(best, high)
    while best.unfilled_usd > 0.0 and high < LARGEST_SCALE:
        low, high = high, 2.0 * high
        best = _rounded(positions, endowment, budget, high)
    if best.unfilled_usd > 0.0:
        return FixedPoint(best, high)
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        tried = _rounded(positions, endowment, budget, middle)
        if tried.unfilled_usd <= 0.0:
            high, best = middle, tried
        else:
            low = middle
    return FixedPoint(best, high)


def _rounded(
    positions: Positions, endowment_usd: Floats, budget_usd: float, scale: float
) -> LotSplit:
    """Pro-rata of the scaled budget in whole lots."""
    account, size_lots, loss_usd = positions
    accounts = endowment_usd.size
    at_risk_usd = per_account(size_lots * loss_usd, account, accounts)
    capacity_usd = np.minimum(at_risk_usd, endowment_usd)
    target_usd = wealth_pro_rata(capacity_usd, scale * budget_usd).taken_usd
    share = np.divide(target_usd, at_risk_usd, out=np.zeros(accounts), where=at_risk_usd > 0.0)
    target_lots = share[account] * size_lots
    lots = np.minimum(whole(target_lots), whole(size_lots))
    lots += _added_lots(positions, target_lots, lots, target_usd)
    loss_by_account_usd = per_account(lots * loss_usd, account, accounts)
    return _lot_split(np.minimum(loss_by_account_usd, endowment_usd), lots, budget_usd)


def _added_lots(
    positions: Positions, target_lots: Floats, lots: Floats, target_usd: Floats
) -> Floats:
    """One lot each by largest remainder within the account, until its target is met: `[J]`."""
    account, size_lots, loss_usd = positions
    remainder = target_lots - lots
    may_add = (remainder > LOT_TOL) & (lots < whole(size_lots))
    missing_usd = target_usd - per_account(lots * loss_usd, account, target_usd.size)
    order = np.lexsort((-remainder, account))  # stable: ties go to the earlier position
    cost_usd = np.where(may_add, loss_usd, 0.0)[order]
    before_usd = np.cumsum(cost_usd) - cost_usd
    owner = account[order]
    starts = np.flatnonzero(np.diff(owner, prepend=-1))
    base_usd = np.repeat(before_usd[starts], np.diff(starts, append=owner.size))
    # a rounding of the sum must not add a lot: LOT_TOL of one lot counts as met
    wanting = before_usd - base_usd < missing_usd[owner] - LOT_TOL * loss_usd[order]
    added = np.zeros(lots.size)
    added[order] = np.where(wanting & may_add[order], 1.0, 0.0)
    return added
