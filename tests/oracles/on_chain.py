"""On-chain order books that close counterparties: Lighter, Polymarket, Aevo, Ethereal, CVEX, dYdX.

Accounts, bankruptcies and outcomes are those of queue_parts.  Sections as there ("designs").

Reading, for every ranked queue here: smaller account id first among equals (only Ethereal says
otherwise); an account with equity <= 0 is a liquidation itself and is not ranked, except in
Aevo's, which has a zero for it.
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
from tests.oracles.venue_queues import binance_score, bitmex_score


def zero_price(mark_price: float, side: int, margin_ratio: float, margin_rate: float) -> float:
    """Lighter, designs 3.2 [M]: "zero price: long P(1 - M_i TAV/MMR), short P(1 + M_i TAV/MMR)".

    `margin_ratio` = TAV/MMR of the account, `margin_rate` = M_i of the market.
    """
    return mark_price * (1 - side * margin_rate * margin_ratio)


def zero_prices_cross(account: Account, bankruptcy: Bankruptcy) -> bool:
    """Whether the counterparty's zero price is no better for it than the bankrupt's.

    With one margin rate M_i for all positions, MMR = M_i N over the whole margin scope, so M_i
    TAV/MMR = e/N and the zero price of a short is P(1 + e/N).  It crosses the bankrupt long's when
    the loss per contract of the fill, measured from the mark, is at most P e/N.

    Reading: e and N are of the counterparty's whole scope (account_notional_usd); touching counts;
    a fill on the better side of the mark always crosses.
    """
    mark = account["mark_price"]
    loss_per_contract = bankruptcy["side"] * (bankruptcy["bankruptcy_price"] - mark)
    return loss_per_contract <= mark * account["equity_usd"] / account["account_notional_usd"]


def lighter(accounts: list[Account], bankruptcy: Bankruptcy) -> Outcome:
    """Lighter, designs 3.2, as of 2026-11-20 [M]/[?].

    "ADL against opposite side by leverage and uPnL, executed only when the two zero prices cross
    and never worse than the counterparty's zero price, so ADL cannot reduce the counterparty's
    health."  Table: "exact [?]".

    Reading: return times leverage as BitMEX has it stands in for the unpublished ranking, losers
    divided and last; the price is the bankrupt's zero price, which for equity < 0 on one position
    is its bankruptcy price.  Whoever does not cross is passed over, so contracts can remain.
    """
    crossing = [
        a for a in solvent(opposite(accounts, bankruptcy)) if zero_prices_cross(a, bankruptcy)
    ]
    queue = ranked(crossing, bitmex_score)
    return walk(queue, bankruptcy), bankruptcy["bankruptcy_price"], "contracts"


def polymarket_score(account: Account) -> float:
    """Polymarket, designs 3.3, as of 2026-11-20 [M]: "AdlIndex = ProfitRatio N/e".

    Reading: ProfitRatio is r; for losers, of whom nothing is said, the product as printed, so a
    higher leverage puts a loser further back.
    """
    return rounded(return_on_entry(account) * effective_leverage(account))


def polymarket(accounts: list[Account], bankruptcy: Bankruptcy, isolated: bool = False) -> Outcome:
    """Polymarket Perps, designs 3.3 and table, as of 2026-11-20 [M].

    "Counterparties are only reduced, never flipped; liquidating accounts and the fund are never
    selected."  Table: "isolated: price exhausting margin; cross: mark snapshot when ADL started
    (text garbled)".

    Reading: the mark the accounts carry is that snapshot; `isolated` is the bankrupt's margin
    mode; accounts in liquidation are those the caller marks ineligible.
    """
    queue = ranked(solvent(opposite(accounts, bankruptcy)), polymarket_score)
    price = market_price(accounts, "mark_price")
    if isolated:
        price = bankruptcy["bankruptcy_price"]
    return walk(queue, bankruptcy), price, "contracts"


def aevo(accounts: list[Account], bankruptcy: Bankruptcy, exempt: bool = False) -> Outcome:
    """Aevo, designs 3.4, as of 2026-11-20 [D]: Binance's form, at the mark.

    "PnL% = u/max(1,W); margin ratio 0 if PnL% <= 0 else MM/(W+u); score = product; both trade at
    mark; BTC/ETH/SOL perps and options exempt."

    Reading: W + u <= 0 scores 0 as Binance has it; accounts that score zero stay in the queue
    behind the others, by account id; `exempt` is a property of the market.
    """
    price = market_price(accounts, "mark_price")
    if exempt:
        return {}, price, "contracts"
    queue = ranked(opposite(accounts, bankruptcy), binance_score)
    return walk(queue, bankruptcy), price, "contracts"


def ethereal(accounts: list[Account], bankruptcy: Bankruptcy) -> Outcome:
    """Ethereal, designs 3.4, as of 2026-11-20 [D].

    "Strict lexicographic tie-break (effective leverage, uPnL, lowest balance, newest account id)";
    "runs to completion without re-checking solvency; price = oracle mark capped at bankruptcy".
    The venue's page (docs.ethereal.trade/trading/perpetual-futures/auto-deleveraging): "the engine
    closes just enough of each profitable position against the insurance fund".

    Reading: profitable = the position's own pnl_usd > 0; keys are compared in single precision,
    uPnL is the position's, the balance is wallet_usd, newest = larger id.  "If Pyth later prints a
    deeper price, the cap is used instead" (liquidations page), so the price is the mark but never
    beyond the bankruptcy price, where the bankrupt would owe: a bankrupt long sells at the higher
    of the two, a bankrupt short buys at the lower.  The counterparty never gets better than the
    bankruptcy price.  (The worked example of that page closes at the mark all the same.)
    """
    winners = [a for a in solvent(opposite(accounts, bankruptcy)) if a["pnl_usd"] > 0]
    queue = sorted(
        winners,
        key=lambda a: (
            -rounded(effective_leverage(a)),
            -rounded(a["pnl_usd"]),
            rounded(a["wallet_usd"]),
            -a["account_id"],
        ),
    )
    price = market_price(accounts, "mark_price")
    if price is not None:
        cap = bankruptcy["bankruptcy_price"]
        price = max(price, cap) if bankruptcy["side"] > 0 else min(price, cap)
    return walk(queue, bankruptcy), price, "contracts"


def cvex(accounts: list[Account], bankruptcy: Bankruptcy) -> Outcome:
    """CVEX, designs 3.4, as of 2026-11-20 [D].

    "Queue by average entry price; mark price; partial close does not change rank."  Table: "most
    profitable entry first".

    Reading: the lowest entry first among longs, the highest among shorts; losers come last by the
    same order.
    """
    other_side = solvent(opposite(accounts, bankruptcy))
    queue = ranked(other_side, lambda a: rounded(bankruptcy["side"] * a["entry_price"]))
    return walk(queue, bankruptcy), market_price(accounts, "mark_price"), "contracts"


def ratio_keeping_price(
    mark_price: float, side: int, total_value_usd: float, total_risk_usd: float, risk_rate: float
) -> float:
    """Price at which closing any part of a position leaves TV/TR of its holder as it was.

    Closing Δ of a long at p moves TV by (p - M) Δ and TR by -ρ M Δ.  TV'/TR' = TV/TR needs
    (p - M) Δ = -TV ρ M Δ/TR, hence p = M (1 - ρ TV/TR); with the other sign for a short.  For one
    position TR = ρ |q| M and p = M - TV/q: the bankruptcy price.  (The formula is also Lighter's
    zero price, with maintenance margin for risk.)
    """
    return mark_price * (1 - side * risk_rate * total_value_usd / total_risk_usd)


def dydx_v1(accounts: list[Account], bankruptcy: Bankruptcy, permutation: list[int]) -> Outcome:
    """The operator names the taker: dYdX v1, designs 3.6, dydxprotocol/perpetual@87f22632 [C].

    "Amount = min(req, |q_loser|, |q_taker|); transfers the loser's margin pro-rata, preserving its
    position/margin ratio."  With margin balance c and position q that is c/q per contract, and
    c + q B = 0 defines the bankruptcy price.

    Reading: the operator's choices are `permutation`, one after another; anybody eligible on the
    other side can be named.
    """
    by_id = {account["account_id"]: account for account in opposite(accounts, bankruptcy)}
    queue = [by_id[account_id] for account_id in permutation if account_id in by_id]
    return walk(queue, bankruptcy), bankruptcy["bankruptcy_price"], "contracts"


def dydx_v3(accounts: list[Account], bankruptcy: Bankruptcy, permutation: list[int]) -> Outcome:
    """The same on StarkEx: dYdX v3, designs 3.6, starkware-libs/stark-perpetual@40f02826 [C].

    "Requires TV1/TR1 >= TV0/TR0 and that taking one more unit from the loser would break it: price
    fairness is proven, ordering is not."  For one position that price is the bankruptcy price, see
    ratio_keeping_price.

    Reading: as for dydx_v1; the circuit's rounding to one unit of collateral is left out.
    """
    by_id = {account["account_id"]: account for account in opposite(accounts, bankruptcy)}
    queue = [by_id[account_id] for account_id in permutation if account_id in by_id]
    return walk(queue, bankruptcy), bankruptcy["bankruptcy_price"], "contracts"
