"""Designs that spread the deficit in cash: Injective, Mango, Vertex, Paradex, Percolator.

Budget = deficit_usd, the part no fund has covered.  Accounts, bankruptcies and outcomes are those
of queue_parts; sections as there ("designs").
"""

from tests.oracles.queue_parts import Account, Bankruptcy, Outcome, market_price


def injective(accounts: list[Account], bankruptcy: Bankruptcy) -> Outcome:
    """Injective, designs 3.7, injective-core@c7b042e2 [C]: settle the market, climb a ladder.

    "1. h1 = min(D',Π)/Π, implemented by moving entry.  2. if D' > Π: R = D' - Π, h2 = R/(sum
    payout+ - Π) on remaining payouts (principal).  3. if still short: all positive payouts zero."
    "Settle the whole market at the oracle with zero closing fee."

    Reading: D' = deficit_usd; everyone eligible with a position and equity > 0 takes part, both
    sides; payout = the position's equity; the profit that counts ends at the payout (the two agree
    unless the margin is negative).  All positions close at the oracle, which is the mark.
    """
    payouts, profits = {}, {}
    for account in accounts:
        if account["eligible"] and account["qty_contracts"] and account["equity_usd"] > 0:
            i = account["account_id"]
            payouts[i] = account["equity_usd"]
            profits[i] = min(max(0.0, account["pnl_usd"]), payouts[i])
    total_profit, total_payout = sum(profits.values()), sum(payouts.values())
    deficit = max(0.0, bankruptcy["deficit_usd"])
    profit_cut = min(deficit, total_profit) / total_profit if total_profit > 0 else 0.0
    rest = max(0.0, deficit - total_profit)
    principal = total_payout - total_profit
    payout_cut = min(rest, principal) / principal if principal > 0 else 0.0
    taken = {}
    for i in payouts:
        cut = profit_cut * profits[i] + payout_cut * (payouts[i] - profits[i])
        if cut > 0:
            taken[i] = cut
    return taken, market_price(accounts, "mark_price"), "usd"


def mango(accounts: list[Account], bankruptcy: Bankruptcy) -> Outcome:
    """Mango v4, designs 3.8, blockworks-foundation/mango-v4@1303a4a1 [C].

    "s = L/OI with OI counting both sides; long_funding -= s, short_funding += s (s < 0 loss)."

    Reading: as Drift's charge without the ceiling.  Eligible positions, also losing and insolvent
    ones, no cap by equity; the bankrupt is in neither OI nor charge.  "With OI = 0 the last
    profit-taker bears it": here nobody.
    """
    payers = [a for a in accounts if a["eligible"] and a["qty_contracts"]]
    open_interest = sum(abs(a["qty_contracts"]) for a in payers)
    taken = {}
    if bankruptcy["deficit_usd"] > 0:
        for account in payers:
            charge = bankruptcy["deficit_usd"] / open_interest
            taken[account["account_id"]] = charge * abs(account["qty_contracts"])
    return taken, None, "usd"


def vertex(accounts: list[Account], bankruptcy: Bankruptcy) -> Outcome:
    """Vertex, designs 3.8, vertex-protocol/vertex-contracts@e1381815 [C].

    "f = -v/OI_long/2 added to long and subtracted from short index"; table: "half per side".

    Reading: the contract counts only long open interest since both sides are equal once the
    bankrupt's position is gone.  Where they differ, each side pays its half over its own open
    interest; the half of an empty side is paid by nobody.  Otherwise as for mango.
    """
    taken = {}
    for side in (+1, -1):
        payers = [a for a in accounts if a["eligible"] and a["qty_contracts"] * side > 0]
        open_interest = sum(abs(a["qty_contracts"]) for a in payers)
        if bankruptcy["deficit_usd"] > 0:
            for account in payers:
                charge = bankruptcy["deficit_usd"] / open_interest / 2
                taken[account["account_id"]] = charge * abs(account["qty_contracts"])
    return taken, None, "usd"


def paradex_loss_factor(shortfall_usd: float, total_balance_usd: float) -> float:
    """Paradex, designs 3.9 [D]: "SLF = X/(T+X), X = max(0, ...), T = total USDC balance".

    Reading: 1, all of it, when T <= 0.
    """
    if shortfall_usd <= 0:
        return 0.0
    if total_balance_usd <= 0:
        return 1.0
    return shortfall_usd / (total_balance_usd + shortfall_usd)


def paradex(
    accounts: list[Account], bankruptcy: Bankruptcy, fund_balance_usd: float = 0.0
) -> Outcome:
    """Paradex when every account withdraws its whole wallet at the same moment.

    designs 3.9, tradeparadex/paradex-docs@9b82a75a [D]: "Applied to withdrawals only, while X > 0."
    The page's example counts into T the balance of everybody, the bankrupt and the fund included.

    Reading: X = deficit_usd, and T = the wallets of all accounts handed in, also ineligible or
    insolvent ones, + `fund_balance_usd`.  Eligible accounts with equity > 0 withdraw, flat ones
    too.  One factor for all since nobody is first, scaled down should it bring in more than X
    (possible with negative wallets only), because the charge ends with the shortfall.  T + X is
    the sum of claims (account values), so a charge on wallets alone collects less than X when
    winners leave profit behind.
    """
    shortfall = bankruptcy["deficit_usd"]
    total = fund_balance_usd + sum(a["wallet_usd"] for a in accounts)
    withdrawn = {}
    for account in accounts:
        if account["eligible"] and account["equity_usd"] > 0 and account["wallet_usd"] > 0:
            withdrawn[account["account_id"]] = account["wallet_usd"]
    factor = paradex_loss_factor(shortfall, total)
    if factor * sum(withdrawn.values()) > shortfall:
        factor = shortfall / sum(withdrawn.values())
    taken = {i: factor * withdrawn[i] for i in withdrawn if factor > 0}
    return taken, None, "usd"


def percolator(accounts: list[Account], bankruptcy: Bankruptcy, fund_usd: float = 0.0) -> Outcome:
    """Percolator, designs 3.10, aeyakovenko/percolator@d594e6a9 [C, research code].

    "Burn unvested PnL γ = min(D,W)/W, draw insurance, then ρ = D/(P+R) on principal + realised;
    global scales multiplied by 1-γ, 1-ρ."  Table: "unvested PnL, then IF, then all equity".

    Reading: unvested = (pnl_usd)+, none of it vested yet; principal + realised = what is left of
    equity without it, >= 0; ρ ends at 1.  Eligible accounts with equity > 0, both sides and flat
    ones: the scale is global.
    """
    unvested, principal = {}, {}
    for account in accounts:
        if account["eligible"] and account["equity_usd"] > 0:
            i = account["account_id"]
            unvested[i] = max(0.0, account["pnl_usd"])
            principal[i] = max(0.0, account["equity_usd"] - unvested[i])
    deficit = max(0.0, bankruptcy["deficit_usd"])
    total_unvested, total_principal = sum(unvested.values()), sum(principal.values())
    burnt = min(deficit, total_unvested)
    gamma = burnt / total_unvested if total_unvested > 0 else 0.0
    rest = max(0.0, deficit - burnt - fund_usd)
    rho = min(1.0, rest / total_principal) if total_principal > 0 else 0.0
    taken = {}
    for i in unvested:
        cut = gamma * unvested[i] + rho * principal[i]
        if cut > 0:
            taken[i] = cut
    return taken, None, "usd"
