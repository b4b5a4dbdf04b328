"""Centralised venues beyond the best-known five: what each publishes about who is closed, and how.

Accounts, bankruptcies and outcomes are those of queue_parts.  Sections as there ("designs").

Reading, for every ranked queue here: smaller account id first among equals (the venues are silent);
an account with equity <= 0 is a liquidation itself and is not ranked; where losers have a score
they are reached after the winners.
"""

from tests.oracles.cash_rules import wealth_pro_rata
from tests.oracles.pro_rata_lots import pro_rata_lots
from tests.oracles.queue_parts import (
    Account,
    Bankruptcy,
    Outcome,
    effective_leverage,
    market_price,
    opposite,
    ranked,
    return_on_entry,
    rounded,
    solvent,
    walk,
    whole_lots,
)
from tests.oracles.venue_queues import binance

FTX_FIRST_ACCOUNTS = 10


def binance_coin_m(accounts: list[Account], bankruptcy: Bankruptcy) -> Outcome:
    """Binance COIN-M, designs 2.2, as of 2026-11-20 [?]: the queue of USD-M.

    "COIN-M uses the same endpoint shape; a separate COIN-M formula text was not found."  Table:
    one row for "Binance USD-M / COIN-M".

    Reading: the formula of USD-M, on the USD values the account carries; the floor of max(1, W)
    stays 1 USD.  Taken in coin instead, W < 1 BTC would make the denominator 1 BTC for most
    accounts and the profit term (u)+ in BTC: the order can differ, and no text decides.
    """
    return binance(accounts, bankruptcy)


def htx_score(account: Account) -> float:
    """HTX and SunX, designs 2.5, as of 2026-11-20 [D]: "gaining r/ρ, losing r ρ".

    Reading: ρ = equity / maintenance margin of the margin scope (high = safe), as for OKX.
    """
    r = return_on_entry(account)
    margin_ratio = account["equity_usd"] / account["maintenance_margin_usd"]
    return rounded(r / margin_ratio if r >= 0 else r * margin_ratio)


def htx(accounts: list[Account], bankruptcy: Bankruptcy) -> Outcome:
    """HTX and SunX, designs 2.5, as of 2026-11-20 [D]: "greedy queue"; close price "not stated".

    "Isolated: gaining r/ρ_pos, losing r ρ_pos; cross: same with account margin ratio."

    Reading: the bankruptcy price, since the page says nothing and no text gives HTX a mark-price
    fill; equity and maintenance margin come for the scope of the account, isolated or cross.
    """
    queue = ranked(solvent(opposite(accounts, bankruptcy)), htx_score)
    return walk(queue, bankruptcy), bankruptcy["bankruptcy_price"], "contracts"


def bitget_score(account: Account) -> float:
    """Bitget, designs 2.6, copy of 2025-09-27 [D]: "r μ (profit), r/μ (loss)".

    "r = u/|EV|, μ = account maintenance-margin rate"; table: "high = risky".

    Reading: μ = maintenance margin / equity of the margin scope.
    """
    r = return_on_entry(account)
    rate = account["maintenance_margin_usd"] / account["equity_usd"]
    return rounded(r * rate if r >= 0 else r / rate)


def bitget(accounts: list[Account], bankruptcy: Bankruptcy) -> Outcome:
    """Bitget, designs 2.6, copy of 2025-09-27 [D].

    "Price: bankruptcy (an earlier copy said 'cost price'), no fee."  "An earlier copy used r x
    leverage with losers and accounts under liquidation set to zero": not this rule.
    """
    queue = ranked(solvent(opposite(accounts, bankruptcy)), bitget_score)
    return walk(queue, bankruptcy), bankruptcy["bankruptcy_price"], "contracts"


def kucoin_isolated_score(account: Account) -> float:
    """KuCoin isolated, designs 2.7, as of 2026-11-20 [D]: "PnLpct = (MV-EV)/IM, IM = value/L_open".

    "Priority = PnLpct x L_open, with L_open the value-weighted leverage at opening."

    Reading: value = |EV|, the value at opening, so the score is r L_open² (the survey's "about r
    L²" is then exact).  For losers nothing is said: the product as printed, so a higher leverage
    puts a loser further back, the opposite of BitMEX.
    """
    mark_value = account["qty_contracts"] * account["mark_price"]
    entry_value = account["qty_contracts"] * account["entry_price"]
    initial_margin = abs(entry_value) / account["opening_leverage"]
    return rounded((mark_value - entry_value) / initial_margin * account["opening_leverage"])


def kucoin_isolated(accounts: list[Account], bankruptcy: Bankruptcy) -> Outcome:
    """KuCoin isolated, designs 2.7 and table, as of 2026-11-20 [D]: queue, bankruptcy price."""
    queue = ranked(solvent(opposite(accounts, bankruptcy)), kucoin_isolated_score)
    return walk(queue, bankruptcy), bankruptcy["bankruptcy_price"], "contracts"


def return_score(account: Account) -> float:
    """KuCoin cross and Gate, designs 2.7: the return on entry alone."""
    return rounded(return_on_entry(account))


def kucoin_cross(accounts: list[Account], bankruptcy: Bankruptcy) -> Outcome:
    """KuCoin cross, designs 2.7, as of 2026-11-20 [D]: "r only"; table: "bankruptcy price".

    Reading: the linear contract; for inverse ones see kucoin_return.
    """
    queue = ranked(solvent(opposite(accounts, bankruptcy)), return_score)
    return walk(queue, bankruptcy), bankruptcy["bankruptcy_price"], "contracts"


def gate(accounts: list[Account], bankruptcy: Bankruptcy) -> Outcome:
    """Gate, older page, designs 2.7 [D, old]: "profit from opening price only".

    "Explicitly not leverage or size"; table: "bankruptcy price (example)".

    Reading: profit is the return on the average entry price, not the profit in USD, which would
    depend on size.
    """
    queue = ranked(solvent(opposite(accounts, bankruptcy)), return_score)
    return walk(queue, bankruptcy), bankruptcy["bankruptcy_price"], "contracts"


def whitebit(accounts: list[Account], bankruptcy: Bankruptcy) -> Outcome:
    """WhiteBIT, designs 2.7, as of 2026-11-20 [D]/[?]: post-only orders owned by the chosen.

    "Stage 2 places post-only limit orders at the bankruptcy price, owned by the selected
    counterparties, visible in the book."  "Score formula not readable."  The venue's page
    (docs.whitebit.com/concepts/auto-deleveraging): "closes profitable counterparty positions".

    Reading: BitMEX's r λ among positions with r > 0, nobody else; no third party trades first, so
    every order placed is filled.
    """
    winners = [a for a in solvent(opposite(accounts, bankruptcy)) if return_on_entry(a) > 0]
    queue = ranked(winners, lambda a: rounded(return_on_entry(a) * effective_leverage(a)))
    return walk(queue, bankruptcy), bankruptcy["bankruptcy_price"], "contracts"


def deribit_legacy(accounts: list[Account], bankruptcy: Bankruptcy) -> Outcome:
    """Deribit before 2026, designs 2.8 [D]: "remaining bankruptcies are socialised".

    "Over that day's winners."  Table: "all session winners", "pro-rata socialised loss per
    session", "n/a (cash charge)".

    Reading: the open profit of the position stands in for the profit of the session; a charge
    never exceeds it; winners of both sides, equity > 0.
    """
    return wealth_pro_rata(accounts, bankruptcy)


def in_drawn_order(
    accounts: list[Account], bankruptcy: Bankruptcy, permutation: list[int]
) -> list[Account]:
    """The opposite side in the order of `permutation` (account ids; others are passed over)."""
    by_id = {account["account_id"]: account for account in opposite(accounts, bankruptcy)}
    return [by_id[account_id] for account_id in permutation if account_id in by_id]


def deribit_2026(
    accounts: list[Account], bankruptcy: Bankruptcy, permutation: list[int], spread_rate: float
) -> Outcome:
    """Deribit linear perpetuals since 2026, designs 2.8 [M]/[?]: own sub-accounts, then others.

    "ADL price: reference price moved by a small spread against the liquidated account"; "the
    liquidated user's own sub-accounts are netted first at average price"; "who is picked is not
    published".  Accounts and the bankruptcy carry the key trader_id.

    Reading: own sub-accounts by account id, then `permutation`; everybody eligible on the other
    side is in the urn, in profit or not.  The spread is a share of the mark.  The price returned
    is that of the other traders; own sub-accounts net at an average price among themselves, which
    moves no money between traders.  The share of the commission is left out.
    """
    queue, own = [], set()
    for account in opposite(accounts, bankruptcy):
        if account["trader_id"] == bankruptcy["trader_id"]:
            queue.append(account)
            own.add(account["account_id"])
    for account in in_drawn_order(accounts, bankruptcy, permutation):
        if account["account_id"] not in own:
            queue.append(account)
    mark = market_price(accounts, "mark_price")
    price = None if mark is None else mark * (1 - bankruptcy["side"] * spread_rate)
    return walk(queue, bankruptcy), price, "contracts"


def kraken(accounts: list[Account], bankruptcy: Bankruptcy, permutation: list[int]) -> Outcome:
    """Kraken Futures, designs 2.9, as of 2026-11-20 [D]/[?]: "then unwind".

    "Unwind ranking not readable."  Table: "bankruptcy (0-equity) price".

    Reading: any order is possible, so the order is an argument; everybody eligible on the other
    side is in the urn.
    """
    queue = in_drawn_order(accounts, bankruptcy, permutation)
    return walk(queue, bankruptcy), bankruptcy["bankruptcy_price"], "contracts"


def coinbase(accounts: list[Account], bankruptcy: Bankruptcy, permutation: list[int]) -> Outcome:
    """Coinbase International, designs 2.9, as of 2026-11-20 [D]/[?]: "insurance fund, ADL".

    Table: "opposing traders [?]", price "[?]".

    Reading: any order; the bankruptcy price, at which no loss is left to claw back.
    """
    queue = in_drawn_order(accounts, bankruptcy, permutation)
    return walk(queue, bankruptcy), bankruptcy["bankruptcy_price"], "contracts"


def ftx(accounts: list[Account], bankruptcy: Bankruptcy) -> Outcome:
    """FTX, designs 2.9 [D]: "overflow to the top-10 opposing positions pro-rata to size".

    "Liquidated side at zero price ZP, other side at 2/3 ZP + 1/3 MP."  The venue's page
    (help.ftx.com/hc/en-us/articles/360027937831): "starting with the top 10 opposing positions,
    more if their total is insufficient, in proportion to their position sizes".

    Reading: one more position at a time until the whole lots suffice; ZP is the bankruptcy price;
    winning is not asked for.  The price returned is the other side's.  "The remaining third of the
    equity feeds the backstop fund": for a bankrupt account the equity is negative, so the fund
    pays a third of the deficit.
    """
    lot = bankruptcy["lot"]
    largest = ranked(solvent(opposite(accounts, bankruptcy)), lambda a: abs(a["qty_contracts"]))
    needed = whole_lots(bankruptcy["contracts"], lot)
    count = min(FTX_FIRST_ACCOUNTS, len(largest))
    while count < len(largest) and _lots(largest[:count], lot) < needed:
        count += 1
    mark = market_price(accounts, "mark_price")
    price = None if mark is None else 2 / 3 * bankruptcy["bankruptcy_price"] + 1 / 3 * mark
    return pro_rata_lots(largest[:count], bankruptcy), price, "contracts"


def _lots(accounts: list[Account], lot: float) -> int:
    return sum(whole_lots(account["qty_contracts"], lot) for account in accounts)
