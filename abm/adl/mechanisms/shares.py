"""Shares: rules that split a budget by one common rate. Columns `[N]`, money in USD.

    wealth pro-rata     x_i = w_i B / U,  U = sum w
    equal dollar        x_i = min(w_i, kappa)
    levelling           x_i = (w_i - L)+
    capped pro-rata     x_i = w_i min(beta_i, eta)
    equity pro-rata     x_i = min(w_i, M (e_i)+)
    PNL pro-rata        x_i = min(w_i, tau (PNL_i)+)

with the free rate such that sum x = min(B, what can be reached). All are water-filling or
levelling, solved by the kernels of `abm.adl.water_filling`.

Sources: [Chitra2025] (arXiv:2512.01112), pro-rata and capped pro-rata, and their code,
github.com/pluriholonomic/autodeleveraging-analysis@aae0be8, for the caps min((PNL)+, (equity)+);
[Young1988] for the head tax (equal dollar) and the levelling tax.
"""

import numpy as np

from abm.adl.mechanisms.split import Split, book, column, same_length, signed_column, split_of
from abm.adl.water_filling import level_fill, water_fill
from abm.units import Floats


def fill_by_weight(weights: Floats, capacity_usd: Floats, budget_usd: float) -> Split:
    """x_i = min(c_i, tau v_i): the split that every rule of one common rate comes down to.

    Args:
        weights: v >= 0, `[N]`; an account of weight 0 pays nothing.
        capacity_usd: c >= 0, `[N]`.
        budget_usd: B.

    Returns:
        sum x = min(B, sum of c where v > 0).

    Raises:
        ValueError: a weight is not finite, as after a product that overflows.
    """
    if not np.isfinite(weights).all():
        raise ValueError("a weight is not finite: give endowments and risk weights of less range")
    taken_usd = np.empty(capacity_usd.size)
    water_fill(weights, capacity_usd, budget_usd, taken_usd)
    return split_of(taken_usd, budget_usd)


def wealth_pro_rata(endowment_usd: Floats, budget_usd: float) -> Split:
    """Everybody loses the same share of the endowment: x_i = w_i B / U.

    The only rule that is continuous, monotone, scale invariant and proof against splitting an
    account, and the one that minimises sum w_i phi(h_i) for every strictly convex phi. The
    unweighted sum phi(h_i) has other minimisers (phi = h^2 gives h proportional to w).

    Args:
        endowment_usd: w >= 0, `[N]`.
        budget_usd: B >= 0.

    Returns:
        sum x = min(B, U).

    Raises:
        ValueError: an argument is negative or not finite.

    Source: [Chitra2025], pro-rata haircut.
    """
    endowment_usd, budget_usd = book(endowment_usd, budget_usd)
    return fill_by_weight(endowment_usd, endowment_usd, budget_usd)


def equal_dollar(endowment_usd: Floats, budget_usd: float) -> Split:
    """Everybody pays the same amount, nobody more than the endowment: x_i = min(w_i, kappa).

    Args:
        endowment_usd: w >= 0, `[N]`.
        budget_usd: B >= 0.

    Returns:
        sum x = min(B, U).

    Raises:
        ValueError: an argument is negative or not finite.

    Source: [Young1988], head tax.
    """
    endowment_usd, budget_usd = book(endowment_usd, budget_usd)
    return fill_by_weight(np.ones(endowment_usd.size), endowment_usd, budget_usd)


def levelling(endowment_usd: Floats, budget_usd: float) -> Split:
    """The largest are cut to a common level: x_i = (w_i - L)+.

    It minimises the largest endowment left, max (w_i - x_i). [Chitra2025] says that the queue
    ordered by size does; that holds for what is left to the account that was the largest, and for
    the maximum only while B <= w_1 - w_2: with w = (10, 10, 1) and B = 10 the queue leaves 10,
    pro-rata 5.24 and levelling 5. Splitting an account helps against it.

    Args:
        endowment_usd: w >= 0, `[N]`.
        budget_usd: B >= 0.

    Returns:
        sum x = min(B, U).

    Raises:
        ValueError: an argument is negative or not finite.

    Source: [Young1988], levelling tax.
    """
    endowment_usd, budget_usd = book(endowment_usd, budget_usd)
    taken_usd = np.empty(endowment_usd.size)
    level_fill(endowment_usd, budget_usd, taken_usd)
    return split_of(taken_usd, budget_usd)


def capped_pro_rata(endowment_usd: Floats, caps: Floats, budget_usd: float) -> Split:
    """Pro-rata in which account i loses at most the share beta_i: x_i = w_i min(beta_i, eta).

    With a common cap, or caps that do not bind, it is pro-rata. Different caps break monotonicity
    (a large uncapped account may end below a small capped one), so that "the only rule with all
    axioms" is said of the uncapped rule alone.

    Args:
        endowment_usd: w >= 0, `[N]`.
        caps: beta in [0, 1], `[N]`; see `burden_caps`.
        budget_usd: B >= 0.

    Returns:
        sum x = min(B, sum beta w).

    Raises:
        ValueError: an argument is negative or not finite, or a cap is above 1.

    Source: [Chitra2025], capped pro-rata by water-filling.
    """
    endowment_usd, budget_usd = book(endowment_usd, budget_usd)
    return fill_by_weight(endowment_usd, capped(endowment_usd, caps), budget_usd)


def capped(endowment_usd: Floats, caps: Floats) -> Floats:
    """beta_i w_i, the most that may be taken under caps: `[N]`.

    Args:
        endowment_usd: w >= 0, `[N]`.
        caps: beta in [0, 1], `[N]`.

    Raises:
        ValueError: a cap is outside [0, 1], or there is not one per account.
    """
    caps = same_length("caps", column("caps", caps), endowment_usd)
    if caps.size and caps.max() > 1.0:
        raise ValueError(f"the largest cap is {caps.max()}: give shares of at most 1")
    return caps * endowment_usd


def burden_caps(
    haircut_cap: Floats,
    cash_usd: Floats,
    pnl_usd: Floats,
    equity_floor_usd: Floats,
    endowment_usd: Floats,
) -> Floats:
    """Largest share an account may lose and keep its equity floor, `[N]` in [0, 1].

        beta_i = min(hbar_i, (c_i + PNL_i - floor_i) / w_i)     clipped to [0, 1]

    [Chitra2025] prints 1 - (floor - c) / w, which is the same where w = PNL > 0 and wrong for
    any other endowment. An account without endowment has nothing to lose: beta = 0.

    Args:
        haircut_cap: hbar, the cap by rule, `[N]`.
        cash_usd: c, `[N]`.
        pnl_usd: PNL of any sign, `[N]`.
        equity_floor_usd: equity that the account keeps at least, `[N]`.
        endowment_usd: w >= 0, `[N]`.

    Returns:
        beta, for `capped_pro_rata` and `rap`.

    Raises:
        ValueError: lengths differ, or a number is not finite.

    Source: [Chitra2025], capped pro-rata.
    """
    endowment_usd = column("endowment_usd", endowment_usd)
    named = {
        "haircut_cap": haircut_cap,
        "cash_usd": cash_usd,
        "pnl_usd": pnl_usd,
        "equity_floor_usd": equity_floor_usd,
    }
    cap, cash_usd, pnl_usd, floor_usd = (
        same_length(name, signed_column(name, values), endowment_usd)
        for name, values in named.items()
    )
    room_usd = cash_usd + pnl_usd - floor_usd
    payable_usd = np.clip(room_usd, 0.0, endowment_usd)
    share = np.divide(
        payable_usd, endowment_usd, out=np.zeros_like(endowment_usd), where=endowment_usd > 0.0
    )
    return np.clip(np.minimum(cap, share), 0.0, 1.0)


def equity_pro_rata(endowment_usd: Floats, equity_usd: Floats, budget_usd: float) -> Split:
    """Everybody loses the same share of equity, nobody more than the endowment: min(w_i, M e_i).

    It minimises the largest share of equity taken; `min_max_equity` gives that share as well.

    Args:
        endowment_usd: w >= 0, `[N]`.
        equity_usd: e, `[N]`; an account with e <= 0 pays nothing.
        budget_usd: B >= 0.

    Returns:
        sum x = min(B, sum of w where e > 0).

    Raises:
        ValueError: lengths differ, or an argument is out of range.

    Source: their code (@aae0be8), capped pro-rata on equity.
    """
    return _pro_rata_to("equity_usd", equity_usd, endowment_usd, budget_usd)


def pnl_pro_rata(endowment_usd: Floats, pnl_usd: Floats, budget_usd: float) -> Split:
    """Everybody loses the same share of profit, at most the endowment: min(w_i, tau PNL_i).

    It differs from wealth pro-rata where equity caps the endowment, w = min((PNL)+, (e)+).

    Args:
        endowment_usd: w >= 0, `[N]`.
        pnl_usd: PNL, `[N]`; an account with PNL <= 0 pays nothing.
        budget_usd: B >= 0.

    Returns:
        sum x = min(B, sum of w where PNL > 0).

    Raises:
        ValueError: lengths differ, or an argument is out of range.

    Source: [Chitra2025], with the caps of their code (@aae0be8).
    """
    return _pro_rata_to("pnl_usd", pnl_usd, endowment_usd, budget_usd)


def _pro_rata_to(name: str, basis: Floats, endowment_usd: Floats, budget_usd: float) -> Split:
    endowment_usd, budget_usd = book(endowment_usd, budget_usd)
    basis = same_length(name, signed_column(name, basis), endowment_usd)
    return fill_by_weight(np.maximum(basis, 0.0), endowment_usd, budget_usd)
