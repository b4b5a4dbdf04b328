"""The ranked queues: score the opposite side, walk it from the top, close at the venue's price.

designs 8.2: "Almost all published scores are score = phi(r) * kappa^sgn with a choice of profit
term and risk term".  All five budgets are contracts.  Every function here takes the bankruptcy
price as given.

Reading: smaller account id first among equals; designs 8 finds every one of these venues silent.
"""

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
)


def bitmex_score(account: Account) -> float:
    """BitMEX, designs 2.1, as of 2026-11-20 [D]: "r λ if r > 0, r/λ if r < 0".

    "λ = |MV|/(MV-BV), r = (MV-EV)/|EV|."

    Reading: r = 0 scores 0, the common limit of both branches.
    """
    r = return_on_entry(account)
    if r > 0:
        return rounded(r * effective_leverage(account))
    return rounded(r / effective_leverage(account))


def bitmex(accounts: list[Account], bankruptcy: Bankruptcy) -> Outcome:
    """BitMEX, designs 2.1, as of 2026-11-20 [D].

    "Losers always rank below winners. ADL can therefore reach losers if winners run out. Longs and
    shorts ranked separately, high to low. Close price = bankruptcy price of the initial liquidated
    order." Table: "greedy queue, last one partial".

    Reading: an account with equity <= 0 has no effective leverage and is not ranked: it is a
    liquidation itself.
    """
    queue = ranked(solvent(opposite(accounts, bankruptcy)), bitmex_score)
    return walk(queue, bankruptcy), bankruptcy["bankruptcy_price"], "contracts"


def binance_score(account: Account) -> float:
    """Binance USD-M, designs 2.2, as of 2026-11-20 [M]: LevPnL = PnLpct * MarginRatio.

    "PnLpct = max(0,u)/max(1,W), MarginRatio = 0 if W+u <= 0, MM/(W+u) else."  "Account-level
    quantities, zero for anyone not in profit, and zero for an account whose equity is already
    non-positive."
    """
    wallet, pnl = account["wallet_usd"], account["account_pnl_usd"]
    if wallet + pnl <= 0:
        return 0.0
    profit_share = max(0.0, pnl) / max(1.0, wallet)
    margin_ratio = account["maintenance_margin_usd"] / (wallet + pnl)
    return rounded(profit_share * margin_ratio)


def binance(accounts: list[Account], bankruptcy: Bankruptcy) -> Outcome:
    """Binance USD-M, designs 2.2, as of 2026-11-20 [M].

    "Close at bankruptcy price of the liquidated order, no trading fee."  "Quantile =
    rank(LevPnL)/#users."

    Reading: accounts that score zero stay in the queue, behind every positive score and among
    themselves by account id, because the quantile ranks all users and designs 8.2 writes "0" here
    but "excluded" for Hyperliquid.  So non-winners, and eligible accounts without equity, can be
    reached.  Since the score is of the account, a losing position of an account in profit ranks
    among the winners.
    """
    queue = ranked(opposite(accounts, bankruptcy), binance_score)
    return walk(queue, bankruptcy), bankruptcy["bankruptcy_price"], "contracts"


def bybit_score(account: Account) -> float:
    """Bybit, designs 2.3, as of 2026-11-20 [D]/[?]: "highest profit and effective leverage".

    Table: "'leveraged return' (profit and effective leverage); exact form [?]".

    Reading: the return on entry times effective leverage; losers, of whom nothing is said, are
    divided as in the family of designs 8.2.  That is BitMEX's score.
    """
    r = return_on_entry(account)
    if r > 0:
        return rounded(r * effective_leverage(account))
    return rounded(r / effective_leverage(account))


def bybit(accounts: list[Account], bankruptcy: Bankruptcy) -> Outcome:
    """Bybit, designs 2.3, as of 2026-11-20 [D].

    "The bankruptcy price is recomputed at the -30% line, so only the loss beyond it is passed to
    winners." Table: "greedy queue", "bankruptcy price".

    Reading: the price handed in is the recomputed one; the queue reaches losers after winners.
    Equity <= 0: not ranked.
    """
    queue = ranked(solvent(opposite(accounts, bankruptcy)), bybit_score)
    return walk(queue, bankruptcy), bankruptcy["bankruptcy_price"], "contracts"


def bybit_pnl_ratio(pnl_usd: float, peak_pnl_usd: float, peak_pool_usd: float) -> float:
    """Bybit, designs 2.3, as of 2026-11-20 [D]: pnlRatio = (PnL - max_8h PnL)/max_8h Balance."""
    return (pnl_usd - peak_pnl_usd) / peak_pool_usd


def bybit_passed_on_usd(
    pnl_usd: float, peak_pnl_usd: float, peak_pool_usd: float, threshold: float = -0.3
) -> float:
    """Bybit, designs 2.3, as of 2026-11-20 [D]: "350k loss on a 1M pool: 50k is ADL'd"."""
    beyond = threshold - bybit_pnl_ratio(pnl_usd, peak_pnl_usd, peak_pool_usd)
    return max(0.0, beyond * peak_pool_usd)


def okx_score(account: Account) -> float:
    """OKX, designs 2.4, as of 2026-11-20 [S]: "profit r/ρ, loss r ρ" (ρ margin ratio, high = safe).

    Reading: ρ = equity / maintenance margin of the margin scope; r = 0 scores 0.
    """
    r = return_on_entry(account)
    margin_ratio = account["equity_usd"] / account["maintenance_margin_usd"]
    return rounded(r / margin_ratio if r >= 0 else r * margin_ratio)


def okx(accounts: list[Account], bankruptcy: Bankruptcy) -> Outcome:
    """OKX, designs 2.4, as of 2026-11-20, copies of 2024-04 and 2025-03 [M].

    "Matches them against top-ranked counterparties at current mark price; afterwards no loss
    socialisation."

    Reading: losers have a score, so the queue reaches them after winners.  Equity <= 0: not ranked.
    """
    queue = ranked(solvent(opposite(accounts, bankruptcy)), okx_score)
    taken = walk(queue, bankruptcy)
    return taken, market_price(accounts, "mark_price"), "contracts"


def hyperliquid_score(account: Account) -> float:
    """Hyperliquid, designs 3.1, as of 2026-11-20 [M]/[?]: index = M/E * N/AV, short side E/M.

    "Literally, M/E falls with profit for shorts. Read together with 'in profit', a short-side
    inverse (E/M) is the sensible reading (CoinEx publishes exactly that), but no primary source
    confirms it."
    """
    profit = account["mark_price"] / account["entry_price"]
    if account["qty_contracts"] < 0:
        profit = account["entry_price"] / account["mark_price"]
    return rounded(profit * effective_leverage(account))


def hyperliquid_literal_score(account: Account) -> float:
    """Hyperliquid, designs 3.1, as of 2026-11-20 [M]: index = M/E * N/AV as printed."""
    return rounded(account["mark_price"] / account["entry_price"] * effective_leverage(account))


def hyperliquid(accounts: list[Account], bankruptcy: Bankruptcy) -> Outcome:
    """Hyperliquid with the short-side inverse, designs 3.1, as of 2026-11-20 [M].

    "'Users in profit' on the other side sorted by [index] closed at the previous mark price against
    the underwater user. Vault positions get no special treatment in the queue."

    Reading: in profit = the position's own pnl_usd > 0; losers are never reached, so contracts can
    remain. Vaults keep their place only if the caller marks them eligible.  Equity <= 0: not
    ranked.
    """
    queue = ranked(_in_profit(accounts, bankruptcy), hyperliquid_score)
    taken = walk(queue, bankruptcy)
    return taken, market_price(accounts, "previous_mark_price"), "contracts"


def hyperliquid_literal(accounts: list[Account], bankruptcy: Bankruptcy) -> Outcome:
    """Hyperliquid with M/E on both sides, designs 3.1, as of 2026-11-20 [M]; else the same."""
    queue = ranked(_in_profit(accounts, bankruptcy), hyperliquid_literal_score)
    taken = walk(queue, bankruptcy)
    return taken, market_price(accounts, "previous_mark_price"), "contracts"


def _in_profit(accounts: list[Account], bankruptcy: Bankruptcy) -> list[Account]:
    other_side = solvent(opposite(accounts, bankruptcy))
    return [account for account in other_side if account["pnl_usd"] > 0]
