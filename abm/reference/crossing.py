"""Legs on several venues: what may still be ordered on each, and how a broken hedge is mended."""

import math
from collections.abc import Sequence
from typing import Protocol

from abm.agents.trading import CUT_LEG, HOLD_LEG
from abm.engine.scenario import Scenario
from abm.reference.accounts import Account
from abm.reference.rules import cut_leg, directional_order, is_unhedged
from abm.reference.venues import Venue


class Chosen(Protocol):
    """The model, as far as its choices."""

    choices: Scenario


class Crosser(Protocol):
    """What is read of a trader with accounts on several venues."""

    spot_units: list[float]
    spot_order: list[float]

    @property
    def around(self) -> Chosen:
        """The model that it lives in."""

    @property
    def accounts(self) -> Sequence[tuple[Venue, Account]]:
        """Its accounts, each with its venue."""


def room_for(
    venue: Venue, account: Account, k: int, sign: float, own_leverage: float = math.inf
) -> float:
    """Contracts of one sign that an account may still order, signed.

    What closes is free; what opens stays within the venue's initial margin and the trader's own
    leverage.
    """
    position, cross = account.positions[k], account.cross
    if position.margin.closing > 0.0 or cross.equity_usd <= 0.0:
        return 0.0
    book = position.book
    limit = min(venue.rulebook.max_leverage / book.margin_factor, own_leverage)
    freed = -position.qty_contracts if position.qty_contracts * sign < 0.0 else 0.0
    notional = cross.notional_usd - abs(freed) * book.mark_price
    impulse = math.copysign(math.inf, sign)
    opened = directional_order(0.0, notional, cross.equity_usd, book.mark_price, impulse, limit)
    return freed + opened


def mend_legs(trader: Crosser, k: int, style: int) -> bool:
    """Bring the net position back to zero by one order on one account; True if it was off."""
    legs = [(account.positions[k], venue, account) for venue, account in trader.accounts]
    net = trader.spot_units[k] + sum(position.qty_contracts for position, _, _ in legs)
    sizes = [abs(position.qty_contracts) for position, _, _ in legs]
    tolerance = trader.around.choices.behaviour.cross_venue.leg_tolerance
    if not is_unhedged(net, max([abs(trader.spot_units[k]), *sizes]), tolerance):
        return False
    if style == HOLD_LEG:
        return True
    if style == CUT_LEG:
        alike = [leg for leg in legs if leg[0].qty_contracts * net > 0.0]
        spot = trader.spot_units[k]
        if spot * net > 0.0 and all(abs(spot) > abs(leg[0].qty_contracts) for leg in alike):
            trader.spot_order[k] += cut_leg(spot, net)
            return True
        if not alike:
            return True
        position, _, _ = max(alike, key=lambda leg: abs(leg[0].qty_contracts))
        if position.margin.closing == 0.0:
            position.order_contracts += cut_leg(position.qty_contracts, net)
        return True
    position, venue, account = min(legs, key=lambda leg: abs(leg[0].qty_contracts))
    if position.margin.closing == 0.0:
        room = room_for(venue, account, k, -net)
        position.order_contracts += max(-net, room) if net > 0.0 else min(-net, room)
    return True
