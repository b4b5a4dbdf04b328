"""Designs no venue runs: queues that see other venues, claims on past profit, seniority, prices.

designs 7, as of 2026-11-20, names the wishes they answer: "lost hedge leg"; "users want rank, size
ahead of them, and a price or deficit distance".  designs 9.11: "'Price-to-ADL' and cross-venue
ADL: no production example found; both are open design space".  The definitions are those of the
docstrings.  Accounts, bankruptcies and outcomes are those of queue_parts.
"""

import math

from tests.oracles.cash_rules import endowments
from tests.oracles.queue_parts import (
    Account,
    Bankruptcy,
    Outcome,
    effective_leverage,
    opposite,
    ranked,
    return_on_entry,
    rounded,
    solvent,
    walk,
)
from tests.oracles.venue_queues import bitmex_score

SENIORITY_CAP = 0.25
JUNIOR_RETURN = 1.0


def hedge_aware_score(account: Account) -> float:
    """BitMEX's r λ of winners times (1 - hedged_share); losers r/λ as BitMEX.

    hedged_share in [0, 1] is the share of this position offset by the trader's positions elsewhere.

    Reading: a fully hedged winner scores 0, still ahead of every loser.
    """
    r = return_on_entry(account)
    if r > 0:
        return rounded(r * effective_leverage(account) * (1 - account["hedged_share"]))
    return rounded(r / effective_leverage(account))


def hedge_aware(accounts: list[Account], bankruptcy: Bankruptcy) -> Outcome:
    """Queue by hedge_aware_score, closed at the bankruptcy price.

    Reading: as for BitMEX: equity <= 0 is not ranked, smaller account id first among equals.
    """
    queue = ranked(solvent(opposite(accounts, bankruptcy)), hedge_aware_score)
    return walk(queue, bankruptcy), bankruptcy["bankruptcy_price"], "contracts"


def cross_venue_score(account: Account) -> float:
    """Profit over wallet times net leverage, all of the trader: (max(u,0) / max(1,W)) (N/e).

    u is the unrealised profit and e the equity over all venues, W = e - u, and N = sum over
    instruments of |net contracts| x mark.  "For u < 0 the profit term (0) divided by the leverage,
    i.e. 0."  "A book without traders takes each account for one trader, so u, e, N are the
    account's."
    """
    equity, pnl = account["equity_usd"], account["account_pnl_usd"]
    if pnl < 0:
        return 0.0
    profit_share = max(pnl, 0.0) / max(1.0, equity - pnl)
    return rounded(profit_share * (account["account_notional_usd"] / equity))


def cross_venue_queue(accounts: list[Account], bankruptcy: Bankruptcy) -> Outcome:
    """BitMEX's queue by cross_venue_score, closed at the bankruptcy price.

    "Larger score first, ties by account id; the score is rounded to float32."  "An account with
    e <= 0 is no counterparty."  "Each closes fully before the next."

    Reading: N of an account is all its notional, one instrument here; accounts that score 0 stay in
    the queue, behind every positive score and among themselves by account id.
    """
    queue = ranked(solvent(opposite(accounts, bankruptcy)), cross_venue_score)
    return walk(queue, bankruptcy), bankruptcy["bankruptcy_price"], "contracts"


def liability_snapshot(accounts: list[Account], bankruptcy: Bankruptcy) -> Outcome:
    """Cash pro-rata to min(snapshot_profit_usd, max(0, equity_usd)) of every account, flat or not.

    Reading: a loss at the snapshot (negative profit) is capacity 0; both sides; eligible accounts.
    """
    capacity = {}
    for account in accounts:
        able = min(account["snapshot_profit_usd"], max(0.0, account["equity_usd"]))
        if account["eligible"] and able > 0:
            capacity[account["account_id"]] = able
    return _pro_rata(capacity, bankruptcy["deficit_usd"]), None, "usd"


def capped_seniority(accounts: list[Account], bankruptcy: Bankruptcy) -> Outcome:
    """Cash from winners, at most min(0.25 profit, equity): excess profit first, then the rest.

    The junior tier is the part of that capacity that comes from profit above 100 % return on
    entry, the senior tier is the other part.  The junior tier pays pro-rata until exhausted.

    Reading: where equity is the smaller of the two, both tiers shrink in proportion, so the junior
    share of the capacity is always the junior share of the profit.  Return on entry = pnl_usd over
    |q| E.  Winners as in cash_rules: pnl_usd > 0, equity > 0, eligible, both sides.
    """
    profits = endowments(accounts)
    junior, senior = {}, {}
    for account in accounts:
        i = account["account_id"]
        if i not in profits:
            continue
        capacity = min(SENIORITY_CAP * profits[i], account["equity_usd"])
        entry_value = abs(account["qty_contracts"]) * account["entry_price"]
        excess = max(0.0, profits[i] - JUNIOR_RETURN * entry_value)
        junior[i] = capacity * excess / profits[i]
        senior[i] = capacity - junior[i]
    budget = bankruptcy["deficit_usd"]
    first = _pro_rata(junior, budget)
    second = _pro_rata(senior, budget - sum(junior.values()))
    taken = {}
    for i in junior:
        paid = first.get(i, 0.0) + second.get(i, 0.0)
        if paid > 0:
            taken[i] = paid
    return taken, None, "usd"


def _pro_rata(capacity: dict[int, float], budget: float) -> dict[int, float]:
    total = sum(capacity.values())
    if total <= 0 or budget <= 0:
        return {}
    share = min(1.0, budget / total)
    return {i: share * capacity[i] for i in capacity if capacity[i] > 0}


def price_to_adl(accounts: list[Account], side: int, fund_usd: float) -> dict[int, float]:
    """Nearest price at which each position of `side` would be deleveraged, by account id.

    Positions of `side` are in BitMEX order and A_i contracts are strictly ahead of i.  Each
    opposite account j goes bankrupt at B_j = M - e_j/q_j (one market, cross).  At a price P beyond
    the mark against them, Q(P) = sum |q_j| and L(P) = sum |q_j| |P - B_j| over those whose B_j is
    passed (equity < 0 at P).  The price to ADL of i is the nearest P with Q(P) > A_i and L(P) >
    fund_usd; nan if there is none above 0.

    Q steps up just beyond each B_j and L grows from there, so the nearest price is the further of
    two: the B_j beyond which Q > A_i, and the price at which L has reached the fund.

    Reading: since both comparisons are strict, the limit is returned, at which they do not yet
    hold.  Solvent, eligible accounts on both sides; others of `side` are not named.  Sums of
    contracts count as equal to 1e-9, since binary fractions of 0.1 do not add up exactly.
    """
    queue = ranked(solvent(_of_side(accounts, side)), bitmex_score)
    bankrupt_at = []
    for other in solvent(_of_side(accounts, -side)):
        price = other["mark_price"] - other["equity_usd"] / other["qty_contracts"]
        bankrupt_at.append((side * price, abs(other["qty_contracts"])))
    bankrupt_at.sort()
    fund_gone = _fund_exhausted(bankrupt_at, fund_usd)
    prices = {}
    ahead = 0.0
    for account in queue:
        reached, sum_contracts = math.nan, 0.0
        for price, contracts in bankrupt_at:
            sum_contracts += contracts
            if round(sum_contracts - ahead, 9) > 0:
                reached = price
                break
        nearest = math.nan if math.isnan(reached) else side * max(reached, fund_gone)
        prices[account["account_id"]] = nearest if nearest > 0 else math.nan
        ahead += abs(account["qty_contracts"])
    return prices


def _of_side(accounts: list[Account], side: int) -> list[Account]:
    return opposite(accounts, {"side": -side})


def _fund_exhausted(bankrupt_at: list[tuple[float, float]], fund_usd: float) -> float:
    """Side times the price at which L = fund; -inf when even L = 0 is above it (a negative fund).

    Side times price grows as the market moves against the accounts, so one formula serves both.
    """
    if fund_usd < 0:
        return -math.inf
    loss, contracts = 0.0, 0.0
    for k, (price, size) in enumerate(bankrupt_at):
        contracts += size
        following = bankrupt_at[k + 1][0] if k + 1 < len(bankrupt_at) else math.inf
        exhausted = price + (fund_usd - loss) / contracts
        if exhausted < following:
            return exhausted
        loss += contracts * (following - price)
    return math.inf
