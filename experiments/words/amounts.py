"""Slots 1 to 3 in words: when ADL starts, how much it takes, from whom at most.

Formulas as in `abm/adl/trigger.py`, `severity.py`, `capacity.py`.
"""

import math

from abm.adl.design import AdlDesign
from abm.adl.severity import EqualClaims, Fixed, Full, Match
from abm.adl.trigger import (
    EarlyMargin,
    FundAfterProfits,
    FundDrawdown,
    FundNotUsed,
    InventoryCap,
    PoolDrawdown,
    PoolFactor,
    ResidualDeficit,
)
from experiments.words.told import Told, duration, faces_pool, number, percent, takes_cash

_PAYS = "the fund pays min(D, (F - f)+)"


def trigger(design: AdlDesign) -> Told:
    """When ADL starts.

    Raises:
        TypeError: the slot holds a trigger that has no words yet.
    """
    match design.trigger:
        case FundDrawdown() | PoolDrawdown():
            return _drawdown(design.trigger)
        case ResidualDeficit():
            return Told(
                "fund empty",
                (f"{_PAYS}, f = 0",),
                "ADL takes what is left of the deficit when the insurance fund is empty.",
            )
        case InventoryCap(share=share):
            return Told(
                f"fund empty, or full at {percent(share)} net notional",
                (f"{_PAYS}, f = 0; it holds at most {number(share)} F of net notional",),
                "ADL takes what the fund cannot pay, and positions too large for it to hold.",
            )
        case FundNotUsed():
            return Told(
                "at once, fund not used",
                (f"{_PAYS}, f = infinite",),
                "ADL takes the whole deficit; the fund serves other losses.",
            )
        case FundAfterProfits():
            return Told(
                "profits first, then fund",
                ("the fund pays min(F, (D - Σ (u)+)+)",),
                "Open profits of solvent accounts pay first, then the fund, then equity.",
            )
        case EarlyMargin(stress=stress, largest=largest):
            return Told(
                f"fund empty; margins up to x{number(largest)} before",
                (
                    f"{_PAYS}, f = 0",
                    f"margins x min({number(largest)}, "
                    f"max(1, deficits in sight / ({number(stress)} F)))",
                ),
                "Margin requirements rise while the losses in sight outgrow the fund; ADL takes "
                "what is left when it is empty.",
            )
        case PoolFactor():
            return _pool_factor(design.trigger)
    raise TypeError(f"no words for the trigger {design.trigger!r}: add them here")


def _drawdown(slot: FundDrawdown | PoolDrawdown) -> Told:
    """A fund that stops paying before it is empty."""
    on, off, window = percent(slot.on), percent(slot.off), duration(slot.window_s)
    if isinstance(slot, FundDrawdown):
        off_line = "no hysteresis" if slot.off == slot.on else f"off below {off}"
        return Told(
            f"fund {on} below {window} peak" + ("" if slot.off == slot.on else f", off {off}"),
            (
                f"on when 1 - F / max F >= {on} ({window} look-back), {off_line}",
                f"{_PAYS}, f = {number(1.0 - slot.on)} max F; f = F while on",
            ),
            f"ADL starts when the fund has lost {on} of its peak; the fund never pays below that.",
        )
    if slot.alone:
        return Told(
            "own fund empty",
            (f"{_PAYS}, f = 0",),
            "The symbol has been taken out of its pool: ADL when the fund of its own is empty.",
        )
    return Told(
        f"symbol costs pool {on} of {window} peak, off {off}; or pool empty",
        (
            f"on when (PnL - max PnL) / max F < -{on} and F > {number(slot.min_pool_usd)} USD, "
            f"off above -{off} ({window} look-back)",
            f"{_PAYS}, f = F - (PnL - line)+, line = max PnL - {number(slot.on)} max F",
            "on when F <= 0, too",
        ),
        f"A symbol may cost its pool {on} of the pool's peak; the loss beyond that line is passed "
        "on. PnL is what the symbol has brought the pool.",
    )


def _pool_factor(slot: PoolFactor) -> Told:
    """Winners against the pool behind them."""
    return Told(
        f"profit of a side > {percent(slot.largest)} of pool",
        (
            f"on when Σ u of the side / pool > {number(slot.largest)}; "
            f"no close leads below {number(slot.after)}",
            f"pays min(1, {number(slot.payout_cap)} pool / Σ u) of a profit",
        ),
        "There is no fund: winners of a side are closed while their profit is too large for the "
        "pool that owes it.",
    )


def severity(design: AdlDesign) -> Told:
    """How much of what is owed is taken.

    Raises:
        TypeError: the slot holds a severity that has no words yet.
    """
    owed = "D" if takes_cash(design) else "Q"
    what = "the deficit" if takes_cash(design) else "the contracts of the bankrupt side"
    if isinstance(design.trigger, PoolFactor) and isinstance(design.severity, Full):
        largest = number(design.trigger.largest)
        return Told(
            f"until profit / pool <= {largest}",
            (f"as many closes as lead to Σ u of the side / pool <= {largest}",),
            "No more than brings the profit of the side back to what the pool can owe.",
        )
    match design.severity:
        case Full():
            return Told("all", (f"B = θ {owed}, θ = 1",), f"All of {what}.")
        case Fixed(theta=0.0):
            return Told(
                "nothing",
                (f"B = θ {owed}, θ = 0",),
                "No trader is touched; the slots behind this one are not reached.",
            )
        case Fixed(theta=theta):
            words = f"A constant share, {percent(theta)} of {what}."
            return Told(percent(theta), (f"B = θ {owed}, θ = {number(theta)}",), words)
        case Match():
            return Told(
                "as much as there is",
                (f"B = θ {owed}, θ = min(1, U / {owed})",),
                f"As much of {what} as the capacities can give.",
            )
        case EqualClaims():
            return Told(
                "share that makes claims equal",
                ("B = min(D, U D / (T + D))",),
                "Whoever takes money out leaves the share that makes all claims equal; here "
                "everybody does at once.",
            )
    raise TypeError(f"no words for the severity {design.severity!r}: add them here")


_ENDOWMENT = {
    "contracts": "|q|",
    "pnl_usd": "(u)+",
    "equity_usd": "(e)+",
    "notional_usd": "|q| M",
    "wallet_usd": "(W)+",
}

_HEALTH = {
    "any": ("", ""),
    "solvent": ("|q| loss <= e", "whom closing the whole position would leave insolvent"),
    "not_worse": ("loss <= M e / N", "whose leverage a close at this price would raise"),
}


def capacity(design: AdlDesign) -> Told:
    """From whom at most how much."""
    slot = design.capacity
    opposite = "the side" if faces_pool(design) else "opposite side"
    side = "both sides" if slot.both_sides else opposite
    who = "everybody, flat accounts too" if slot.flat_too else side
    who += ", winners" if slot.winners_only else ""
    counted = endowment(design)
    condition, hurt = _HEALTH[slot.health]
    formula = [f"c = {_most(design, counted)}"]
    formula += [f"c = 0 unless {condition}"] if condition else []
    short = f"{who}: {_share(slot.fraction)}{counted}"
    short += f", at most {percent(slot.burden)} of e" if not math.isinf(slot.burden) else ""
    short += f", if {condition}" if condition else ""
    words = f"{who[0].upper()}{who[1:]}; never insolvent accounts"
    words += f", and none {hurt}." if hurt else "."
    words += f" At most {percent(slot.fraction)} of it." if slot.fraction < 1.0 else ""
    if slot.numeraire == "snapshot_usd":
        words += f" Liable is the profit of {duration(slot.snapshot_s)} ago."
    return Told(short, tuple(formula), words)


def endowment(design: AdlDesign) -> str:
    """What of an account counts as capacity, before shares and caps."""
    slot = design.capacity
    if slot.numeraire == "snapshot_usd":
        return f"min((u {duration(slot.snapshot_s)} ago)+, (e)+)"
    if slot.below_equity:
        return "min((u)+, (e)+)"
    return _ENDOWMENT[slot.numeraire]


def _share(fraction: float) -> str:
    return "" if fraction == 1.0 else f"{number(fraction)} "


def _most(design: AdlDesign, counted: str) -> str:
    """The capacity with its caps, in the numeraire of the round."""
    slot = design.capacity
    burden = "" if slot.burden == 1.0 else f"{number(slot.burden)} "
    contracts = f"{_share(slot.fraction)}|q|"
    most = [f"{_share(slot.fraction)}{counted}"]
    most += [f"{burden}e"] if not math.isinf(slot.burden) else []
    if takes_cash(design):
        return most[0] if len(most) == 1 else f"min({', '.join(most)})"
    in_contracts = [f"{amount} / loss" for amount in most]
    if slot.numeraire == "contracts":
        in_contracts = in_contracts[1:]
    return f"min({', '.join([contracts, *in_contracts])})" if in_contracts else contracts
