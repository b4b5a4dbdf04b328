"""What every queue needs: the opposite side, solvency, the order, the walk.

designs 0: "For both sides MV-BV = q(M-B) = equity of the (isolated) position, positive iff
solvent. So effective leverage = |MV|/(MV-BV) is simply N/e", and "r = (MV-EV)/|EV| = return on
entry notional (positive = winning, either side)".

An account is a dict with the keys account_id, qty_contracts (signed), entry_price, mark_price,
previous_mark_price, wallet_usd, equity_usd, maintenance_margin_usd, pnl_usd, account_pnl_usd,
notional_usd, account_notional_usd, opening_leverage, eligible.  A bankruptcy is a dict with the
keys side (+1 the bankrupt is long), contracts, bankruptcy_price, deficit_usd, lot.

An outcome is (taken, close price, numeraire); `taken` names only the accounts that pay something.
"""

import math
from collections.abc import Callable

import numpy

Account = dict
Bankruptcy = dict
Outcome = tuple[dict[int, float], float | None, str]


def rounded(score: float) -> float:
    """A score as it is compared: in single precision, so that near-equal scores tie."""
    return float(numpy.float32(score))


def return_on_entry(account: Account) -> float:
    """Return on entry, r = (MV - EV)/|EV| with signed values (designs 0)."""
    mark_value = account["qty_contracts"] * account["mark_price"]
    entry_value = account["qty_contracts"] * account["entry_price"]
    return (mark_value - entry_value) / abs(entry_value)


def effective_leverage(account: Account) -> float:
    """λ = N/e (designs 0).

    Reading: N is the notional of the position that is ranked and e the equity of its margin scope,
    since designs 0 defines N = |q|M and e as "account or isolated bucket".
    """
    return account["notional_usd"] / account["equity_usd"]


def opposite(accounts: list[Account], bankruptcy: Bankruptcy) -> list[Account]:
    """Eligible accounts whose position can offset the bankrupt one, smaller account id first."""
    found = []
    for account in accounts:
        offsets = account["qty_contracts"] * bankruptcy["side"] < 0
        if offsets and account["eligible"]:
            found.append(account)
    return sorted(found, key=lambda account: account["account_id"])


def solvent(accounts: list[Account]) -> list[Account]:
    """Accounts with positive equity: for the others N/e and e/MM have no meaning as a rank."""
    return [account for account in accounts if account["equity_usd"] > 0]


def ranked(accounts: list[Account], score: Callable[[Account], float]) -> list[Account]:
    """Highest score first; smaller account id first among equals."""
    return sorted(accounts, key=lambda account: (-score(account), account["account_id"]))


def whole_lots(qty: float, lot: float) -> int:
    """How many whole lots a quantity holds; the tolerance forgives binary fractions of 0.1."""
    return math.floor(abs(qty) / lot + 1e-9)


def walk(queue: list[Account], bankruptcy: Bankruptcy) -> dict[int, float]:
    """Greedy queue: each gives min(position, what is left), so only the last is partial.

    Reading: venues trade whole lots, so the walk counts lots, and less than a lot is neither taken
    from an account nor filled of the budget.
    """
    taken: dict[int, float] = {}
    remaining = whole_lots(bankruptcy["contracts"], bankruptcy["lot"])
    for account in queue:
        closed = min(whole_lots(account["qty_contracts"], bankruptcy["lot"]), remaining)
        if closed > 0:
            taken[account["account_id"]] = closed * bankruptcy["lot"]
        remaining -= closed
    return taken


def market_price(accounts: list[Account], key: str) -> float | None:
    """A price of the market, which every account in it carries alike; None in an empty market."""
    return accounts[0][key] if accounts else None
