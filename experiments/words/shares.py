"""Slots 4 and 5 in words: who is first, and who pays how much.

Formulas as in `abm/adl/score.py` and `allocation.py`.
"""

from abm.adl.allocation import Level, Queue, Tiered, TopShare, WaterFill
from abm.adl.design import AdlDesign
from abm.adl.score import NO_SCORE, CustomScore, Score
from experiments.words.amounts import endowment
from experiments.words.told import Told, number, percent, takes_cash, takes_nothing

_PROFIT = {
    "return": ("r", "return on entry"),
    "wallet_return": ("(u)+ / max(1, W)", "profit over wallet"),
    "price_ratio": ("ratio", "price ratio (turned round for shorts)"),
    "price_ratio_literal": ("ratio", "mark over entry (on both sides)"),
    "pnl_usd": ("u", "profit in USD"),
    "margin_return": ("(u / IM)", "return on margin"),
    "entry_price": ("±E", "entry price, most profitable first"),
    "size": ("|q|", "size"),
    "endowment_usd": ("w", "endowment"),
    "notional_per_profit": ("N / w", "notional of the account over endowment"),
    "one": ("1", "nobody"),
    "draw": ("ξ", "lottery"),
    "scan": ("1 - k / (n + 1)", "random start, then account order"),
}
"""Symbol of the profit term, and words."""

_PROFIT_LINES = {
    "return": "r = u / (|q| E)",
    "price_ratio": "ratio = M / E (long), E / M (short)",
    "price_ratio_literal": "ratio = M / E (long and short)",
    "entry_price": "±E = -E (long), E (short)",
    "endowment_usd": "w = min(u, e)+",
    "notional_per_profit": "w = min(u, e)+; 0 without",
    "scan": "k = 0, 1, ... over the n holders of the side, from a random one on",
}

_RISK = {
    "one": ("", ""),
    "leverage": ("λ", "leverage"),
    "maintenance": ("MM / e", "maintenance margin over equity"),
    "opening_leverage": ("L", "leverage at opening"),
}

_RISK_LINES = {"leverage": "λ = N / e", "opening_leverage": "L = |q| E / IM"}

_WHOSE = {
    ("account", False): "u of the whole account",
    ("account", True): "u, N of the whole account",
    ("trader", False): "u, W, e of the trader over all venues",
    ("trader", True): "u, W, e and the net N of the trader over all venues",
}
"""Whose the letters are, by scope and by whether leverage is read."""


def score(design: AdlDesign) -> Told:
    """Who is first."""
    slot = design.score
    if isinstance(slot, CustomScore):
        name = getattr(slot.function, "__name__", "function")
        return Told(f"{name}()", (f"score = {name}(exposure)",), "A function of the user's own.")
    if slot == NO_SCORE:
        return Told("nobody", (), "Nobody is first.")
    winners, losers = _product(slot)
    short = winners if slot.losers == "multiply" else f"{winners}; losers {losers}"
    if slot.profit in ("draw", "scan"):
        short = _PROFIT[slot.profit][1]
    if slot.profit == "entry_price":
        short = "-E long, E short"
    formula = [f"score = {winners}"]
    if winners != losers:
        formula = [f"score = {winners} ({_winning(slot)}), {losers} ({_losing(slot)})"]
    if slot.profit in _PROFIT_LINES:
        formula.append(_PROFIT_LINES[slot.profit])
    if slot.risk in _RISK_LINES:
        formula.append(_RISK_LINES[slot.risk])
    if slot.scope != "position":
        formula.append(_WHOSE[slot.scope, slot.risk == "leverage"])
    if slot.scope == "trader":
        short = f"over all venues: {short}"
    lines = (formula[0], "; ".join(formula[1:]))
    return Told(_expanded(slot, short), tuple(filter(None, lines)), _words(slot))


def _product(slot: Score) -> tuple[str, str]:
    """The score of winners, and of losers."""
    profit, risk = _PROFIT[slot.profit][0], _RISK[slot.risk][0]
    if slot.profit == "one":
        profit = "" if risk else "1"
    profit = f"({profit})" if " / " in profit and risk and profit[-1] != ")" else profit
    profit = f"({profit})" if slot.profit == "wallet_return" and risk else profit
    bracketed = f"({risk})" if "/" in risk else risk
    winners = f"{profit} {bracketed}".strip() if profit else risk
    losers = {
        "multiply": winners,
        "divide": f"{profit or '1'} / {bracketed or '1'}",
        "zero": "0",
        "exclude": "out of the queue",
    }[slot.losers]
    return (f"{winners} (1 - hedged)" if slot.spares_hedges else winners), losers


def _expanded(slot: Score, short: str) -> str:
    """A ratio as what it is."""
    meaning = {"price_ratio": "(M/E long, E/M short)", "price_ratio_literal": "(M / E)"}
    return short.replace("ratio", meaning.get(slot.profit, "ratio"))


def _winning(slot: Score) -> str:
    return "u > 0" if slot.losers == "exclude" else "u >= 0"


def _losing(slot: Score) -> str:
    return "u <= 0" if slot.losers == "exclude" else "u < 0"


def _words(slot: Score) -> str:
    """A score in a sentence."""
    profit, risk = _PROFIT[slot.profit][1], _RISK[slot.risk][1]
    if slot.profit == "one":
        return f"Largest {risk} first."
    if slot.profit == "entry_price":
        return "Most profitable entry first."
    if slot.profit in ("draw", "scan"):
        return f"First is whom chance picks: {profit}."
    times = f" times {risk}" if risk else ""
    losers = {
        "multiply": "Losers take the same formula.",
        "divide": "Losers stand behind the winners, those with much risk before the others.",
        "zero": "Losers score 0 and stand behind every winner.",
        "exclude": "Losers are left out.",
    }[slot.losers]
    hedges = " What is hedged elsewhere does not count." if slot.spares_hedges else ""
    if slot.profit == "size":
        losers = "Winning is not asked for."
    return f"Largest {profit}{times} first. {losers}{hedges}"


_TIES = {
    "id": "smaller account id first",
    "random": "drawn",
    "pro_rata": "equals share in proportion to capacity",
    "pnl_wallet_newest": "larger profit, smaller wallet, newer account",
}

_WEIGHT = {
    "capacity": ("c min(1, B / U)", "in proportion to c"),
    "one": ("min(c, κ)", "the same amount from each, up to c"),
    "equity": ("min(c, τ e)", "in proportion to e, up to c"),
    "capacity_squared": ("min(c, τ c^2)", "in proportion to c^2, up to c"),
    "share_of_side": (
        "min(c, τ c / U_side)",
        "half by each side, in proportion to c within it",
    ),
}


def allocation(design: AdlDesign) -> Told:
    """Who pays how much.

    Raises:
        TypeError: the slot holds an allocation that has no words yet.
    """
    slot = design.allocation
    ties = f" Ties: {_TIES[slot.ties]}."
    lots = " Odd lots are drawn." if slot.ties == "random" else ""
    match slot:
        case Queue(max_visits=visits):
            limit = "" if visits is None else f" At most {visits} accounts are looked at."
            short = "queue" + ("" if visits is None else f", {visits} accounts at most")
            short += "" if slot.ties == "id" else f"; ties: {_TIES[slot.ties]}"
            formula = "x = min(c, what is left of B), by falling score"
            formula += "" if visits is None else f", the first {visits} accounts"
            return Told(short, (formula,), f"One after the other, the last in part.{limit}{ties}")
        case WaterFill():
            formula, short = _weights(slot)
            return Told(short, (f"x = {formula}",), f"All pay at once: {short}.{lots}")
        case Level():
            return Told(
                "largest c first, down to a level",
                ("x = (c - κ)+",),
                f"The largest capacities are cut down to one level.{lots}",
            )
        case TopShare(top=top):
            return Told(
                f"top {top} in proportion to c",
                (f"x = min(c, τ c) for the {top} of the largest score, more if they are too few",),
                f"The first {top} share in proportion to capacity, and one more until they "
                f"suffice.{ties}",
            )
        case Tiered(edges=edges):
            return _tiers(edges, lots)
    raise TypeError(f"no words for the allocation {slot!r}: add them here")


def _weights(slot: WaterFill) -> tuple[str, str]:
    """Formula and words of a common level."""
    if slot.weight == "risk":
        risk = "λ" if slot.power == 1.0 else f"λ^{number(slot.power)}"
        return f"min(c, τ c {risk}), λ = N / e", f"in proportion to c {risk}, up to c"
    if slot.weight == "tail_risk":
        risk = f"λ (λ - {number(slot.power)})+"
        return f"min(c, τ c {risk}), λ = N / e", f"in proportion to c {risk}, up to c"
    return _WEIGHT[slot.weight]


def _tiers(edges: tuple[float, ...], lots: str) -> Told:
    """Junior slices first."""
    returns = [percent(edge) for edge in edges]
    first = "profit" if edges[0] == 0.0 else f"profit above r = {returns[0]}"
    rest = [f"profit above r = {each}" for each in returns[1:]]
    order = ", then ".join([first, *rest, "the rest of c"])
    slices = [f"slices {_above(edge)} of c" for edge in edges] + ["what is left of c"]
    return Told(
        f"tiers: {order}",
        tuple(f"tier {place}: {each}, in proportion" for place, each in enumerate(slices, 1)),
        f"{order[0].upper()}{order[1:]}; a tier is used up before the next one pays.{lots}",
    )


def _above(edge: float) -> str:
    """Profit above a return on entry."""
    factor = "" if edge == 1.0 else f"{number(edge)} "
    return "(u)+" if edge == 0.0 else f"(u - {factor}|q| E)+"


def first_and_taken(design: AdlDesign) -> str:
    """Who is first and what is taken, in a few words."""
    if takes_nothing(design):
        return "no trader is touched"
    order = score(design).short.partition(";")[0]
    way = allocation(design).short
    what = "cash" if takes_cash(design) else "contracts"
    if isinstance(design.allocation, Queue):
        return f"{what} by {order}"
    if isinstance(design.allocation, TopShare):
        return f"{what} by {order}, {way}"
    if design.allocation == WaterFill():
        share = design.capacity.fraction
        most = "" if share == 1.0 else f", at most {percent(share)} of it"
        return f"{what} in proportion to {endowment(design)}{most}"
    return f"{what}, {way}"
