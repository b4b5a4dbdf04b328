"""The only functions that change a position or cash.

Every one moves value between two accounts or between an account and a named pot, so that open
interest nets to zero and cash is conserved by construction:

    fill       a trade of one account at a price; the counterparty gets the opposite one
    transfer   cash from one account to another
    post_margin, charge, put_in   cash into or out of the margin behind a position
"""

from abm.kernel import kernel
from abm.market.accounting import average_cost
from abm.market.columns import Accounts


@kernel
def fill(accounts: Accounts, row: int, k: int, traded: float, price: float) -> None:
    """Trade `traded` signed contracts of instrument `k` at `price` on an account's books.

    Realised PnL goes to the margin the position belongs to; closing an isolated position releases
    its margin, in proportion, to the cross margin.
    """
    before = accounts.qty_contracts[row, k]
    after, entry, realised = average_cost(before, accounts.entry_price[row, k], traded, price)
    accounts.qty_contracts[row, k] = after
    accounts.entry_price[row, k] = entry
    if accounts.is_isolated[row, k]:
        margin = accounts.margin_usd[row, k] + realised
        kept = 0.0
        if before != 0.0 and after * before > 0.0:
            kept = min(1.0, after / before)
        if before * traded >= 0.0:
            kept = 1.0
        accounts.margin_usd[row, k] = margin * kept
        accounts.cash_usd[row] += margin - margin * kept
    else:
        accounts.cash_usd[row] += realised


@kernel
def trade(
    accounts: Accounts, buyer: int, seller: int, k: int, contracts: float, price: float
) -> None:
    """`seller` gives `contracts` (>= 0) of `k` to `buyer` at `price`."""
    fill(accounts, buyer, k, contracts, price)
    fill(accounts, seller, k, -contracts, price)


@kernel
def transfer(accounts: Accounts, payer: int, receiver: int, amount_usd: float) -> None:
    """Cash from the cross margin of one account to that of another."""
    accounts.cash_usd[payer] -= amount_usd
    accounts.cash_usd[receiver] += amount_usd


@kernel
def post_margin(accounts: Accounts, row: int, k: int, amount_usd: float) -> None:
    """Move cash from the cross margin to an isolated position (back, if negative)."""
    accounts.cash_usd[row] -= amount_usd
    accounts.margin_usd[row, k] += amount_usd


@kernel
def charge(accounts: Accounts, row: int, k: int, amount_usd: float) -> None:
    """Take a cost of position (row, k) from the margin it belongs to (pay, if negative)."""
    if accounts.is_isolated[row, k]:
        accounts.margin_usd[row, k] -= amount_usd
    else:
        accounts.cash_usd[row] -= amount_usd


@kernel
def put_in(accounts: Accounts, row: int, amount_usd: float) -> None:
    """Cash from outside the accounts into a cross margin: a fund's payment, collateral sold."""
    accounts.cash_usd[row] += amount_usd
