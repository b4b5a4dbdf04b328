"""What the twin reports: the series' columns, and every outcome of `abm.engine.outcomes`.

Formulas of a list of numbers (Gini, top share, retained value) are the engine's; which numbers go
into them is counted here, from objects.
"""

import math
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from abm.adl.measures.concentration import gini, top_share
from abm.engine.outcomes import BETAS, QUINTILES, ratio, retained_value
from abm.engine.scenario import Scenario
from abm.market.columns import BACKSTOP, HOUSE, MARKET_MAKER, ROLE_NAMES
from abm.reference.accounts import Account
from abm.reference.backers import OwnedVault, StakedFund
from abm.reference.ledger import Ledger, borne
from abm.reference.luck import Luck
from abm.reference.markets import Instrument
from abm.reference.outside import Surroundings
from abm.reference.traders import Trader
from abm.reference.venues import Venue


class Observed(Protocol):
    """What reports read of a model."""

    choices: Scenario
    luck: Luck
    ledger: Ledger
    instruments: list[Instrument]
    venues: list[Venue]
    accounts: list[Account]
    vaults: dict[int, OwnedVault]
    funds: list[StakedFund]
    outside: Surroundings
    agents: Any


def open_interest_usd(model: Observed) -> float:
    """Long notional at the mark over all books [USD]."""
    total = 0.0
    for account in model.accounts:
        for position in account.positions:
            total += max(0.0, position.qty_contracts) * position.book.mark_price
    return total


REPORTERS: dict[str, Callable[[Any], float]] = {
    "time_s": lambda m: m.luck.tick * m.choices.dt_s,
    "index_price": lambda m: m.instruments[0].index_price,
    "mark_price": lambda m: m.venues[0].books[0].mark_price,
    "deficit_usd": lambda m: m.ledger.deficit_usd,
    "residual_usd": lambda m: m.ledger.residual_usd,
    "adl_usd": lambda m: m.ledger.adl_usd,
    "liquidated_usd": lambda m: m.ledger.liquidated_usd,
    "fund_usd": lambda m: sum(venue.fund_usd for venue in m.venues),
    "depth_usd": lambda m: sum(book.depth_usd for venue in m.venues for book in venue.books),
    "open_interest_usd": open_interest_usd,
    "reaction_directional_usd": lambda m: m.ledger.reaction_usd[0],
    "reaction_hedger_usd": lambda m: m.ledger.reaction_usd[1],
    "reaction_maker_usd": lambda m: m.ledger.reaction_usd[2],
}
"""Columns of a recorded row: name -> number of a model."""


def outcomes_of(model: Observed) -> dict[str, float]:
    """Every outcome of the engine's dictionary, from the objects of a finished run."""
    return {
        **_of_ledger(model),
        **_of_venues(model),
        **_of_traders(model),
        **_of_house(model),
        **model.outside.outcomes(),
        **_of_backers(model),
    }


def _of_ledger(model: Observed) -> dict[str, float]:
    ledger = model.ledger
    return {
        "deficit_before_adl_usd": ledger.deficit_usd,
        "residual_deficit_usd": ledger.residual_usd,
        "residual_share": ratio(ledger.residual_usd, ledger.deficit_usd),
        "fund_paid_usd": ledger.fund_paid_usd,
        "vault_taken_usd": ledger.vault_taken_usd,
        "liquidated_notional_usd": ledger.liquidated_usd,
        "adl_notional_usd": ledger.adl_usd,
        "adl_to_liquidation": ratio(ledger.adl_usd, ledger.liquidated_usd),
        "adl_rounds": ledger.adl_rounds,
        "adl_fills": ledger.adl_fills,
        "taken_usd": ledger.taken_usd,
        "largest_burden": ledger.burden if ledger.adl_rounds else math.nan,
        "largest_burden_bound": ledger.burden_bound if ledger.adl_rounds else math.nan,
        "largest_burden_excess": ledger.burden_excess if ledger.adl_rounds else math.nan,
        "markout_usd": ledger.markout_usd + ledger.open_markout_usd(),
        "unsettled_ticks": ledger.unsettled_ticks,
        "reaction_volume_usd": ledger.reaction_volume_usd,
    }


def _of_venues(model: Observed) -> dict[str, float]:
    """The first venue against all others, and the order of failures."""
    first, *others = model.venues
    failed = sorted(venue.failed_s for venue in model.venues if venue.failed_s < math.inf)
    found = {
        "help_usd": model.ledger.help_usd,
        "adl_other_markets_usd": sum(b.adl_usd for v in model.venues for b in v.books[1:])
        if len(first.books) > 1
        else math.nan,
        "failed_venues": len(failed),
        "first_failure_s": failed[0] if failed else math.nan,
        "spread_s": failed[1] - failed[0] if len(failed) > 1 else math.nan,
        "min_price_ratio_others": min((v.lowest_ratio for v in others), default=math.nan),
    }
    for name in borne(model.ledger):
        found[f"{name}_first_usd"] = first.bore.get(name, 0.0)
        found[f"{name}_others_usd"] = (
            sum(venue.bore.get(name, 0.0) for venue in others) if others else math.nan
        )
    return found


def _of_house(model: Observed) -> dict[str, float]:
    """Funds, fees, vaults and estates; the vaults at their last valuation."""
    vaults = [account for account in model.accounts if account.kind == BACKSTOP]
    return {
        "fund_drawdown_usd": sum(venue.fund_drawdown_usd for venue in model.venues),
        "fees_usd": sum(venue.fees_usd for venue in model.venues),
        "payoff_backstop_usd": sum(v.cross.equity_usd - v.first_equity_usd for v in vaults)
        + sum(v.outside_usd for v in model.vaults.values() if v.venue.rulebook.pool is None),
        "payoff_estate_usd": sum(
            venue.estate.cross.equity_usd for venue in model.venues if venue.rulebook.pool is None
        ),
        "min_price_ratio": model.ledger.min_mark_ratio,
        "halted_s": sum(venue.desk.halted_s for venue in model.venues),
        "margin_calls": sum(venue.desk.margin_calls for venue in model.venues),
        "largest_margin_factor": max(venue.desk.largest_factor for venue in model.venues),
        "refused_orders_usd": sum(venue.desk.refused_usd for venue in model.venues),
    }


def _of_backers(model: Observed) -> dict[str, float]:
    """Depositors, stakers and pools."""
    vaults = list(model.vaults.values())
    runs = [vault.run_s for vault in vaults if not math.isnan(vault.run_s)]
    pools = [venue.estate for venue in model.venues if venue.rulebook.pool is not None]
    gained = sum(pool.cross.equity_usd - pool.first_equity_usd for pool in pools)
    return {
        "vault_withdrawn_usd": sum(vault.withdrawn_usd for vault in vaults),
        "vault_run_s": min(runs, default=math.nan),
        "vault_lowest_price": min((vault.lowest_usd for vault in vaults), default=math.nan),
        "stakers_slashed_usd": sum(venue.slashed_usd for venue in model.venues),
        "stakers_paid_usd": sum(fund.unstaked_usd for fund in model.funds),
        "pool_haircut_usd": sum(venue.haircut_usd for venue in model.venues),
        "pool_bad_debt_usd": sum(venue.bad_debt_usd for venue in model.venues),
        "payoff_pool_usd": gained
        + sum(v.outside_usd for v in vaults if v.venue.rulebook.pool is not None),
    }


def _of_traders(model: Observed) -> dict[str, float]:
    """Who was taken from, who gained, who stays."""
    traders: list[Trader] = model.agents.to_list()
    touched = [a for a in model.accounts if a.closed_usd > 0.0 or a.taken_usd != 0.0]
    owners = {account.owner for account in touched}
    paid = np.array([max(0.0, t.taken_usd()) for t in traders if t in owners])
    people = [trader for trader in traders if trader.role != HOUSE]
    found = {
        "adl_accounts": len(touched),
        "taken_gini": gini(paid),
        "taken_top1_share": top_share(paid, 0.01),
        "left_traders": sum(trader.left for trader in traders),
    }
    for role, name in enumerate(ROLE_NAMES[:HOUSE]):
        kind = [trader for trader in traders if trader.role == role]
        found[f"taken_{name}_usd"] = sum(t.taken_usd() for t in kind)
        found[f"payoff_{name}_usd"] = sum(t.wealth_usd() - t.initial_usd for t in kind)
        if role != MARKET_MAKER:
            found[f"flow_{name}_usd"] = model.ledger.flow_usd[role]
    poorest_first = sorted(people, key=lambda trader: trader.initial_usd)
    groups = np.array_split(np.arange(len(people)), QUINTILES)
    for q, group in enumerate(groups, start=1):
        found[f"taken_quintile_{q}_usd"] = sum(poorest_first[i].taken_usd() for i in group)
    wealth = np.array([trader.initial_usd for trader in people])
    taken = np.array([trader.taken_usd() for trader in people])
    for beta in BETAS:
        found[f"retained_value_beta{beta}"] = retained_value(wealth, taken, beta)
    return found
