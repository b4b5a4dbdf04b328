"""What a run reports: solvency, fairness, revenue, welfare, each with its formula.

solvency    residual deficit / deficit before ADL; the fund's largest drawdown
fairness    Gini and top-1 % share of what ADL took; the largest burden max_i x_i / e_i of any round
            and how far it lies above the least possible one (see `abm.engine.adl_rung`)
revenue     fees; retained value Σ w_i exp(-β h_i) / Σ w_i with w_i the trader's wealth at the start
            and h_i = min(1, taken_i / w_i), for several β
welfare     wealth at the end minus wealth at the start, by role

A ratio whose denominator is zero is NaN: nothing happened, so nothing is known.
"""

import numpy as np

from abm.adl.measures.concentration import gini, top_share
from abm.engine.backing_outcomes import BACKING, backing_outcomes, outside_usd
from abm.engine.build import wealth_by_trader
from abm.engine.outside_outcomes import OUTSIDE_MEASURES, outside_outcomes
from abm.engine.record import Measure
from abm.engine.world import MARKOUT_TICKS, World
from abm.market import ledger as book
from abm.market.columns import BACKSTOP, HOUSE, MARKET_MAKER, ROLE_NAMES
from abm.units import Floats
from abm.venue.guarding import HALTED_S, LARGEST_FACTOR, MARGIN_CALLS, REFUSED_USD

BY_VENUE = {
    "deficit": (book.DEFICIT_USD, "deficit that reached ADL"),
    "residual": (book.RESIDUAL_USD, "deficit that ADL did not cover"),
    "adl": (book.ADL_USD, "notional closed, or cash taken, by ADL"),
    "liquidated": (book.LIQUIDATED_USD, "notional of forced closes"),
}
"""Totals reported for the first venue and for all others: name -> (place, meaning)."""

BETAS = (2, 5, 8)
"""Churn rates at which retained value is reported: 5 and 8 are the field's, 2 a mild one [1]."""

QUINTILES = 5
"""Groups of traders by wealth at the start."""


def _dictionary() -> tuple[Measure, ...]:
    roles = ROLE_NAMES[:HOUSE]
    return (
        Measure("deficit_before_adl_usd", "USD", "deficit that no fund, vault or book covered"),
        Measure("residual_deficit_usd", "USD", "part of it that ADL did not cover either"),
        Measure("residual_share", "1", "residual deficit / deficit before ADL"),
        Measure("fund_drawdown_usd", "USD", "largest fall of the insurance funds below a peak"),
        Measure("fund_paid_usd", "USD", "paid by the insurance funds"),
        Measure("vault_taken_usd", "USD", "notional taken over by the backstop vaults"),
        Measure("liquidated_notional_usd", "USD", "notional of forced closes at the mark"),
        Measure("adl_notional_usd", "USD", "notional closed by ADL at the mark, or cash taken"),
        Measure("adl_to_liquidation", "1", "deleveraged / liquidated notional"),
        Measure("adl_accounts", "accounts", "accounts that ADL took from"),
        Measure("adl_rounds", "rounds", "ADL rounds, one per book, side and tick"),
        Measure("adl_fills", "fills", "accounts touched, summed over rounds"),
        Measure("taken_usd", "USD", "cost of ADL to accounts at the mark of each round"),
        Measure("taken_gini", "1", "Gini coefficient of the cost over traders who paid"),
        Measure("taken_top1_share", "1", "share of the cost paid by the top 1 % of those traders"),
        Measure("largest_burden", "1", "largest cost / equity in a round"),
        Measure("largest_burden_bound", "1", "least possible largest cost / equity in a round"),
        Measure("largest_burden_excess", "1", "largest distance between the two in a round"),
        *(Measure(f"taken_{r}_usd", "USD", f"cost of ADL to {r} traders") for r in roles),
        *(Measure(f"taken_quintile_{q + 1}_usd", "USD",
                  f"cost of ADL to wealth quintile {q + 1}, 5 = richest")
          for q in range(QUINTILES)),
        Measure("fees_usd", "USD", "fees earned by the venues"),
        *(Measure(f"retained_value_beta{b}", "1",
                  f"Σ w exp(-{b} h) / Σ w, h = share of wealth taken") for b in BETAS),
        *(Measure(f"payoff_{r}_usd", "USD", f"change of wealth of {r} traders") for r in roles),
        Measure("payoff_backstop_usd", "USD",
                "change of the backstop vaults' equity, payments to owners included"),
        Measure("payoff_estate_usd", "USD", "equity of the bankruptcy estates at the end"),
        *(Measure(f"flow_{r}_usd", "USD",
                  f"signed voluntary perpetual flow of {r} traders, buys > 0")
          for r in roles if r != ROLE_NAMES[MARKET_MAKER]),
        Measure("markout_usd", "USD", "profit that deleveraged accounts missed by the horizon"),
        Measure("min_price_ratio", "1", "lowest mark price / first, first venue and instrument"),
        Measure("unsettled_ticks", "ticks", "ticks whose liquidation cascade hit the round limit"),
        Measure("left_traders", "traders", "traders who left because of their place in the queue"),
        Measure("help_usd", "USD", "paid for a venue by others: clearinghouse, promises"),
        *(Measure(f"{what}_{whose}_usd", "USD", f"{meaning}: {where}")
          for what, (_, meaning) in BY_VENUE.items()
          for whose, where in (("first", "first venue"), ("others", "all other venues"))),
        Measure("min_price_ratio_others", "1", "lowest mark price / first, all other venues"),
        Measure("adl_other_markets_usd", "USD", "closed or taken by ADL, all other instruments"),
        Measure("failed_venues", "venues", "venues with a deficit at ADL, or bad debt of a pool"),
        Measure("first_failure_s", "s", "first deficit at any venue's ADL, or bad debt of a pool"),
        Measure("spread_s", "s", "time from the first failed venue to the second"),
        Measure("reaction_volume_usd", "USD", "notional ordered because of the published place"),
        Measure("halted_s", "s", "time without trading, summed over venues"),
        Measure("margin_calls", "calls", "margin calls opened"),
        Measure("largest_margin_factor", "1", "largest factor on a venue's maintenance margins"),
        Measure("refused_orders_usd", "USD", "notional of orders that halts, caps or margins cut"),
        *OUTSIDE_MEASURES,
        *BACKING,
    )  # fmt: skip


DICTIONARY = _dictionary()
"""Every outcome: name, unit, meaning."""


def ratio(numerator: float, denominator: float) -> float:
    """Numerator / denominator, NaN when the denominator is zero."""
    return numerator / denominator if denominator > 0.0 else float("nan")


def retained_value(wealth: Floats, taken: Floats, beta: float) -> float:
    """Σ w exp(-β h) / Σ w with h = min(1, taken / w), over traders with wealth."""
    rich = wealth > 0.0
    haircut = np.clip(taken[rich] / wealth[rich], 0.0, 1.0)
    weights = wealth[rich]
    return float((weights * np.exp(-beta * haircut)).sum() / weights.sum())


def outcomes_of(world: World) -> dict[str, float]:
    """All outcomes of a finished run, in the order of `DICTIONARY`."""
    found = {
        **_ledger_outcomes(world),
        **_venue_outcomes(world),
        **_trader_outcomes(world),
        **outside_outcomes(world),
    }
    found |= backing_outcomes(world)
    return {measure.name: float(found[measure.name]) for measure in DICTIONARY}


def _ledger_outcomes(world: World) -> dict[str, float]:
    state = world.state
    totals = state.ledger.totals
    venues = state.venues
    known = 1.0 if totals[book.ADL_ROUNDS] > 0.0 else float("nan")
    return {
        "deficit_before_adl_usd": totals[book.DEFICIT_USD],
        "residual_deficit_usd": totals[book.RESIDUAL_USD],
        "residual_share": ratio(totals[book.RESIDUAL_USD], totals[book.DEFICIT_USD]),
        "fund_drawdown_usd": float(venues.fund_drawdown_usd.sum()),
        "fund_paid_usd": totals[book.FUND_PAID_USD],
        "vault_taken_usd": totals[book.VAULT_TAKEN_USD],
        "liquidated_notional_usd": totals[book.LIQUIDATED_USD],
        "adl_notional_usd": totals[book.ADL_USD],
        "adl_to_liquidation": ratio(totals[book.ADL_USD], totals[book.LIQUIDATED_USD]),
        "adl_rounds": totals[book.ADL_ROUNDS],
        "adl_fills": totals[book.ADL_FILLS],
        "taken_usd": totals[book.TAKEN_USD],
        "largest_burden": known * totals[book.BURDEN],
        "largest_burden_bound": known * totals[book.BURDEN_BOUND],
        "largest_burden_excess": known * totals[book.BURDEN_EXCESS],
        "fees_usd": float(venues.fees_usd.sum()),
        "markout_usd": totals[book.MARKOUT_USD] + _open_markout(world),
        "min_price_ratio": totals[book.MIN_MARK_RATIO],
        "unsettled_ticks": totals[book.UNSETTLED_TICKS],
        "reaction_volume_usd": totals[book.REACTION_VOLUME_USD],
        "halted_s": world.guard.totals[HALTED_S],
        "margin_calls": world.guard.totals[MARGIN_CALLS],
        "largest_margin_factor": world.guard.totals[LARGEST_FACTOR],
        "refused_orders_usd": world.guard.totals[REFUSED_USD],
    }


def _venue_outcomes(world: World) -> dict[str, float]:
    ledger = world.state.ledger
    several = 1.0 if ledger.failed_s.size > 1 else float("nan")
    failed = np.sort(ledger.failed_s[np.isfinite(ledger.failed_s)])
    found = {
        "help_usd": float(ledger.totals[book.HELP_USD]),
        "adl_other_markets_usd": float(ledger.adl_usd[:, 1:].sum())
        if ledger.adl_usd.shape[1] > 1
        else float("nan"),
        "failed_venues": float(failed.size),
        "first_failure_s": float(failed[0]) if failed.size > 0 else float("nan"),
        "spread_s": float(failed[1] - failed[0]) if failed.size > 1 else float("nan"),
        "min_price_ratio_others": several * float(ledger.lowest_ratio[1:].min(initial=1.0)),
    }
    for name, (place, _) in BY_VENUE.items():
        found[f"{name}_first_usd"] = float(ledger.by_venue[0, place])
        found[f"{name}_others_usd"] = several * float(ledger.by_venue[1:, place].sum())
    return found


def _open_markout(world: World) -> float:
    """Closes whose horizon lies beyond the end of the run, valued at the last mark [USD]."""
    ledger = world.state.ledger
    slots = int(world.terms[MARKOUT_TICKS]) + 1
    value = ledger.closed_contracts[:slots] * world.state.markets.mark_price
    return float((value - ledger.closed_value_usd[:slots]).sum())


def _trader_outcomes(world: World) -> dict[str, float]:
    accounts, traders = world.state.accounts, world.traders
    count = traders.trader_id.size
    closed = np.bincount(accounts.trader, weights=accounts.closed_usd, minlength=count)
    taken = np.bincount(accounts.trader, weights=accounts.taken_usd, minlength=count)
    touched = (closed > 0.0) | (taken != 0.0)
    paid = np.maximum(taken[touched], 0.0)
    people = traders.role != HOUSE
    change = wealth_by_trader(world) - traders.initial_usd
    found = {
        "adl_accounts": float(((accounts.closed_usd > 0.0) | (accounts.taken_usd != 0.0)).sum()),
        "taken_gini": gini(paid),
        "taken_top1_share": top_share(paid, 0.01),
        "left_traders": float(traders.left.sum()),
    }
    for role, name in enumerate(ROLE_NAMES[:HOUSE]):
        found[f"taken_{name}_usd"] = float(taken[traders.role == role].sum())
        found[f"payoff_{name}_usd"] = float(change[traders.role == role].sum())
        found[f"flow_{name}_usd"] = float(world.state.ledger.flow_usd[role])
    order = np.argsort(traders.initial_usd[people], kind="stable")
    for q, group in enumerate(np.array_split(order, QUINTILES)):
        found[f"taken_quintile_{q + 1}_usd"] = float(taken[people][group].sum())
    for beta in BETAS:
        wealth = traders.initial_usd[people]
        found[f"retained_value_beta{beta}"] = retained_value(wealth, taken[people], beta)
    vaults = accounts.kind == BACKSTOP
    equity = accounts.equity_usd
    paid = outside_usd(world, pools=False)
    found["payoff_backstop_usd"] = float((equity - world.first_vault_usd)[vaults].sum()) + paid
    estates = world.state.venues.estate_row[world.state.rules.pool.is_on == 0.0]
    found["payoff_estate_usd"] = float(equity[estates].sum())
    return found
