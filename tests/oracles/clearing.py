"""Clearing houses: the default waterfall, the haircut of gains, the two tear-ups.

designs 5, as of 2026-11-20 [K]: "defaulter IM, defaulter DF, CCP skin in the game, survivors' DF,
assessments (capped), VMGH h = min(1, L/sum (g_i)+) with payment (1-h) g_i while losers pay in full,
partial or full tear-up at settlement price".

Accounts, bankruptcies and outcomes are those of queue_parts.
"""

from tests.oracles.cash_rules import endowments
from tests.oracles.pro_rata_lots import pro_rata_lots
from tests.oracles.queue_parts import Account, Bankruptcy, Outcome, market_price, opposite


def ccp_vmgh(accounts: list[Account], bankruptcy: Bankruptcy) -> Outcome:
    """Variation-margin gains haircut, designs 5 [K]: everybody with gains pays the share h.

    Reading: gains = (pnl_usd)+ of eligible accounts with equity > 0, both sides; L = deficit_usd;
    losers already pay in full, so nothing more is taken from them; positions stay open.
    """
    gains = endowments(accounts)
    total = sum(gains.values())
    if total <= 0 or bankruptcy["deficit_usd"] <= 0:
        return {}, None, "usd"
    haircut = min(1.0, bankruptcy["deficit_usd"] / total)
    return {i: haircut * gains[i] for i in gains}, None, "usd"


def ccp_partial_tear_up(accounts: list[Account], bankruptcy: Bankruptcy) -> Outcome:
    """Partial tear-up, designs 5 [K]: the opposite positions, "pro-rata", "at settlement price".

    Reading: settlement price = mark; every eligible opposite position, winning or not; whole lots.
    """
    taken = pro_rata_lots(opposite(accounts, bankruptcy), bankruptcy)
    return taken, market_price(accounts, "mark_price"), "contracts"


def ccp_full_tear_up(accounts: list[Account], bankruptcy: Bankruptcy) -> Outcome:
    """Full tear-up, designs 5 [K]: every position in the instrument ends at the settlement price.

    Reading: the settlement price is the mark; the loss is a haircut of gains, so what is taken is
    cash while all positions close at the price returned.
    """
    taken, _, numeraire = ccp_vmgh(accounts, bankruptcy)
    return taken, market_price(accounts, "mark_price"), numeraire


def ccp_waterfall(
    default_loss: float,
    defaulter_im: float,
    defaulter_df: float,
    skin_in_the_game: float,
    survivors_df: float,
    assessment_cap: float,
) -> dict[str, float]:
    """What each layer pays of the loss, in the order printed, and what is left for the haircut.

    Reading: all arguments are amounts of money, the survivors' together; the cap is the most that
    can be called from survivors on top of their default fund.
    """
    layers = {
        "defaulter_im": defaulter_im,
        "defaulter_df": defaulter_df,
        "skin_in_the_game": skin_in_the_game,
        "survivors_df": survivors_df,
        "assessments": assessment_cap,
    }
    used = {}
    remaining = max(0.0, default_loss)
    for layer, capacity in layers.items():
        used[layer] = min(remaining, capacity)
        remaining -= used[layer]
    used["uncovered"] = remaining
    return used
