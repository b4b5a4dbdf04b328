"""Slots 6 to 8 in words: at which price, what is shown, what follows.

Formulas as in `abm/adl/close_price.py`, `disclosure.py`, `aftermath.py`.
"""

from abm.adl.close_price import (
    BankruptcyPrice,
    Blend,
    MarkPrice,
    MarkWithSpread,
    NoClose,
    PreviousMarkPrice,
)
from abm.adl.design import AdlDesign
from abm.adl.disclosure import ExactRank, Lights, Nothing, PriceToAdl
from experiments.words.told import Told, duration, faces_pool, number, percent, ratio

_BURDEN = "burden = s x (P - M)"
_BANKRUPTCY = "P_bk = M + s D / Q"


def close_price(design: AdlDesign) -> Told:
    """At which price counterparties are closed.

    Raises:
        TypeError: the slot holds a price that has no words yet.
    """
    match design.close_price:
        case BankruptcyPrice():
            return Told(
                "bankruptcy price",
                (f"P = P_bk, {_BANKRUPTCY}", _BURDEN),
                "Counterparties bear the deficit of what they close.",
            )
        case MarkPrice() if faces_pool(design):
            return Told(
                "mark",
                ("P = M", "burden = profit closed - profit paid"),
                "Winners are closed at the mark; of their profit the pool pays its part.",
            )
        case MarkPrice():
            return Told(
                "mark",
                ("P = M", f"{_BURDEN} = 0"),
                "Counterparties lose nothing against the mark; the deficit stays.",
            )
        case MarkWithSpread(spread=spread):
            return Told(
                f"mark, {percent(spread)} in favour of the counterparty",
                (f"P = M (1 - s {number(spread)})", _BURDEN),
                "Counterparties gain a spread against the mark; the deficit stays and grows by it.",
            )
        case PreviousMarkPrice():
            return Told(
                "previous mark",
                ("P = M'", _BURDEN),
                "The mark before the last update, whatever the bankruptcy price is.",
            )
        case Blend(alpha=alpha):
            bankrupt, mark = ratio(alpha), ratio(1.0 - alpha)
            return Told(
                f"{bankrupt} bankruptcy price + {mark} mark",
                (f"P = {bankrupt} P_bk + {mark} M, {_BANKRUPTCY}", _BURDEN),
                f"Counterparties bear {bankrupt} of the deficit of what they close.",
            )
        case NoClose():
            return Told("none, cash", ("burden = x",), "Positions stay open; cash is taken.")
    raise TypeError(f"no words for the close price {design.close_price!r}: add them here")


def disclosure(design: AdlDesign) -> Told:
    """What a trader is shown.

    Raises:
        TypeError: the slot holds a disclosure that has no words yet.
    """
    slot = design.disclosure
    if isinstance(slot, Nothing):
        return Told("nothing", (), "Nothing is published.")
    when = f", every {duration(slot.refresh_s)}" if slot.refresh_s > 0.0 else ""
    when += f", {duration(slot.delay_s)} late" if slot.delay_s > 0.0 else ""
    match slot:
        case Lights(by=by):
            fifths = "heads" if by == "head" else "contracts"
            short, words = (
                f"five lights by {fifths}",
                f"Five lights: a fifth of the own side's {fifths} each, all five for the first",
            )
        case ExactRank():
            short, words = "exact rank", "The exact place in the own side's queue"
        case PriceToAdl():
            short, words = (
                "price to ADL",
                "How near the price is at which the position would be deleveraged",
            )
        case _:
            raise TypeError(f"no words for the disclosure {slot!r}: add them here")
    return Told(f"{short}{when}", (), f"{words}{when}.")


def aftermath(design: AdlDesign) -> Told:
    """What follows."""
    slot = design.aftermath
    formula = [f"fee = {percent(slot.fee_rate)} of x P"] if slot.fee_rate else []
    formula += [f"paid back: {percent(slot.compensation)} of the burden"] * bool(slot.compensation)
    parts = [
        (f"fee {percent(slot.fee_rate)}", slot.fee_rate != 0.0),
        ("orders cancelled", slot.cancel_orders),
        ("notice", slot.notice),
        (f"{percent(slot.compensation)} of the burden paid back", slot.compensation > 0.0),
        (f"re-entry right for {duration(slot.reentry_s)}", slot.reentry_s > 0.0),
        (f"withdrawals stop {duration(slot.withdrawal_gate_s)}", slot.withdrawal_gate_s > 0.0),
        ("market settled at mark", slot.settles_market),
    ]
    said = [text for text, is_so in parts if is_so]
    short = ", ".join(said) if said else "nothing"
    words = f"{short[0].upper()}{short[1:]}." + ("" if slot.fee_rate else " No fee.")
    return Told(short, tuple(formula), words)
