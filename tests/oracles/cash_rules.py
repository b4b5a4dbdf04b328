"""Haircuts of gains in USD: split B = deficit over the winners, none above w_i = (PNL_i)+.

theory 1.1, as of 2026-11-20: "w_i: haircutable endowment. Corrected model: w_i = (PNL_i)+ (cash
protected)"; "winners W: e > 0"; theory 2.2: "0 <= x <= w, sum x = min(B, sum w)".

Reading, for all four: PNL is that of the position in this market (`pnl_usd`); winners of either
side pay, since the paper's endowment carries no side and cash needs no opposite position; accounts
with equity <= 0 are losers and pay nothing; positions stay open, so there is no close price.
"""

from tests.oracles.queue_parts import Account, Bankruptcy, Outcome, effective_leverage


def endowments(accounts: list[Account]) -> dict[int, float]:
    """w_i = (PNL_i)+ of the eligible winners, by account id; zero endowments are left out."""
    found = {}
    for account in sorted(accounts, key=lambda account: account["account_id"]):
        if account["eligible"] and account["equity_usd"] > 0 and account["pnl_usd"] > 0:
            found[account["account_id"]] = account["pnl_usd"]
    return found


def fill(capacity: dict[int, float], weight: dict[int, float], budget: float) -> dict[int, float]:
    """Water-fill: x_i = min(c_i, τ w_i) with sum x = min(budget, sum c) (designs 8.3).

    Share the budget by weight; whoever cannot pay that much pays all and leaves; share what is
    left again. Weight zero pays nothing.
    """
    taken: dict[int, float] = {}
    open_ids = [i for i in capacity if weight[i] > 0]
    remaining = budget
    while open_ids and remaining > 0:
        total_weight = 0.0
        for i in open_ids:
            total_weight += weight[i]
        level = remaining / total_weight
        full = [i for i in open_ids if capacity[i] <= level * weight[i]]
        if not full:
            for i in open_ids:
                taken[i] = level * weight[i]
            break
        for i in full:
            taken[i] = capacity[i]
            remaining -= capacity[i]
        open_ids = [i for i in open_ids if i not in full]
    return taken


def wealth_pro_rata(accounts: list[Account], bankruptcy: Bankruptcy) -> Outcome:
    """Theory 2.2 A3, as of 2026-11-20: "Wealth pro-rata. x_i = w_i B/U", all of w if B > U."""
    w = endowments(accounts)
    total = sum(w.values())
    budget = min(bankruptcy["deficit_usd"], total)
    taken = {}
    if budget > 0:
        for i in w:
            taken[i] = min(w[i], w[i] * budget / total)
    return taken, None, "usd"


def equal_dollar(accounts: list[Account], bankruptcy: Bankruptcy) -> Outcome:
    """Theory 2.2 A8', as of 2026-11-20: "equal-dollar: x_i = min(w_i, κ)"."""
    w = endowments(accounts)
    return fill(w, dict.fromkeys(w, 1.0), bankruptcy["deficit_usd"]), None, "usd"


def levelling(accounts: list[Account], bankruptcy: Bankruptcy) -> Outcome:
    """Theory 2.2 A8, as of 2026-11-20: "Levelling: x_i = (w_i-L)+, L s.t. sum x = B (sort once)".

    Cut the k richest to the level L_k = (their sum - B)/k, for the first k at which the next is
    not above it.
    """
    w = endowments(accounts)
    richest_first = sorted(w.values(), reverse=True)
    budget = bankruptcy["deficit_usd"]
    level, cut = 0.0, 0.0
    for k, endowment in enumerate(richest_first, start=1):
        cut += endowment
        level = max(0.0, (cut - budget) / k)
        if k < len(richest_first) and level >= richest_first[k]:
            break
    taken = {i: w[i] - level for i in w if w[i] > level}
    return taken, None, "usd"


def risk_weighted_pro_rata(accounts: list[Account], bankruptcy: Bankruptcy) -> Outcome:
    """Haircut fractions in proportion to r = λ².

    theory 2.2 A6, as of 2026-11-20: "RAP(g): r_i = λ_i g(λ_i); h_i = min(β_i, τ r_i), sum h_i w_i
    = B". "g: linear λ (=> r = λ²)."  theory 1.1: "λ_i = n_i/|e_i|, effective leverage".

    Reading: no caps but β_i = 1; n is the notional of this position, e the equity of its margin
    scope. In dollars: x_i = min(w_i, τ w_i λ_i²).
    """
    w = endowments(accounts)
    weight = {}
    for account in accounts:
        i = account["account_id"]
        if i in w:
            weight[i] = w[i] * effective_leverage(account) ** 2
    return fill(w, weight, bankruptcy["deficit_usd"]), None, "usd"
