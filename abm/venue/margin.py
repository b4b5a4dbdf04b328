"""Equity, maintenance margin, and the two prices at which a position dies.

    equity        e = cash + collateral after haircut + Σ unrealised PnL    (cross)
                  e = margin set aside + unrealised PnL                     (isolated)
    maintenance   m(n) = f (rate_l n - deduction_l) on the tier l that holds the notional n; f = 1
                  unless the ADL design has raised margins
    liquidated    when e < m
    bankrupt      when e < 0

For one position of q contracts entered at p0 with margin c and side b = sign(q):

    bankruptcy price   p0 - b c / |q|                 (equity 0; floored at 0)
    liquidation price  (p0 - b c / |q|) / (1 - b μ)    (equity = μ notional)
"""

from abm.kernel import kernel
from abm.market.accounting import unrealised_pnl
from abm.market.columns import Accounts, Markets, Venues
from abm.units import Floats
from abm.venue.rulebook import Rules


@kernel
def maintenance_margin(rules: Rules, v: int, notional_usd: float) -> float:
    """Tiered maintenance requirement of one position [USD]."""
    level = 0
    while (
        level + 1 < rules.tier_above_usd.shape[1]
        and notional_usd > rules.tier_above_usd[v, level + 1]
    ):
        level += 1
    required = rules.tier_rate[v, level] * notional_usd - rules.tier_deduction_usd[v, level]
    return float(rules.margin_factor[v] * required)


@kernel
def bankruptcy_price(entry_price: float, qty_contracts: float, margin_usd: float) -> float:
    """Price at which a position's equity is zero, floored at zero."""
    if qty_contracts == 0.0:
        return float("nan")
    return max(0.0, entry_price - margin_usd / qty_contracts)


@kernel
def liquidation_price(
    entry_price: float, qty_contracts: float, margin_usd: float, maintenance_rate: float
) -> float:
    """Price at which a position's equity equals `maintenance_rate` of its notional."""
    if qty_contracts == 0.0:
        return float("nan")
    side = 1.0 if qty_contracts > 0.0 else -1.0
    return max(0.0, (entry_price - margin_usd / qty_contracts) / (1.0 - side * maintenance_rate))


@kernel
def close_price_of_deficit(
    mark_price: float, qty_contracts: float, equity_usd: float, share: float
) -> float:
    """Price at which closing a position hands on `share` of the account's equity.

    Spreading an account's (negative) equity over its positions in proportion to their maintenance
    requirement, as dYdX v4 does, gives each a close price; closing all of them at these prices
    leaves the account with exactly zero. Source: dYdX v4 `deleveraging.go`, as of 2025-10.
    """
    return mark_price - equity_usd * share / qty_contracts


@kernel
def collateral_usd(accounts: Accounts, row: int, markets: Markets) -> float:
    """Collateral other than cash, as its venue counts it: Σ_c units * value [USD]."""
    total = 0.0
    v = accounts.venue[row]
    for c in range(markets.asset_price.size):
        total += accounts.collateral[row, c] * markets.collateral_value[v, c]
    return total


@kernel
def value_account(accounts: Accounts, row: int, markets: Markets, rules: Rules) -> None:
    """Write the cross equity, maintenance and notional of one account at the current mark."""
    v = accounts.venue[row]
    equity = accounts.cash_usd[row] + collateral_usd(accounts, row, markets)
    maintenance = 0.0
    notional = 0.0
    for k in range(accounts.qty_contracts.shape[1]):
        qty = accounts.qty_contracts[row, k]
        if qty != 0.0 and not accounts.is_isolated[row, k]:
            mark = markets.mark_price[v, k]
            size = abs(qty) * mark
            equity += unrealised_pnl(qty, accounts.entry_price[row, k], mark)
            maintenance += maintenance_margin(rules, v, size)
            notional += size
    accounts.equity_usd[row] = equity
    accounts.maintenance_usd[row] = maintenance
    accounts.notional_usd[row] = notional


@kernel
def value_accounts(accounts: Accounts, markets: Markets, rules: Rules) -> None:
    """Value every account at the current mark."""
    for row in range(accounts.cash_usd.size):
        value_account(accounts, row, markets, rules)


@kernel
def value_changed(accounts: Accounts, markets: Markets, venues: Venues, rules: Rules) -> None:
    """Value again the accounts that a waterfall may have changed: in forced close, makers, house.

    The marks have not moved since the last valuation, so all others keep theirs.
    """
    for row in range(accounts.cash_usd.size):
        if accounts.in_closing[row]:
            value_account(accounts, row, markets, rules)
    for m in range(venues.maker_rows.size):
        value_account(accounts, venues.maker_rows[m], markets, rules)
    for v in range(venues.estate_row.size):
        value_account(accounts, venues.estate_row[v], markets, rules)
        if venues.backstop_row[v] >= 0:
            value_account(accounts, venues.backstop_row[v], markets, rules)


@kernel
def isolated_equity(accounts: Accounts, row: int, k: int, mark: float) -> float:
    """Margin set aside plus unrealised PnL of an isolated position [USD]."""
    qty = accounts.qty_contracts[row, k]
    return float(
        accounts.margin_usd[row, k] + unrealised_pnl(qty, accounts.entry_price[row, k], mark)
    )


@kernel
def bucket_equity(accounts: Accounts, row: int, bucket: int, mark_price: Floats) -> float:
    """Equity of a margin bucket at the current mark: 0 = cross (as last valued), 1 + k isolated."""
    if bucket == 0:
        return float(accounts.equity_usd[row])
    v = accounts.venue[row]
    return isolated_equity(accounts, row, bucket - 1, mark_price[v, bucket - 1])


@kernel
def bucket_maintenance(
    accounts: Accounts, row: int, bucket: int, mark_price: Floats, rules: Rules
) -> float:
    """Maintenance requirement of a margin bucket at the current mark [USD]."""
    if bucket == 0:
        return float(accounts.maintenance_usd[row])
    v = accounts.venue[row]
    k = bucket - 1
    size = abs(accounts.qty_contracts[row, k]) * mark_price[v, k]
    return maintenance_margin(rules, v, size)


@kernel
def bucket_notional(accounts: Accounts, row: int, bucket: int, mark_price: Floats) -> float:
    """Notional of a margin bucket at the current mark [USD]."""
    if bucket == 0:
        return float(accounts.notional_usd[row])
    v = accounts.venue[row]
    return float(abs(accounts.qty_contracts[row, bucket - 1]) * mark_price[v, bucket - 1])


@kernel
def in_bucket(accounts: Accounts, row: int, k: int, bucket: int) -> bool:
    """Is position (row, k) open and margined by `bucket`?"""
    if accounts.qty_contracts[row, k] == 0.0:
        return False
    if accounts.is_isolated[row, k]:
        return bucket == 1 + k
    return bucket == 0
