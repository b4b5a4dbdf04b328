"""Two worlds side by side: the compiled engine's columns and the twin's objects, name by name."""

from collections.abc import Iterable

import numpy as np

from abm.engine.build import build_world
from abm.engine.outcomes import outcomes_of
from abm.engine.run import scores_in_python
from abm.engine.scenario import Scenario
from abm.engine.stepwise import step_by_phases
from abm.engine.tick import run_ticks
from abm.engine.world import World
from abm.market import ledger as totals
from abm.record import bind
from abm.reference import ReferenceModel
from abm.reference.accounts import CrossMargin, IsolatedMargin
from abm.reference.outcomes import outcomes_of as outcomes_of_twin
from abm.units import Floats

SAME = 1e-9
"""Relative tolerance of every number [1]."""

ROUNDING_USD = 1e-9
"""Sums that cancel to nothing: cash of a bankrupt account, equity of an empty estate [USD]."""

TOTALS = [name for name in vars(totals) if name.isupper() and name not in ("TOTALS", "BAD_SCORES")]
"""Names of the ledger's totals."""


def column(values: Iterable[float]) -> Floats:
    return np.array(list(values), dtype=np.float64)


def numbers_of_world(world: World) -> dict[str, Floats]:
    """Every number of the engine's world that the twin has as well."""
    accounts, markets, venues = world.state.accounts, world.state.markets, world.state.venues
    traders, ledger = world.traders, world.state.ledger
    found = {
        f"accounts.{name}": getattr(accounts, name)
        for name in (
            "cash_usd", "collateral", "qty_contracts", "entry_price", "opening_leverage",
            "equity_usd", "visible", "taken_usd", "closed_usd", "order_contracts",
            "hedged_share", "liable_usd", "frozen_usd",
        )
    }  # fmt: skip
    found["accounts.margin_usd"] = accounts.margin_usd[accounts.is_isolated]
    found["accounts.closing"] = accounts.closing[:, 0]
    for name in (
        "mark_price", "previous_mark_price", "transient", "permanent", "bid_usd", "ask_usd",
        "depth_usd", "funding_rate", "oracle_price", "index_price", "slow_index", "variance_per_s",
        "index_pressure", "collateral_value",
    ):  # fmt: skip
        found[f"markets.{name}"] = getattr(markets, name)
    for name in (
        "fund_usd",
        "fund_peak_usd",
        "fund_drawdown_usd",
        "fees_usd",
        "adl_on",
        "fund_pnl_usd",
        "fund_pnl_peak_usd",
    ):
        found[f"venues.{name}"] = getattr(venues, name)
    found["quotes.bid_usd"], found["quotes.ask_usd"] = venues.maker_bid_usd, venues.maker_ask_usd
    for name in ("wallet_usd", "spot_units", "initial_usd", "left"):
        found[f"traders.{name}"] = getattr(traders, name)
    for name in TOTALS:
        found[f"ledger.{name}"] = ledger.totals[getattr(totals, name)]
    books = markets.mark_price.shape[1]
    found["rules.margin_factor"] = np.repeat(world.state.rules.margin_factor, books)
    backing = world.state.backing
    found["backing.contribution_usd"] = backing.contribution_usd
    found["backing.capital_usd"] = backing.capital_usd
    found["backing.assessable_usd"] = backing.assessable_usd
    found["backing.committed_usd"] = backing.committed_usd
    found["backing.paid_usd"] = backing.paid_usd
    found["ledger.reaction_usd"], found["ledger.flow_usd"] = ledger.reaction_usd, ledger.flow_usd
    found |= backers_of_world(world)
    for name in ("features", "bankruptcies", "reopens", "waits", "totals"):
        found[f"guard.{name}"] = getattr(world.guard, name)
    for name in ("called_s", "call_factor"):
        values = getattr(world.guard, name)
        found[f"guard.{name}"] = values[:, 0]
        found[f"guard.isolated.{name}"] = values[:, 1:][accounts.is_isolated]
    found |= outside_of_world(world)
    return {name: column(np.ravel(values)) for name, values in found.items()}


def outside_of_world(world: World) -> dict[str, Floats]:
    """Oracles, collateral markets, protocols and issuers."""
    assets, outside = world.state.asset_markets, world.outside
    protocols, issuers = outside.protocols, outside.issuers
    found = {
        "feeds.totals": outside.feeds.totals,
        "markets.asset_price": world.state.markets.asset_price,
        "assets.discount": assets.discount,
        "assets.sold_usd": assets.sold_usd,
        "assets.lowest": assets.lowest,
    }
    for name in ("units", "debt_usd", "supply_scale", "gap", "lender_usd", "sold_usd",
                 "bad_debt_usd"):  # fmt: skip
        found[f"protocols.{name}"] = getattr(protocols, name)
    for name in ("coins", "units", "has_collapsed"):
        found[f"issuers.{name}"] = getattr(issuers, name)[issuers.is_issued]
    return found


def outside_of_twin(model: ReferenceModel) -> dict[str, Iterable[float]]:
    """The same of the twin."""
    outside, first = model.outside, model.venues[0]
    rows = zip(*outside.collateral.markets, strict=True)
    found: dict[str, Iterable[float]] = {
        "feeds.totals": [outside.oracles.stale_ticks, outside.oracles.cost_usd],
        "markets.asset_price": [asset.price_usd for asset in first.assets],
        "assets.discount": [market.discount for row in rows for market in row],
        "assets.sold_usd": [outside.collateral.sold_usd],
        "assets.lowest": [outside.collateral.lowest],
    }
    for name in ("units", "debt_usd"):
        found[f"protocols.{name}"] = [
            getattr(borrower, name) for desk in outside.lending for borrower in desk.borrowers
        ]
    for name in ("supply_scale", "gap", "lender_usd", "sold_usd", "bad_debt_usd"):
        found[f"protocols.{name}"] = [getattr(desk, name) for desk in outside.lending]
    for name in ("coins", "units", "has_collapsed"):
        found[f"issuers.{name}"] = [getattr(i, name) for i in outside.issuers.values()]
    return found


def numbers_of_twin(model: ReferenceModel) -> dict[str, Floats]:
    """The same numbers of the twin, in the same order."""
    accounts, venues = model.accounts, model.venues
    positions = [position for account in accounts for position in account.positions]
    books = [book for venue in venues for book in venue.books]
    traders = model.agents.to_list()
    found: dict[str, Iterable[float]] = {
        "accounts.cash_usd": [a.cross.cash_usd for a in accounts],
        "accounts.collateral": [units for a in accounts for units in a.cross.units],
        "accounts.equity_usd": [a.cross.equity_usd for a in accounts],
        "accounts.margin_usd": [p.margin.cash_usd for p in positions if p.is_isolated],
        "accounts.closing": [a.cross.closing for a in accounts],
        "accounts.taken_usd": [a.taken_usd for a in accounts],
        "accounts.closed_usd": [a.closed_usd for a in accounts],
        "markets.collateral_value": [a.value_usd for venue in venues for a in venue.assets],
        "markets.index_pressure": [i.pressure for i in model.instruments],
        "backing.contribution_usd": model.helpers.contributions,
        "backing.capital_usd": [model.helpers.capital_usd],
        "backing.assessable_usd": model.helpers.assessable,
        "backing.committed_usd": [p.left_usd for p in model.helpers.promises],
        "backing.paid_usd": [usd for row in model.helpers.paid_usd for usd in row],
        "rules.margin_factor": [book.margin_factor for book in books],
        "ledger.reaction_usd": model.ledger.reaction_usd,
        "ledger.flow_usd": model.ledger.flow_usd,
    }
    for name in (
        "qty_contracts", "entry_price", "opening_leverage", "visible", "order_contracts",
        "hedged_share", "liable_usd", "frozen_usd",
    ):  # fmt: skip
        found[f"accounts.{name}"] = [getattr(p, name) for p in positions]
    for name in (
        "mark_price", "previous_mark_price", "transient", "permanent", "bid_usd", "ask_usd",
        "depth_usd", "funding_rate", "oracle_price",
    ):  # fmt: skip
        found[f"markets.{name}"] = [getattr(book, name) for book in books]
    for name in ("index_price", "slow_index", "variance_per_s"):
        found[f"markets.{name}"] = [getattr(i, name) for i in model.instruments]
    for name in ("fund_usd", "fund_peak_usd", "fund_drawdown_usd", "fees_usd"):
        found[f"venues.{name}"] = [getattr(venue, name) for venue in venues]
    for name in ("adl_on", "fund_pnl_usd", "fund_pnl_peak_usd"):
        found[f"venues.{name}"] = [getattr(book, name) for book in books]
    for name in ("bid_usd", "ask_usd"):
        quotes = [quote for venue in venues for maker in venue.makers for quote in maker.quotes]
        found[f"quotes.{name}"] = [getattr(quote, name) for quote in quotes]
    for name in ("wallet_usd", "initial_usd", "left"):
        found[f"traders.{name}"] = [getattr(trader, name) for trader in traders]
    found["traders.spot_units"] = [units for trader in traders for units in trader.spot_units]
    for name in TOTALS:
        found[f"ledger.{name}"] = [getattr(model.ledger, name.lower())]
    found |= backers_of_twin(model)
    found |= guards_of_twin(model)
    found |= outside_of_twin(model)
    return {name: column(values) for name, values in found.items()}


def backers_of_world(world: World) -> dict[str, Floats]:
    """What the engine knows of depositors, stakers and pools."""
    venues, found = world.state.venues, {}
    backers, owned = world.backers, world.backers.vaults.row >= 0
    for name in ("price_usd", "peak_usd", "slow_usd", "outside_usd", "outstanding"):
        found[f"vaults.{name}"] = getattr(backers.vaults, name)[owned]
    there = backers.vaults.threshold < np.inf
    found["vaults.shares"] = backers.vaults.shares[there]
    found["vaults.due_s"] = backers.vaults.due_s[there]
    there = backers.stakers.threshold < np.inf
    found["stakers.shares"] = backers.stakers.shares[there]
    found["stakers.due_s"] = backers.stakers.due_s[there]
    found["stakers.unstaked_usd"] = backers.stakers.unstaked_usd
    found["stakes.part_usd"] = venues.stakers_usd
    found["stakes.slashed_usd"] = venues.slashed_usd
    for name in ("payout_share", "haircut_usd", "bad_debt_usd"):
        found[f"pools.{name}"] = getattr(venues, name)
    found["ledger.adl_by_book"] = world.state.ledger.adl_usd
    return found


def backers_of_twin(model: ReferenceModel) -> dict[str, Iterable[float]]:
    """The same of the twin."""
    venues = model.venues
    found: dict[str, Iterable[float]] = {}
    vaults = list(model.vaults.values())
    for name in ("price_usd", "peak_usd", "slow_usd", "outside_usd", "outstanding"):
        found[f"vaults.{name}"] = [getattr(vault, name) for vault in vaults]
    for name in ("shares", "due_s"):
        found[f"vaults.{name}"] = [getattr(d, name) for vault in vaults for d in vault.depositors]
        found[f"stakers.{name}"] = [getattr(s, name) for fund in model.funds for s in fund.stakers]
    found["stakers.unstaked_usd"] = [fund.unstaked_usd for fund in model.funds]
    found["stakes.part_usd"] = [venue.stakers_usd for venue in venues]
    found["stakes.slashed_usd"] = [venue.slashed_usd for venue in venues]
    found["pools.payout_share"] = [venue.payouts[side] for venue in venues for side in (1, -1)]
    for name in ("haircut_usd", "bad_debt_usd"):
        found[f"pools.{name}"] = [getattr(venue, name) for venue in venues]
    found["ledger.adl_by_book"] = [book.adl_usd for venue in venues for book in venue.books]
    return found


def guards_of_twin(model: ReferenceModel) -> dict[str, Iterable[float]]:
    """What the guards of the twin's venues remember; NaN for no margin call."""
    desks = [venue.desk for venue in model.venues]
    found: dict[str, Iterable[float]] = {
        "guard.features": [value for desk in desks for value in desk.features],
        "guard.totals": [
            sum(desk.halted_s for desk in desks),
            sum(desk.margin_calls for desk in desks),
            max(desk.largest_factor for desk in desks),
            sum(desk.refused_usd for desk in desks),
        ],
    }
    for name in ("bankruptcies", "reopens", "waits"):
        found[f"guard.{name}"] = [getattr(desk, name) for desk in desks]
    owned = [(v.desk, margin) for v in model.venues for a in v.accounts for margin in a.margins]
    for of, chosen in (
        ("guard.", [pair for pair in owned if isinstance(pair[1], CrossMargin)]),
        ("guard.isolated.", [pair for pair in owned if isinstance(pair[1], IsolatedMargin)]),
    ):
        calls = [desk.calls.get(margin) for desk, margin in chosen]
        found[f"{of}called_s"] = [call.called_s if call else np.nan for call in calls]
        found[f"{of}call_factor"] = [call.factor if call else 1.0 for call in calls]
    return found


def assert_same_world(world: World, model: ReferenceModel) -> None:
    """Every number agrees: bankrupt to the cent, visible places, ledgers and all."""
    expected, found = numbers_of_world(world), numbers_of_twin(model)
    assert expected.keys() == found.keys()
    for name, values in expected.items():
        np.testing.assert_allclose(
            found[name],
            values,
            rtol=SAME,
            atol=ROUNDING_USD,
            err_msg=f"{name} at tick {model.luck.tick}",
        )


def assert_same_outcomes(world: World, model: ReferenceModel) -> None:
    """Every outcome of the data dictionary agrees; unknown (NaN) on both sides or on none."""
    expected, found = outcomes_of(world), outcomes_of_twin(model)
    assert expected.keys() == found.keys()
    for name, value in expected.items():
        np.testing.assert_allclose(
            found[name], value, rtol=SAME, atol=1e-6, equal_nan=True, err_msg=name
        )


def run_both(
    scenario: Scenario, seed: int, *, every: int = 10, series_every_s: float = 0.0
) -> tuple[World, ReferenceModel]:
    """Run engine and twin through a scenario, comparing all numbers every few ticks."""
    world = build_world(scenario, seed, 0, series_every_s=series_every_s)
    model = ReferenceModel.from_world(world, scenario)
    assert_same_world(world, model)
    custom = scores_in_python(world)
    handle = bind(world)
    for begin in range(0, scenario.ticks, every):
        ticks = min(every, scenario.ticks - begin)
        if custom:
            step_by_phases(world, scenario, ticks)
        else:
            run_ticks(handle, ticks)
        for _ in range(ticks):
            model.step()
        assert_same_world(world, model)
    assert_same_outcomes(world, model)
    return world, model
