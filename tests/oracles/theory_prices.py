"""Prices, slices and the fund of the liquidation block: theory 1.2, and the needed budget of 1.3.

Sides are +1 long, -1 short; qty >= 0 in contracts; prices USD per contract; money USD.
theory 1.2 and 1.3, as of 2026-11-21, after [Chitra2025] (arXiv:2512.01112) and [Chitra2026]
(arXiv:2602.15182).
"""

import math
from typing import NamedTuple


class Costs(NamedTuple):
    """Rates of "τ(dq) = τ_fix + φ_mark p_t dq + φ_exec p_exec dq"."""

    fixed_usd: float = 0.0
    mark_rate: float = 0.0
    execution_rate: float = 0.0


def bankruptcy_price(
    side: int, qty: float, open_price: float, cash: float, funding: float
) -> float:
    """Zero of equity: "Implement p_bk = p_open - b (c+Γ)/q", "floored at 0"; c is opening cash."""
    return max(0.0, open_price - side * (cash + funding) / qty)


def bankruptcy_price_from_mark(side: int, qty: float, mark: float, equity: float) -> float:
    """Zero of equity: "p_bk = p_t - b (c_t+Γ)/q", floored at 0.

    Reading: right only if c_t + Γ is the current equity (cash, accrued PNL and funding).
    """
    return max(0.0, mark - side * equity / qty)


def liquidation_price(
    side: int, qty: float, open_price: float, cash: float, funding: float, maintenance: float
) -> float:
    """Equity equals μ p q: "long (p_open-(c+Γ)/q)/(1-mu), short (p_open+(c+Γ)/q)/(1+mu)".

    Reading: floored at 0 (the fixture prints 0 where the formula is negative).
    """
    if side > 0:
        return max(0.0, (open_price - (cash + funding) / qty) / (1 - maintenance))
    return max(0.0, (open_price + (cash + funding) / qty) / (1 + maintenance))


def execution_price(side: int, mark: float, alpha: float, slice_qty: float) -> float:
    """Average price: "p_exec = p_t ∓ (alpha/2) dq (minus when selling)"; closing a long sells."""
    return mark - side * alpha / 2 * slice_qty


def slice_cost(side: int, mark: float, alpha: float, slice_qty: float, costs: Costs) -> float:
    """Costs: "τ(dq) = τ_fix + φ_mark p_t dq + φ_exec p_exec dq".

    Reading: no slice, no fixed cost.
    """
    if slice_qty == 0:
        return 0.0
    traded = execution_price(side, mark, alpha, slice_qty) * slice_qty
    return costs.fixed_usd + costs.mark_rate * mark * slice_qty + costs.execution_rate * traded


def equity_after_slice(
    side: int, mark: float, alpha: float, slice_qty: float, equity: float, costs: Costs
) -> float:
    """Equity: "e~ = e + b dq (p_exec-p_t) - τ(dq)"."""
    moved = side * slice_qty * (execution_price(side, mark, alpha, slice_qty) - mark)
    return equity + moved - slice_cost(side, mark, alpha, slice_qty, costs)


def greedy_slice(
    side: int,
    mark: float,
    qty: float,
    equity: float,
    maintenance: float,
    alpha: float,
    costs: Costs,
) -> float:
    """Theory 1.2, "Greedy size: smallest dq with e~ >= mu p_t (q-dq), cap at q".

    The lacking equity mu p (q-dq) - e~(dq) is convex in dq (if φ_exec < 1), so: a ternary search
    for its bottom, then a bisection in front of the bottom.

    Reading: zero if nothing lacks; all of q if no size suffices; τ is τ(dq), of which the printed
    quadratic keeps only the fixed part.
    """

    def lacking(dq: float) -> float:
        left = maintenance * mark * (qty - dq)
        return left - equity_after_slice(side, mark, alpha, dq, equity, costs)

    if lacking(0.0) <= 0:
        return 0.0
    low, high = 0.0, qty
    for _ in range(400):
        first, second = low + (high - low) / 3, high - (high - low) / 3
        if lacking(first) <= lacking(second):
            high = second
        else:
            low = first
    bottom = qty if lacking(qty) <= lacking(high) else high
    if lacking(bottom) > 0:
        return qty
    low, high = 0.0, bottom
    while (low + high) / 2 not in (low, high):
        middle = (low + high) / 2
        if lacking(middle) <= 0:
            high = middle
        else:
            low = middle
    return high


def bad_debt_of_slice(side: int, bankruptcy: float, execution: float, slice_qty: float) -> float:
    """Bad debt "per slice: long (p_bk-p_exec)_+ dq, short (p_exec-p_bk)_+ dq"."""
    return max(0.0, side * (bankruptcy - execution)) * slice_qty


def bad_debt(equity_after: list[float]) -> float:
    """Deficit: "D_t = Σ (-e~_i)_+"."""
    return math.fsum(max(0.0, -e) for e in equity_after)


class Round(NamedTuple):
    """What one round brings: USD of costs and deficit, |traded| and the open positions."""

    liquidation_costs: float
    traded_notional: float
    funding_rate: float
    open_notional: list[float]
    deficit: float


class FundShares(NamedTuple):
    """Shares α, η, β of the three incomes that go to the fund, and the trading fee rate."""

    liquidation: float
    trading: float
    funding: float
    fee_rate: float


def fund_step(fund: float, now: Round, shares: FundShares) -> tuple[float, float]:
    """The fund after a round, and the residual deficit R_t that is left to auto-deleveraging.

    "IF_{t+1} = IF_t + alpha ΣTau + eta p_t V_t + beta Σ|gamma_t|p_t q_i - min(IF_t,D_t)";
    "R_t = (D_t-IF_t)_+".

    Reading: p_t V_t is multiplied by a fee rate, as theory 1.2 asks; a round's income cannot pay
    the same round's deficit.
    """
    income = shares.liquidation * now.liquidation_costs
    income += shares.trading * shares.fee_rate * now.traded_notional
    income += shares.funding * math.fsum(abs(now.funding_rate) * n for n in now.open_notional)
    return fund + income - min(fund, now.deficit), max(0.0, now.deficit - fund)


def fund_path(
    fund: float, rounds: list[Round], shares: FundShares
) -> tuple[list[float], list[float]]:
    """Fund before each round and after the last; residual of each round."""
    funds, residuals = [fund], []
    for now in rounds:
        fund, residual = fund_step(fund, now, shares)
        funds.append(fund)
        residuals.append(residual)
    return funds, residuals


def needed_budget(execution: list[float], bankruptcy: list[float], qty: list[float]) -> float:
    """1.3: "ex post B_needed_t = Σ_k |p_liqexec_k - p_bk_k| |q_k|", the absolute value as printed.

    Reading: the text is followed, so an execution *better* than bankruptcy also counts as need;
    bad_debt_of_slice is the one-sided amount.
    """
    triples = zip(execution, bankruptcy, qty, strict=True)
    return math.fsum(abs(p - b) * abs(q) for p, b, q in triples)


def needed_budget_of_impact(alpha: float, qty: float) -> float:
    """1.3: "p_liqexec(q) = mark ∓ alpha_t q => B_needed = alpha_t Q_t²".

    Reading: the whole quantity at the marginal price (1.2 has the average, α/2), and a bankruptcy
    price equal to the mark.
    """
    return alpha * qty * qty
