"""Designs that rank nobody: a circular scan, a charge per contract, a lottery, nothing at all."""

import math

from tests.oracles.queue_parts import Account, Bankruptcy, Outcome, opposite, walk

DYDX_MAX_ACCOUNTS = 500


def dydx_v4(
    accounts: list[Account],
    bankruptcy: Bankruptcy,
    start: int,
    max_accounts: int = DYDX_MAX_ACCOUNTS,
) -> Outcome:
    """Walk the opposite side in a circle from a pseudo-random start.

    dYdX v4, designs 3.5, dydxprotocol/v4-chain@84d4664b, as of 2026-11-20 [C]: "Counterparty =
    pseudo-random start index then circular walk over accounts holding the opposite side; takes
    min(remaining,|q_j|) from each; skips those for whom the state transition is invalid
    (bankruptcy prices do not overlap); at most 500."  Table: closes at "bankruptcy price (oracle
    if final settlement)".

    Reading: `start` counts positions among the eligible opposite accounts in account-id order,
    modulo their number; "at most 500" counts accounts visited, skipped ones included; nobody is
    asked to be in profit; the market is not in final settlement.
    """
    circle = opposite(accounts, bankruptcy)
    price = bankruptcy["bankruptcy_price"]
    queue = []
    for step in range(min(len(circle), max_accounts)):
        account = circle[(start + step) % len(circle)]
        if bankruptcy_prices_overlap(account, price):
            queue.append(account)
    return walk(queue, bankruptcy), price, "contracts"


def bankruptcy_prices_overlap(account: Account, close_price: float) -> bool:
    """Whether an account could close its whole position at the price and keep equity >= 0.

    designs 3.5: "bankruptcy prices do not overlap"; designs 0: q(M-B) = e, so B = M - e/q.

    Reading: a long sells at or above its own bankruptcy price, a short buys at or below it
    (touching counts), with all of the account's equity behind this position, whatever part of it
    is closed.  designs 8.5 calls the same check "not pushed below own maintenance"; the text of
    3.5 is followed.
    """
    own_bankruptcy_price = account["mark_price"] - account["equity_usd"] / account["qty_contracts"]
    if account["qty_contracts"] > 0:
        return close_price >= own_bankruptcy_price
    return close_price <= own_bankruptcy_price


def drift(
    accounts: list[Account], bankruptcy: Bankruptcy, charge_unit_usd: float | None = None
) -> Outcome:
    """Charge every open contract, long or short, winning or losing, the same cash.

    Drift v2, designs 3.8, drift-labs/protocol-v2@0ae3e3b1, as of 2026-11-20 [C]: "δ =
    ceil(|L|/(OI_L+|OI_S|)), F_long += δ, F_short -= δ, so every open contract pays, winners and
    losers, longs and shorts alike."

    Reading: the ceiling is to the smallest unit of the ledger, which the text does not size: none
    by default, else δ is rounded up to `charge_unit_usd`.  No charge is capped by equity.
    Accounts in liquidation and the venue's own are left out of both sum and charge: the bankrupt
    cannot pay itself.
    """
    payers = [account for account in accounts if account["eligible"] and account["qty_contracts"]]
    open_interest = 0.0
    for account in payers:
        open_interest += abs(account["qty_contracts"])
    if open_interest == 0 or bankruptcy["deficit_usd"] <= 0:
        return {}, None, "usd"
    charge = bankruptcy["deficit_usd"] / open_interest  # USD per contract
    if charge_unit_usd is not None:
        charge = math.ceil(charge / charge_unit_usd) * charge_unit_usd
    taken = {}
    for account in payers:
        taken[account["account_id"]] = charge * abs(account["qty_contracts"])
    return taken, None, "usd"


def random_lottery(
    accounts: list[Account], bankruptcy: Bankruptcy, permutation: list[int]
) -> Outcome:
    """Walk the opposite side in a drawn order.

    theory 2.2 A16, as of 2026-11-20: "Lottery/random permutation queue (ex-ante PR, ex-post queue)
    as control"; A1: "Contract-space variant: budget is contracts to offset Q on one market/side;
    dq = min(q, Q_rem); transfer price = bankruptcy (or mark) price of the loser".

    Reading: `permutation` lists account ids in the order drawn; ids that cannot offset are passed
    over. Everyone eligible on the opposite side is in the urn, in profit or not.  Close at the
    bankruptcy price.
    """
    by_id = {account["account_id"]: account for account in opposite(accounts, bankruptcy)}
    queue = [by_id[account_id] for account_id in permutation if account_id in by_id]
    return walk(queue, bankruptcy), bankruptcy["bankruptcy_price"], "contracts"


def no_adl(accounts: list[Account], bankruptcy: Bankruptcy) -> Outcome:
    """Theory 2.2 A17, as of 2026-11-20: "no-ADL (residual insolvency) as control": nobody pays."""
    return {}, None, "usd"
