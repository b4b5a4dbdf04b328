"""The backstop vault: takes over what the book would not, and carries it as inventory.

The vault takes q contracts at price b, marked at p, as long as its notional stays within `leverage`
times its equity *after* the loss ℓ = s (b - p) per contract (s = +1 for a bankrupt long):

    N + q p <= L (E - q ℓ₊)    =>    q <= (L E - N) / (p + L ℓ₊)

and, where the ADL design caps the house's net inventory (Binance 2019), |net + s q p| <= that cap.

Vaults of several venues may share one capital: the condition then holds for all of them together,
and cash follows inventory.

A vault may *shed*: when the market has made its notional larger than S times its equity, the share
1 - S E / N of each position goes into ADL. On 10 October 2025 95 % of what Hyperliquid
deleveraged was the inventory of liquidator vaults, most of it of one that was solvent.
"""

import math

from abm.kernel import kernel
from abm.market.columns import Accounts, Markets, Venues
from abm.market.trades import trade, transfer
from abm.venue.margin import value_account
from abm.venue.rulebook import Rules


@kernel
def vault_room(
    equity_usd: float, notional_usd: float, leverage: float, mark_price: float, loss: float
) -> float:
    """Contracts the vault may still take; `loss` in USD per contract."""
    room = leverage * equity_usd - notional_usd
    return max(0.0, room / (mark_price + leverage * max(0.0, loss)))


@kernel
def shed_share(equity_usd: float, notional_usd: float, sheds_above: float) -> float:
    """Share of the vault's inventory that is beyond `sheds_above` times its equity, in [0, 1]."""
    if notional_usd <= 0.0 or math.isinf(sheds_above):
        return 0.0
    return max(0.0, 1.0 - sheds_above * max(0.0, equity_usd) / notional_usd)


@kernel
def pass_on(
    accounts: Accounts, markets: Markets, giver: int, receiver: int, book: tuple[int, int],
    contracts: float,
) -> None:  # fmt: skip
    """Move signed contracts between two accounts of the house at the mark."""
    v, k = book
    if contracts > 0.0:
        trade(accounts, receiver, giver, k, contracts, markets.mark_price[v, k])
    elif contracts < 0.0:
        trade(accounts, giver, receiver, k, -contracts, markets.mark_price[v, k])


@kernel
def pay_over(accounts: Accounts, payer: int, receiver: int, amount_usd: float) -> None:
    """Cash between two accounts of the house (back, if negative)."""
    transfer(accounts, payer, receiver, amount_usd)


@kernel
def vault_capital(
    accounts: Accounts, markets: Markets, venues: Venues, rules: Rules, v: int
) -> tuple[float, float]:
    """Equity and notional that count for venue `v`'s vault: its own, or all vaults' [USD]."""
    equity = notional = 0.0
    for u in range(venues.backstop_row.size):
        row = venues.backstop_row[u]
        if row >= 0 and (u == v or venues.vaults_pooled[0]):
            value_account(accounts, row, markets, rules)
            equity += accounts.equity_usd[row]
            notional += accounts.notional_usd[row]
    return equity, notional


@kernel
def level_vaults(accounts: Accounts, markets: Markets, venues: Venues, rules: Rules) -> None:
    """Share the capital of pooled vaults out again: in proportion to notional, else equally."""
    hub = -1
    equity = notional = 0.0
    count = 0
    for u in range(venues.backstop_row.size):
        row = venues.backstop_row[u]
        if row >= 0:
            value_account(accounts, row, markets, rules)
            equity += accounts.equity_usd[row]
            notional += accounts.notional_usd[row]
            count += 1
            hub = row
    for u in range(venues.backstop_row.size):
        row = venues.backstop_row[u]
        if row >= 0 and row != hub:
            share = accounts.notional_usd[row] / notional if notional > 0.0 else 1.0 / count
            transfer(accounts, hub, row, share * equity - accounts.equity_usd[row])
    for u in range(venues.backstop_row.size):
        if venues.backstop_row[u] >= 0:
            value_account(accounts, venues.backstop_row[u], markets, rules)


@kernel
def inventory_room_usd(limit_usd: float, net_usd: float, side: int) -> float:
    """Notional that a cap on the net inventory leaves for a position of one side [USD].

    A position against the inventory may be taken until the cap is reached on the other side.
    Source: Binance's rule of 2019, "maximum net notional".
    """
    return max(0.0, limit_usd - side * net_usd)


@kernel
def net_inventory_usd(accounts: Accounts, row: int, markets: Markets) -> float:
    """Signed notional of an account over all instruments [USD]."""
    net = 0.0
    v = accounts.venue[row]
    for k in range(accounts.qty_contracts.shape[1]):
        net += accounts.qty_contracts[row, k] * markets.mark_price[v, k]
    return net


@kernel
def hand_to_vault(
    accounts: Accounts, markets: Markets, venues: Venues, rules: Rules, order: tuple[int, ...],
    contracts: float, price: float,
) -> float:  # fmt: skip
    """Vault takes up to `contracts` from `order = (v, k, side, giver row)`; contracts taken.

    `side` is +1 when the giver is long.
    """
    v, k, side, giver = order
    vault = venues.backstop_row[v]
    if vault < 0 or accounts.closing[vault, 0] > 0.0 or contracts <= 0.0:
        return 0.0
    equity, notional = vault_capital(accounts, markets, venues, rules, v)
    mark = markets.mark_price[v, k]
    leverage = rules.backstop_leverage[v]
    room = vault_room(equity, notional, leverage, mark, side * (price - mark))
    net = net_inventory_usd(accounts, vault, markets)
    allowed = inventory_room_usd(venues.inventory_limit_usd[v], net, side)
    taken = min(contracts, room, allowed / mark)
    if taken <= 0.0:
        return 0.0
    if side > 0:
        trade(accounts, vault, giver, k, taken, price)
    else:
        trade(accounts, giver, vault, k, taken, price)
    value_account(accounts, vault, markets, rules)
    if venues.vaults_pooled[0]:
        level_vaults(accounts, markets, venues, rules)
    return float(taken)
