"""Slot 4: who is first. Nearly every published score is a profit term times a risk term.

    score = profit x risk                  winners
    score = profit / risk, profit x risk, 0, or out of the queue      losers (unrealised PnL < 0)

    profit: "return"               r = u / (|q| E)                    BitMEX, OKX
            "wallet_return"        (u)+ / max(1, W)                   Binance
            "price_ratio"          M / E long, E / M short            Hyperliquid, CoinEx
            "price_ratio_literal"  M / E on both sides                Hyperliquid, as printed
            "pnl_usd"              u
            "margin_return"        u / IM                             KuCoin isolated
            "entry_price"          -E long, E short                   CVEX
            "size"                 |q|                                FTX
            "endowment_usd"        min(u, e)+                         top winner first
            "notional_per_profit"  N / min(u, e) of the account's N   greedy by risk, rho = lambda
            "one"                  1
            "draw"                 a lottery number in (0, 1)
            "scan"                 random start, then in account order    dYdX v4
    risk:   "one" 1, "leverage" N / e, "maintenance" MM / e, "opening_leverage" |q| E / IM

u, N are of the position or of the whole account (`scope`); e, W, MM are of the margin scope. At
scope "trader" u, e, W are sums over the trader's accounts at all venues and N is its net notional;
a book without traders takes each account for one. With
`spares_hedges` a winner's score counts only the share of the position that the trader's positions
elsewhere do not offset: score x (1 - hedged share). The
score is *defined* as this number rounded to float32, so that every back end sorts alike; NaN is an
error. An insolvent account (e <= 0) has risk 0, as Binance prints it; it is never a counterparty.
Losers out of the queue score -inf. Each catalog entry names its source.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from abm.adl import encoding as code
from abm.adl.encoding import code_of
from abm.adl.exposure import Candidates, Exposure, exposure_at
from abm.kernel import kernel
from abm.rng import uniform
from abm.units import Floats, Floats32

_SAFEST = 1e-12  # risk of a loser without any risk, so that profit / risk stays finite
_ACCOUNT_PROFITS = ("wallet_return", "pnl_usd", "one", "draw", "scan")


@dataclass(frozen=True)
class Score:
    """A published score, by the names of its terms (see the top of this file).

    Raises:
        ValueError: a term is unknown, or is not defined at account scope.
    """

    profit: str
    risk: str = "one"
    losers: str = "multiply"
    scope: str = "position"
    spares_hedges: bool = False

    def __post_init__(self) -> None:
        code_of(code.PROFITS, self.profit, "profit term")
        code_of(code.RISKS, self.risk, "risk term")
        code_of(code.LOSERS, self.losers, "loser rule")
        code_of(code.SCOPES, self.scope, "scope")
        if self.scope != "position" and self.profit not in _ACCOUNT_PROFITS:
            raise ValueError(f"profit {self.profit!r} is of a position: write scope='position'")
        if self.scope == "trader" and self.risk not in ("one", "leverage"):
            raise ValueError(
                f"risk {self.risk!r} is of one account: over all venues write risk='leverage'"
            )
        if self.profit in ("draw", "scan") and (self.risk, self.losers) != ("one", "multiply"):
            raise ValueError(f"profit {self.profit!r} is pure luck: leave risk and losers out")

    def write(self, parameters: Floats) -> None:
        parameters[code.SCORE_PROFIT] = code.PROFITS[self.profit]
        parameters[code.SCORE_RISK] = code.RISKS[self.risk]
        parameters[code.SCORE_LOSERS] = code.LOSERS[self.losers]
        parameters[code.SCORE_SCOPE] = code.SCOPES[self.scope]
        parameters[code.SCORE_SPARES_HEDGES] = float(self.spares_hedges)


@dataclass(frozen=True)
class CustomScore:
    """A user's own score: a plain function `Exposure -> float`; -inf leaves the account out.

    `score_candidates_by(kernel(function), ...)` runs it compiled, its `plain` form runs it as is.
    """

    function: Callable[[Exposure], float]

    def __post_init__(self) -> None:
        if not callable(self.function):
            raise ValueError("CustomScore needs a function of an Exposure: pass it without calling")

    def __repr__(self) -> str:
        return f"CustomScore({getattr(self.function, '__name__', 'function')})"

    def write(self, parameters: Floats) -> None:
        parameters[code.SCORE_PROFIT] = code.PROFIT_CUSTOM


NO_SCORE = Score(profit="one")
"""For designs in which nobody is first."""


@kernel
def _profit_term(choice: int, exposure: Exposure, pnl_usd: float, draw: float) -> float:
    if choice == code.PROFIT_WALLET_RETURN:
        return (0.0 if pnl_usd < 0.0 else pnl_usd) / max(1.0, exposure.wallet_usd)
    if choice == code.PROFIT_PNL_USD:
        return pnl_usd
    if choice == code.PROFIT_ONE:
        return 1.0
    if choice == code.PROFIT_DRAW or choice == code.PROFIT_SCAN:
        return draw
    if choice == code.PROFIT_CUSTOM:
        return math.nan
    if choice == code.PROFIT_SIZE:
        return abs(exposure.qty_contracts)
    if choice == code.PROFIT_NOTIONAL_PER_PROFIT or choice == code.PROFIT_ENDOWMENT:
        endowment_usd = max(0.0, min(pnl_usd, exposure.equity_usd))
        if choice == code.PROFIT_ENDOWMENT:
            return endowment_usd
        return exposure.account_notional_usd / endowment_usd if endowment_usd > 0.0 else 0.0
    return _price_term(choice, exposure, pnl_usd)


@kernel
def _price_term(choice: int, exposure: Exposure, pnl_usd: float) -> float:
    """The profit terms that compare the mark with the entry."""
    entry_price = exposure.entry_price
    if choice == code.PROFIT_ENTRY:
        return entry_price if exposure.qty_contracts < 0.0 else -entry_price
    if exposure.qty_contracts == 0.0 or entry_price <= 0.0 or exposure.mark_price <= 0.0:
        return 0.0
    if choice == code.PROFIT_PRICE_RATIO and exposure.qty_contracts < 0.0:
        return entry_price / exposure.mark_price
    if choice == code.PROFIT_PRICE_RATIO or choice == code.PROFIT_PRICE_RATIO_LITERAL:
        return exposure.mark_price / entry_price
    return_on_entry = pnl_usd / (abs(exposure.qty_contracts) * entry_price)
    if choice == code.PROFIT_MARGIN_RETURN:
        return return_on_entry * exposure.opening_leverage
    return return_on_entry


@kernel
def _risk_term(choice: int, exposure: Exposure, notional_usd: float) -> float:
    if choice == code.RISK_ONE:
        return 1.0
    if choice == code.RISK_OPENING_LEVERAGE:
        return exposure.opening_leverage
    if exposure.equity_usd <= 0.0:
        return 0.0
    if choice == code.RISK_LEVERAGE:
        return notional_usd / exposure.equity_usd
    return exposure.maintenance_margin_usd / exposure.equity_usd


class ScoreTerms(NamedTuple):
    """A score's choices as integers, read once per book instead of once per position."""

    profit: int
    risk: int
    losers: int
    scope: int
    spares_hedges: bool


@kernel
def score_terms(parameters: Floats) -> ScoreTerms:
    """The score slot of a design, `[P]`."""
    return ScoreTerms(
        int(parameters[code.SCORE_PROFIT]),
        int(parameters[code.SCORE_RISK]),
        int(parameters[code.SCORE_LOSERS]),
        int(parameters[code.SCORE_SCOPE]),
        parameters[code.SCORE_SPARES_HEDGES] > 0.0,
    )


@kernel
def score_of(parameters: Floats, exposure: Exposure, draw: float) -> float:
    """Score of one position, before rounding to float32; NaN when an input is unknown.

    Args:
        parameters: the design, `[P]`.
        exposure: the position.
        draw: lottery number in (0, 1); read by "draw" and "scan" only.
    """
    return score_by(score_terms(parameters), exposure, draw)


@kernel
def score_by(terms: ScoreTerms, exposure: Exposure, draw: float) -> float:
    """`score_of` for loops over many positions of one design."""
    at_account = terms.scope != code.SCOPE_POSITION
    pnl_usd = exposure.account_pnl_usd if at_account else exposure.pnl_usd
    notional_usd = exposure.account_notional_usd if at_account else exposure.notional_usd
    profit = _profit_term(terms.profit, exposure, pnl_usd, draw)
    risk = _risk_term(terms.risk, exposure, notional_usd)
    losers = terms.losers
    if losers == code.LOSERS_EXCLUDE and pnl_usd <= 0.0:
        return -math.inf
    if pnl_usd < 0.0 and losers == code.LOSERS_DIVIDE:
        return profit / max(risk, _SAFEST)
    if pnl_usd < 0.0 and losers == code.LOSERS_ZERO:
        return 0.0
    if terms.spares_hedges and pnl_usd > 0.0:
        return profit * risk * (1.0 - exposure.hedged_share)
    return profit * risk


@kernel
def fill_draws(parameters: Floats, candidates: Candidates, key: np.uint64, draws: Floats) -> None:
    """The lottery number of every candidate, `[N]` in (0, 1).

    "draw": one number per account id. "scan": the holders of one side stand in a circle in account
    order; a random one starts with 1 and each next one has 1 / n less.
    """
    qty = candidates.qty_contracts
    if int(parameters[code.SCORE_PROFIT]) != code.PROFIT_SCAN:
        for i in range(qty.size):
            draws[i] = uniform(key, candidates.account_id[i])
        return
    start = uniform(key, 0)
    for side in (1.0, -1.0):
        holders = 0
        for i in range(qty.size):
            holders += 1 if side * qty[i] > 0.0 else 0
        place = holders - int(start * holders)  # steps from the starting holder to the first row
        for i in range(qty.size):
            if side * qty[i] > 0.0:
                draws[i] = 1.0 - (place % holders) / (holders + 1.0)
                place += 1
    for i in range(qty.size):
        if qty[i] == 0.0:
            draws[i] = 0.0


@kernel
def score_candidates(
    parameters: Floats, candidates: Candidates, key: np.uint64, scores: Floats32
) -> None:
    """Scores of all candidates, rounded to float32: `scores[i]`, `[N]` out.

    Raises:
        ValueError: a score is NaN (an input the score reads is unknown), or the score is custom.
    """
    profit = int(parameters[code.SCORE_PROFIT])
    draws = np.zeros(scores.size)
    if profit == code.PROFIT_DRAW or profit == code.PROFIT_SCAN:
        fill_draws(parameters, candidates, key, draws)
    unknown = False
    for i in range(scores.size):
        score = score_of(parameters, exposure_at(candidates, i), draws[i])
        scores[i] = score
        unknown = unknown or math.isnan(score)
    if unknown:
        raise ValueError("a score is NaN: fill in every column that the design's score reads")


@kernel
def score_candidates_by(
    function: Callable[[Exposure], float], candidates: Candidates, scores: Floats32
) -> None:
    """The same for a user's own function, called row by row.

    Give a compiled function here; `plain(score_candidates_by)` takes any Python function.

    Raises:
        ValueError: the function gave NaN.
    """
    unknown = False
    for i in range(scores.size):
        scores[i] = function(exposure_at(candidates, i))
        unknown = unknown or math.isnan(scores[i])
    if unknown:
        raise ValueError("a custom score is NaN: return a number, or -inf to leave an account out")
