"""Min-max: the smallest largest burden. In shares of the endowment, of equity, or in whole lots.

    capacity norm   min max x_i / w_i           -> pro-rata, exactly and only; the value is B / U
    equity norm     min max x_i / e_i, x <= w   -> x_i = min(w_i, M e_i)
    whole lots      min M  s.t.  sum_j k_j d_j >= B,  0 <= k_j <= K_j integer,
                                 sum over j of i of k_j d_j <= M e_i

The last is a mixed-integer programme, solved by HiGHS through `scipy.optimize.milp`. Its result
carries the solver's status, and a lower bound that is certified twice: by the solver's dual bound
and by two bounds in closed form, the linear relaxation (the equity norm with w_i = sum K_j d_j) and
the cheapest single lot, min d_j / e_i. There is no fallback: what is not optimal raises, or, with a
time limit, says so in `status`.

The column "min-max ILP" of [Chitra2025] is not this optimum but `fixed_point_rounding`.
Sources: [Chitra2026] (arXiv:2602.15182), min-max benchmark in the capacity norm; their code in the
equity norm, github.com/pluriholonomic/autodeleveraging-analysis@aae0be8; [HuangfuHall2018] HiGHS.
"""

import math
from typing import NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, milp
from scipy.sparse import csr_array

from abm.adl.mechanisms.rounding import Positions, per_account, positions_of, whole
from abm.adl.mechanisms.shares import equity_pro_rata, wealth_pro_rata
from abm.adl.mechanisms.split import Split, column, signed_column, split_of, usd
from abm.units import Floats

OPTIMAL = "optimal"
"""Status of a solution that is proven to be a minimum."""

TIME_LIMIT = "time limit"
"""Status of a feasible solution whose gap to the lower bound was not closed in time."""

_SCALE = 1e4  # of M and of the budget in the programme: HiGHS stops 1e-6 away, 1e-10 of them
_BOUND_TOL = 1e-6  # a bound this share above M is the solver's tolerance, above it an error
_BUDGET_SHARE = 1e-9  # by which lots may miss the budget, the tolerance of every rule here


class MinMax(NamedTuple):
    """A split and its largest burden.

    Attributes:
        split: what is taken.
        level: M = max x_i / e_i [1].
    """

    split: Split
    level: float


class MinMaxLots(NamedTuple):
    """Answer of the integer programme.

    Attributes:
        split: what is taken; it meets the budget or exceeds it, by lots. `unfilled_usd` is the
            part of B above what all whole lots of accounts with equity are worth.
        lots: k, whole numbers, `[J]`.
        objective: M of these lots, max x_i / e_i, recomputed from them [1].
        lower_bound: no choice of lots has a smaller M [1].
        relaxation: M when lots could be cut, the closed-form bound [1].
        status: `OPTIMAL` or `TIME_LIMIT`.
        message: the solver's own words.
    """

    split: Split
    lots: Floats
    objective: float
    lower_bound: float
    relaxation: float
    status: str
    message: str

    @property
    def gap(self) -> float:
        """M / lower bound - 1; 0 when there is nothing to take."""
        return self.objective / self.lower_bound - 1.0 if self.lower_bound > 0.0 else 0.0


def min_max_capacity(endowment_usd: Floats, budget_usd: float) -> MinMax:
    """Smallest largest share of the endowment: pro-rata, and nothing else, with M = B / U.

    Every queue that leaves somebody untouched has a larger M.

    Args:
        endowment_usd: w >= 0, `[N]`.
        budget_usd: B >= 0.

    Returns:
        The split and M = min(1, B / U); M = 0 without endowments.

    Raises:
        ValueError: an argument is negative or not finite.

    Source: [Chitra2026], min-max programme.
    """
    split = wealth_pro_rata(endowment_usd, budget_usd)
    return MinMax(split, _largest_share(split.taken_usd, column("endowment_usd", endowment_usd)))


def min_max_equity(endowment_usd: Floats, equity_usd: Floats, budget_usd: float) -> MinMax:
    """Smallest largest share of equity: x_i = min(w_i, M e_i), pro-rata to equity under caps.

    With caps that do not bind M = B / sum e.

    Args:
        endowment_usd: w >= 0, `[N]`.
        equity_usd: e, `[N]`; an account with e <= 0 pays nothing.
        budget_usd: B >= 0.

    Returns:
        The split, sum x = min(B, sum of w where e > 0), and M.

    Raises:
        ValueError: lengths differ, or an argument is out of range.

    Source: their code (@aae0be8), max_i haircut / equity.
    """
    split = equity_pro_rata(endowment_usd, equity_usd, budget_usd)
    equity = np.maximum(signed_column("equity_usd", equity_usd), 0.0)
    return MinMax(split, _largest_share(split.taken_usd, equity))


def _largest_share(taken_usd: Floats, basis_usd: Floats) -> float:
    paying = taken_usd > 0.0
    return float((taken_usd[paying] / basis_usd[paying]).max()) if paying.any() else 0.0


def min_max_lots(
    positions: Positions, equity_usd: Floats, budget_usd: float, time_limit_s: float | None = None
) -> MinMaxLots:
    """Whole lots that cover the budget with the smallest largest share of equity.

    Args:
        positions: of `positions_of`; K_j is the whole lots of `size_lots`.
        equity_usd: e, `[N]`; an account with e <= 0 pays nothing.
        budget_usd: B >= 0; what all whole lots are worth is the most that can be covered.
        time_limit_s: None = solve to optimality.

    Returns:
        Lots, M, a certified lower bound, and what the solver says about them.

    Raises:
        ValueError: an argument is out of range.
        RuntimeError: HiGHS ends without an optimum and no time limit was given, or without any
            feasible lots, or its lots miss the budget or undercut the bound.

    Source: the programme in `_fixed_point_ilp_integer_contracts` (@aae0be8), without its bound
        M <= 1.
    """
    equity = np.maximum(signed_column("equity_usd", equity_usd), 0.0)
    budget = usd("budget_usd", budget_usd)
    account, size_lots, loss_usd = positions_of(*positions, accounts=equity.size)
    lots = np.zeros(size_lots.size)
    rows = np.flatnonzero((whole(size_lots) >= 1.0) & (equity[account] > 0.0))
    payable = Positions(account[rows], whole(size_lots[rows]), loss_usd[rows])
    worth_usd = per_account(
        payable.size_lots * payable.loss_per_lot_usd, payable.account, equity.size
    )
    target_usd = min(budget, math.fsum(worth_usd))
    if target_usd <= 0.0:
        nothing = split_of(np.zeros(equity.size), budget)
        return MinMaxLots(nothing, lots, 0.0, 0.0, 0.0, OPTIMAL, "nothing to take")
    relaxation = min_max_equity(worth_usd, equity, target_usd).level
    cheapest = float((payable.loss_per_lot_usd / equity[payable.account]).min())
    closed_form = max(relaxation, cheapest)
    result = _solve(payable, equity * closed_form, target_usd, time_limit_s)
    lots[rows] = np.round(result.x[:-1])
    taken_usd = per_account(lots * loss_usd, account, equity.size)
    _check_budget(taken_usd, target_usd)
    objective = _largest_share(taken_usd, equity)
    bound = max(closed_form, float(result.mip_dual_bound) / _SCALE * closed_form)
    if bound > objective * (1.0 + _BOUND_TOL):
        raise RuntimeError(f"the lower bound {bound} exceeds M = {objective}: report this book")
    return MinMaxLots(
        split=split_of(taken_usd, budget),
        lots=lots,
        objective=objective,
        lower_bound=min(objective, bound),
        relaxation=relaxation,
        status=OPTIMAL if result.status == 0 else TIME_LIMIT,
        message=str(result.message),
    )


def _solve(
    payable: Positions, share_unit_usd: Floats, target_usd: float, time_limit_s: float | None
) -> OptimizeResult:
    """Minimise M over (k_1, .., k_J, M), budget and shares both scaled by `_SCALE`."""
    count = payable.size_lots.size
    columns = np.arange(count)
    owners, owner_row = np.unique(payable.account, return_inverse=True)
    share = _SCALE * payable.loss_per_lot_usd / share_unit_usd[payable.account]
    shares = csr_array((share, (owner_row, columns)), shape=(owners.size, count + 1)).tolil()
    shares[:, count] = -1.0
    covered = np.append(_SCALE * payable.loss_per_lot_usd / target_usd, 0.0)
    options = {"mip_rel_gap": 0.0} | ({} if time_limit_s is None else {"time_limit": time_limit_s})
    result = milp(
        np.append(np.zeros(count), 1.0),
        integrality=np.append(np.ones(count), 0.0),
        bounds=Bounds(np.zeros(count + 1), np.append(payable.size_lots, np.inf)),
        constraints=[
            LinearConstraint(shares.tocsr(), -np.inf, 0.0),
            LinearConstraint(covered, _SCALE, np.inf),
        ],
        options=options,
    )
    ran_out = time_limit_s is not None and result.status == 1
    if result.x is None or not (result.status == 0 or ran_out):
        raise RuntimeError(
            f"HiGHS ended with status {result.status}, {result.message}: give more time or a"
            " smaller book"
        )
    return result


def _check_budget(taken_usd: Floats, target_usd: float) -> None:
    covered_usd = math.fsum(taken_usd)
    if target_usd - covered_usd > _BUDGET_SHARE * max(1.0, target_usd):
        raise RuntimeError(
            f"HiGHS's lots cover {covered_usd} of {target_usd} USD: give losses per lot of closer"
            " magnitudes"
        )
