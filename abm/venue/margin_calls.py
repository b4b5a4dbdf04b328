"""Margin calls whose requirement rises with time: the most leveraged are closed first, in part.

Kamino deleverages loans by a threshold that falls with the time d since its margin-call period
ended, and pays liquidators a bonus that rises with it [1]:

    threshold   thr(d) = (1 - a d)₊                       loan-to-value from which a loan is closed
    bonus       min(b0 + b1 d, b_max, (1 - LTV)₊)          b0 = 50 bps

so that loans are reached in the order of their loan-to-value. A margin bucket of a perpetual venue
has no loan; its counterpart of LTV / liquidation LTV is requirement / equity, m / e, which is 1
where the bucket is liquidated. Kamino's line on it, "closed when m / e > 1 - a d", is a requirement
of m / (1 - a d), to first order

    factor      f(s) = min(c, 1 + r (s - g)₊)              s seconds after the call
    closed      when e < f m;  a bucket with e = x m after g + (x - 1) / r seconds, 1 < x < c

with one clock per bucket (Kamino's runs per reserve or per account): a call opens when e < c m, c =
`call_below`, the trader has the grace g to reduce or to pay in, and the call ends when e >= c m. A
factor of c reaches every called bucket, so it need not rise further. How much is closed is the
venue's liquidation style. There is no bonus: a forced close goes through the book, and nobody is
paid for it but the makers; the line is here for comparison.

[1] Kamino-Finance/klend, programs/klend/src/state/liquidation_operations.rs,
`calculate_autodeleverage_threshold`, `calculate_autodeleverage_bonus`. An earlier version of that
file lowers the threshold from the loan's own liquidation LTV instead of 1, counts the margin-call
period in d, and lets the bonus rise by LTV / 100 a day.
"""

from abm.kernel import kernel

FIRST_BONUS = 0.005
"""Kamino's least bonus, MIN_AUTODELEVERAGE_BONUS_BPS = 50 [1]."""


@kernel
def kamino_threshold(days: float, fall_per_day: float) -> float:
    """Loan-to-value from which a loan is closed, `days` after the margin-call period [1]."""
    return max(0.0, 1.0 - fall_per_day * days)


@kernel
def kamino_bonus(days: float, rise_per_day: float, largest: float, loan_to_value: float) -> float:
    """Bonus of whoever repays a called loan, as a share of what is repaid [1].

    `FIRST_BONUS` at the start, never more than `largest` or than what the loan has left.
    """
    left = max(0.0, 1.0 - loan_to_value)
    return min(FIRST_BONUS + rise_per_day * days, min(largest, left))


@kernel
def call_factor(since_s: float, grace_s: float, rise_per_s: float, below: float) -> float:
    """Factor on a called bucket's requirement `since_s` seconds after the call [1]."""
    return min(below, 1.0 + rise_per_s * max(0.0, since_s - grace_s))


@kernel
def is_weak(equity_usd: float, needed_usd: float, below: float) -> bool:
    """Is a bucket's equity below `below` times its requirement? A flat one is never weak."""
    return needed_usd > 0.0 and equity_usd < below * needed_usd
