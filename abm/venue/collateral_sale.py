"""A venue sells collateral on its own market: of accounts in forced close, and of the bankrupt.

    in forced close   an account whose cash is below zero sells the share of its collateral that
                      restores it, at the price before the sale: what the sale's own impact takes is
                      left for the next tick
    bankrupt          the estate takes the units at the value that the venue counted, and sells all
                      of them: what the market pays less than that, the estate has lost

All sales of a venue and asset in a tick clear at one mean price, so row order does not matter.
Assets without a market of their own are sold at the venue's value and move nothing
(`abm.venue.waterfall`).
"""

from abm.kernel import kernel
from abm.market.ledger import EXTERNAL_USD
from abm.market.tape import COLLATERAL_SALE, log
from abm.market.trades import put_in, transfer
from abm.venue.collateral_market import mean_fill, own_price, share_to_restore
from abm.venue.state import State


@kernel
def hand_over_collateral(state: State, row: int, estate: int) -> None:
    """The estate takes a bankrupt account's marketed collateral at the venue's value."""
    accounts, assets = state.accounts, state.asset_markets
    v = accounts.venue[row]
    for c in range(assets.has_market.size):
        units = accounts.collateral[row, c]
        if assets.has_market[c] and units != 0.0:
            transfer(accounts, estate, row, units * state.markets.collateral_value[v, c])
            accounts.collateral[estate, c] += units
            accounts.collateral[row, c] = 0.0


@kernel
def marketed_usd(state: State, row: int) -> float:
    """An account's marketed collateral at its venue's own prices [USD]."""
    accounts, assets = state.accounts, state.asset_markets
    v = accounts.venue[row]
    total = 0.0
    for c in range(assets.has_market.size):
        if assets.has_market[c]:
            price = own_price(state.markets.asset_price[c], assets.discount[v, c])
            total += accounts.collateral[row, c] * price
    return total


@kernel
def gather_sales(state: State, v: int) -> bool:
    """Which share each account sells, and the units of each asset; True if anything is sold."""
    accounts, assets, venues = state.accounts, state.asset_markets, state.venues
    assets.units_to_sell[:] = 0.0
    sells = False
    for row in range(venues.account_start[v], venues.account_start[v + 1]):
        share = 0.0
        if row == venues.estate_row[v]:
            share = 1.0
        elif accounts.in_closing[row] and accounts.closing[row, 0] > 0.0:
            share = share_to_restore(accounts.cash_usd[row], marketed_usd(state, row))
        assets.share_to_sell[row] = share
        for c in range(assets.has_market.size):
            if share > 0.0 and assets.has_market[c]:
                assets.units_to_sell[c] += share * accounts.collateral[row, c]
                sells = sells or accounts.collateral[row, c] != 0.0
    return sells


@kernel
def sell_collateral(state: State, v: int) -> None:
    """Sell what a venue's waterfall has to: proceeds are cash from outside, the discount deepens.

    Does nothing where no asset has a market.
    """
    accounts, assets, venues = state.accounts, state.asset_markets, state.venues
    if not gather_sales(state, v):
        return
    for c in range(assets.has_market.size):
        units = assets.units_to_sell[c]
        if units <= 0.0:
            continue
        price = own_price(state.markets.asset_price[c], assets.discount[v, c])
        flow = units * price / assets.depth_usd[v, c]
        paid = mean_fill(price, assets.impact[c], flow)
        assets.discount[v, c] -= assets.impact[c] * flow
        assets.sold_usd[0] += units * paid
        for row in range(venues.account_start[v], venues.account_start[v + 1]):
            sold = assets.share_to_sell[row] * accounts.collateral[row, c]
            if sold > 0.0:
                accounts.collateral[row, c] -= sold
                put_in(accounts, row, sold * paid)
                state.ledger.totals[EXTERNAL_USD] += sold * paid
                identity = accounts.account_id[row]
                log(state.tape, COLLATERAL_SALE, (v, c), identity, -sold, paid, sold * paid)
