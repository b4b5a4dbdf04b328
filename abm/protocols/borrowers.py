"""One tick of the lending protocols: rebase, then deleverage from the highest debt ratio down.

Rules are in `abm.protocols.rebase` and `abm.protocols.deleveraging`; columns in
`abm.protocols.lending`.
"""

import math

from abm.kernel import kernel
from abm.protocols.deleveraging import debt_ratio, falling_threshold, in_same_tick, repaid
from abm.protocols.lending import (
    BAND,
    BONUS,
    EVERY_S,
    FALL_PER_DAY,
    FIRST_S,
    GROWTH,
    MOST_ABOVE,
    MOST_BELOW,
    REPAID_USD_PER_S,
    REPRICING_S,
    TARGET,
    THRESHOLD,
    TICK_WIDTH,
    Protocols,
)
from abm.protocols.rebase import SECONDS_PER_DAY, is_rebase_due, rebase_share, unit_price
from abm.units import Floats

WAITING, TAKEN, DONE = range(3)
"""Stages of a borrower in a tick: not looked at, in the tick being deleveraged, dealt with."""


@kernel
def price_of_unit(protocols: Protocols, p: int, index_price: Floats) -> float:
    """Market price of a protocol's unit now [USD]."""
    index = index_price[protocols.instrument[p]]
    factor = math.exp(protocols.gap[p])
    return unit_price(index, protocols.first_index[p], protocols.supply_scale[p], factor)


@kernel
def rebase_units(
    protocols: Protocols, p: int, index_price: Floats, now_s: float, dt_s: float
) -> None:
    """Close the price gap a little; change everybody's units if a rebase is due."""
    rule = protocols.rebase[p]
    protocols.gap[p] *= math.exp(-math.log(2.0) * dt_s / rule[REPRICING_S])
    if not is_rebase_due(now_s, dt_s, rule[FIRST_S], rule[EVERY_S]):
        return
    deviation = price_of_unit(protocols, p, index_price) - 1.0
    share = rebase_share(deviation, rule[BAND], rule[GROWTH], rule[MOST_ABOVE], rule[MOST_BELOW])
    protocols.supply_scale[p] *= 1.0 + share
    protocols.gap[p] += math.log(1.0 + share)
    for n in range(protocols.start[p], protocols.start[p + 1]):
        protocols.units[n] *= 1.0 + share


@kernel
def highest_ratio(protocols: Protocols, p: int, price: float) -> int:
    """The waiting borrower with the highest debt ratio, the first in a tie; -1 when none owes."""
    found = -1
    highest = 0.0
    for n in range(protocols.start[p], protocols.start[p + 1]):
        if protocols.stage[n] == WAITING:
            ratio = debt_ratio(protocols.debt_usd[n], protocols.units[n] * price)
            if ratio > highest:
                found = n
                highest = ratio
    return found


@kernel
def take_tick(protocols: Protocols, p: int, first: int, price: float) -> None:
    """Mark borrower `first`, and those in its tick, as taken."""
    width = protocols.terms[p, TICK_WIDTH]
    top = debt_ratio(protocols.debt_usd[first], protocols.units[first] * price)
    protocols.stage[first] = TAKEN
    if width <= 0.0 or math.isinf(top):
        return
    for n in range(protocols.start[p], protocols.start[p + 1]):
        if protocols.stage[n] == WAITING:
            ratio = debt_ratio(protocols.debt_usd[n], protocols.units[n] * price)
            if ratio > 0.0 and in_same_tick(top, ratio, width):
                protocols.stage[n] = TAKEN


@kernel
def deleverage_taken(protocols: Protocols, p: int, price: float, budget_usd: float) -> float:
    """Repay for all that are taken, pro rata, and sell their collateral; debt repaid [USD]."""
    target, bonus = protocols.terms[p, TARGET], protocols.terms[p, BONUS]
    debt = 0.0
    value = 0.0
    for n in range(protocols.start[p], protocols.start[p + 1]):
        if protocols.stage[n] == TAKEN:
            debt += protocols.debt_usd[n]
            value += protocols.units[n] * price
    paid = repaid(debt, value, target, bonus, budget_usd)
    all_sold = paid >= value / (1.0 + bonus)
    sold = value if all_sold else (1.0 + bonus) * paid
    for n in range(protocols.start[p], protocols.start[p + 1]):
        if protocols.stage[n] == TAKEN:
            protocols.stage[n] = DONE
            if all_sold:
                protocols.units[n] = 0.0
                protocols.debt_usd[n] = 0.0
            else:
                protocols.units[n] *= 1.0 - sold / value
                protocols.debt_usd[n] *= 1.0 - paid / debt
    if all_sold:
        protocols.bad_debt_usd[p] += debt - paid
    protocols.lender_usd[p] += paid
    protocols.sold_usd[p] += sold
    protocols.flow_usd[protocols.instrument[p]] += sold
    return paid


@kernel
def deleverage_borrowers(
    protocols: Protocols, p: int, index_price: Floats, now_s: float, dt_s: float
) -> float:
    """Take down whoever is above the threshold, as far as repayers' means go; repaid [USD]."""
    terms = protocols.terms[p]
    price = price_of_unit(protocols, p, index_price)
    days = now_s / SECONDS_PER_DAY
    threshold = falling_threshold(terms[THRESHOLD], terms[FALL_PER_DAY], days)
    budget = terms[REPAID_USD_PER_S] * dt_s
    total = 0.0
    protocols.stage[protocols.start[p] : protocols.start[p + 1]] = WAITING
    while budget > 0.0:
        first = highest_ratio(protocols, p, price)
        if first < 0:
            break
        ratio = debt_ratio(protocols.debt_usd[first], protocols.units[first] * price)
        if ratio < threshold:
            break
        take_tick(protocols, p, first, price)
        paid = deleverage_taken(protocols, p, price, budget)
        budget -= paid
        total += paid
    return total


@kernel
def run_lending(protocols: Protocols, index_price: Floats, now_s: float, dt_s: float) -> float:
    """One tick of every protocol; `flow_usd` is what they sell, the result what was repaid [USD].

    `index_price`: `[K]`.
    """
    protocols.flow_usd[:] = 0.0
    total = 0.0
    for p in range(protocols.instrument.size):
        rebase_units(protocols, p, index_price, now_s, dt_s)
        total += deleverage_borrowers(protocols, p, index_price, now_s, dt_s)
    return total
