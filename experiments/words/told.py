"""What is said of one slot: a few words for a table, the formula, a sentence.

Formulas are put together from the values of the slots, never typed for a design, so that a design
with another slot reads differently. One letter means one thing (`SYMBOLS`).
"""

import re
from dataclasses import dataclass
from fractions import Fraction

from abm.adl.close_price import NoClose
from abm.adl.design import AdlDesign
from abm.adl.severity import Fixed
from abm.adl.trigger import PoolFactor

SYMBOLS = {
    "q": "position, long > 0 [contracts]",
    "E": "entry price",
    "M": "mark price",
    "M'": "mark before the last update",
    "u": "unrealised profit, q (M - E)",
    "N": "notional, |q| M",
    "W": "wallet: cash without unrealised profit",
    "e": "equity, W + all u of the account",
    "MM": "maintenance margin",
    "IM": "margin at opening, |q| E / L",
    "r": "return on entry, u / (|q| E)",
    "λ": "effective leverage, N / e",
    "L": "leverage at opening",
    "ξ": "random number in (0, 1), one per account",
    "hedged": "share of the position that the trader's others offset",
    "D": "deficit that reaches ADL [USD]",
    "Q": "contracts of the bankrupt side",
    "B": "budget: what ADL sets out to take",
    "U": "sum of the capacities c",
    "T": "sum of all wallets W [USD]",
    "F": "insurance fund [USD]",
    "f": "floor below which the fund does not pay",
    "c": "capacity: most that is taken from one account",
    "x": "taken from one account",
    "θ": "share of what is owed that is taken",
    "τ": "one number for all, such that Σ x = min(B, Σ c)",
    "κ": "one number for all, such that Σ x = min(B, Σ c)",
    "P": "close price",
    "P_bk": "bankruptcy price, at which the bankrupt equity is 0",
    "s": "+1 when the bankrupt side is long, -1 when it is short",
    "loss": "what a contract closed costs the counterparty, max(0, s (P - M))",
    "( )+": "the positive part",
}
"""Every letter of the formulas."""

_WORD = re.compile(r"P_bk|M'|MM|IM|[A-Za-zλθτκξ]+")


@dataclass(frozen=True)
class Told:
    """One slot of one design.

    Attributes:
        short: a few words, for a cell of a table.
        formula: lines; empty when there is nothing to compute.
        words: one or two sentences.
    """

    short: str
    formula: tuple[str, ...]
    words: str


def takes_cash(design: AdlDesign) -> bool:
    """Whether positions stay open and cash is taken."""
    return isinstance(design.close_price, NoClose)


def takes_nothing(design: AdlDesign) -> bool:
    """Whether no trader is ever touched, so that the slots behind severity are not reached."""
    return isinstance(design.severity, Fixed) and design.severity.theta == 0.0


def faces_pool(design: AdlDesign) -> bool:
    """Whether winners are closed against a pool, not against a bankrupt side."""
    return isinstance(design.trigger, PoolFactor)


def symbols_of(lines: tuple[str, ...]) -> dict[str, str]:
    """The letters that occur in formulas, with their meaning, in the order of `SYMBOLS`."""
    used = {word for line in lines for word in _WORD.findall(line)}
    if any(")+" in line for line in lines):
        used.add("( )+")
    return {symbol: meaning for symbol, meaning in SYMBOLS.items() if symbol in used}


def number(value: float) -> str:
    """At most two decimals from 1 on, three digits below: 1,234.5, 0.0667, 93."""
    text = f"{value:,.2f}" if abs(value) >= 1.0 else f"{value:.3g}"
    text = text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text
    return "0" if text in ("-0", "") else text


def percent(share: float) -> str:
    """0.3 as 30 %."""
    return f"{number(100.0 * share)} %"


def ratio(share: float) -> str:
    """A small fraction as one: 2/3; others as decimals."""
    near = Fraction(share).limit_denominator(12)
    small = near.denominator > 1 and abs(float(near) - share) < 1e-12
    return str(near) if small and near.denominator not in (10, 5) else number(share)


def duration(seconds: float) -> str:
    """28800 s as 8 h."""
    for unit_s, unit in ((3600.0, "h"), (60.0, "min")):
        if seconds >= unit_s and seconds % unit_s == 0.0:
            return f"{number(seconds / unit_s)} {unit}"
    return f"{number(seconds)} s"
