"""How far a protocol takes a borrower's leverage down, and whom it takes first.

    repaid   x = (debt - τ V) / (1 - (1 + b) τ)         brings debt / collateral back to τ

V the collateral's value, b the bonus of whoever repays: the protocol gives (1 + b) x of collateral
for x of debt. At most the debt, what the collateral pays for, and what the repayers have. Borrowers
are taken by ticks of their debt ratio, the highest first, all of a tick pro rata: in f(x) v2 a
tick is 0.15 % wide; a tick of width 0 is one borrower.

Sources: f(x) Protocol v2, `BasePool.sol` (fx-protocol-contracts@5e198e93), `rebalance`; Kamino,
`liquidation_operations.rs` (klend@edd5ff50) for the threshold that falls with time.
"""

import math

from abm.kernel import kernel


@kernel
def repaid_to_target(debt_usd: float, value_usd: float, target: float, bonus: float) -> float:
    """x: debt to repay so that the ratio returns to `target` [USD]; 0 where it is there already."""
    return max(0.0, (debt_usd - target * value_usd) / (1.0 - (1.0 + bonus) * target))


@kernel
def repaid(
    debt_usd: float, value_usd: float, target: float, bonus: float, budget_usd: float
) -> float:
    """Debt repaid: to the target, as far as debt, collateral and the repayers' means allow."""
    wanted = min(debt_usd, repaid_to_target(debt_usd, value_usd, target, bonus))
    return min(wanted, min(value_usd / (1.0 + bonus), budget_usd))


@kernel
def debt_ratio(debt_usd: float, value_usd: float) -> float:
    """Debt over collateral; 0 without debt, inf when nothing backs it."""
    if debt_usd <= 0.0:
        return 0.0
    return debt_usd / value_usd if value_usd > 0.0 else math.inf


@kernel
def tick_of(ratio: float, width: float) -> int:
    """Number of the tick [(1 + width)^n, (1 + width)^(n + 1)) that holds a finite ratio above 0."""
    return math.floor(math.log(ratio) / math.log1p(width))


@kernel
def in_same_tick(ratio: float, other: float, width: float) -> bool:
    """Do two finite debt ratios fall into the same tick? Never when ticks have no width."""
    return width > 0.0 and tick_of(ratio, width) == tick_of(other, width)


@kernel
def falling_threshold(threshold: float, falls_per_day: float, days: float) -> float:
    """Ratio from which borrowers are deleveraged, `days` after a wind-down was announced.

    (1 - a d)₊ of the threshold: Kamino lowers a reserve's threshold by a per day, an auction of
    leverage with a falling price.
    """
    return threshold * max(0.0, 1.0 - falls_per_day * days)
