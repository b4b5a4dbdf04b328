"""Published pieces around the queue: what a fund takes, when ADL is on, margins, capacities.

Money in USD, rates as fractions.  Sections as in queue_parts ("designs").
"""

from tests.oracles.venue_queues import bybit_passed_on_usd, bybit_pnl_ratio


def binance_2019_fund_takes(
    fund_usd: float, held_notional_usd: float, new_notional_usd: float
) -> float:
    """The part of a position that the fund takes over; the rest goes to counterparties.

    Binance and HitBTC, designs 2.2, rule of 2019 [D]: "fund has a maximum net notional (default =
    100% of fund size); anything that would exceed it goes to counterparty-liquidation first".

    Reading: notionals are signed (long > 0) because the limit is on the net, so a position against
    the fund's own uses up that first; the part within the limit is taken and only the excess
    passed on; the answer has the sign of the new position.  A negative fund takes nothing that
    enlarges its net.
    """
    sign = 1.0 if new_notional_usd >= 0 else -1.0
    room_usd = max(0.0, fund_usd) - sign * held_notional_usd
    return sign * min(abs(new_notional_usd), max(0.0, room_usd))


def bybit_on_off(
    path: list[tuple[float, float]],
    window_rows: int,
    on_ratio: float = -0.3,
    off_ratio: float = -0.25,
    trigger_threshold_usd: float = 10_000.0,
    stands_alone_from: int | None = None,
) -> list[tuple[bool, float]]:
    """(ADL on, loss passed on in USD) for every row (PnL of the symbol, balance of its pool).

    Bybit, designs 2.3, as of 2026-11-20 [D]: "(1) pool balance > adlTriggerThreshold and pnlRatio
    = (PnL - max_8h PnL)/max_8h Balance < insurancePnlRatio (-0.3); stop when > adlStopRatio
    (-0.25).  (2) on when balance <= 0, off when > 0.  (3) risk team removes a symbol from its pool
    and rule 2 applies to the new stand-alone pool."  "Only the loss beyond [the -30% line] is
    passed to winners."

    Reading: both maxima run over the last `window_rows` rows, this one included.  The balance
    condition of rule 1 is asked only when it switches on; a peak balance <= 0 gives no ratio and
    switches nothing.  Both comparisons are strict: exactly -0.3 does not switch on.  What is
    passed on is a level, not an increment: under rule 1 the loss beyond the line (0 between the
    two ratios), under rule 2 what the pool lacks, the larger when both are on.  In a shared pool
    the rule-2 amount is the pool's, see bybit_redistributed_usd.  From row `stands_alone_from` on
    the balances are those of the symbol's own pool and rule 1 is off.
    """
    rows = []
    drawdown_on = False
    for t, (pnl_usd, balance_usd) in enumerate(path):
        window = path[max(0, t - window_rows + 1) : t + 1]
        peak_pnl = max(row[0] for row in window)
        peak_balance = max(row[1] for row in window)
        if stands_alone_from is not None and t >= stands_alone_from:
            drawdown_on = False
        elif peak_balance > 0:
            ratio = bybit_pnl_ratio(pnl_usd, peak_pnl, peak_balance)
            if drawdown_on:
                drawdown_on = not ratio > off_ratio
            else:
                drawdown_on = balance_usd > trigger_threshold_usd and ratio < on_ratio
        passed_on = 0.0
        if drawdown_on and peak_balance > 0:
            passed_on = bybit_passed_on_usd(pnl_usd, peak_pnl, peak_balance, on_ratio)
        rows.append((drawdown_on or balance_usd <= 0, max(passed_on, -balance_usd, 0.0)))
    return rows


def bybit_redistributed_usd(shortfall_usd: float, symbol_pnl_usd: list[float]) -> list[float]:
    """Bybit, designs 2.3 [D]: "in rule 2 the loss is redistributed across symbols by their PnL".

    Reading: among the symbols that lost, in proportion to their loss; winning symbols get none.
    With no losing symbol nothing can be shared.
    """
    losses = [max(0.0, -pnl) for pnl in symbol_pnl_usd]
    total = sum(losses)
    return [shortfall_usd * loss / total if total > 0 else 0.0 for loss in losses]


def kucoin_return(entry_price: float, mark_price: float, side: int, inverse: bool = False) -> float:
    """KuCoin, designs 2.7, as of 2026-11-20 [D]: "r only; inverse contracts use -1/P values".

    r = (MV - EV)/|EV| for one contract: values are side P, or side (-1/P) when inverse.
    """
    mark_value = side * (-1 / mark_price if inverse else mark_price)
    entry_value = side * (-1 / entry_price if inverse else entry_price)
    return (mark_value - entry_value) / abs(entry_value)


def deribit_lsp_capacity(
    equity_usd: float,
    notional_usd: float,
    group_percent: float,
    group_used_usd: float,
    leverage: float = 2.0,
) -> float:
    """Deribit, designs 2.8 [M]: "min(k e - N, pct_g/100 e - used_g), k = 2 default".

    Reading: a negative minimum is no capacity, so 0.
    """
    by_leverage = leverage * equity_usd - notional_usd
    by_group = group_percent / 100 * equity_usd - group_used_usd
    return max(0.0, min(by_leverage, by_group))


def coinbase_margins(initial_rate: float) -> tuple[float, float]:
    """Maintenance and close-out rate.

    Coinbase International, designs 2.9 [D]: "MM = 2/3 IM, CoM = max(1/3 IM, MM - 12%)".

    Reading: 12% of notional, as IM and MM are.
    """
    maintenance_rate = 2 / 3 * initial_rate
    return maintenance_rate, max(1 / 3 * initial_rate, maintenance_rate - 0.12)
