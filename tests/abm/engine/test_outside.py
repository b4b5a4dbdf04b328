"""Oracles, depegs, spirals and protocols in a run: what they do, and that money is conserved."""

import math
from dataclasses import replace

import numpy as np
import pytest

from abm.engine.build import build_world
from abm.engine.presets import PRESETS
from abm.engine.run import run_world, simulate
from abm.engine.scenario import Collateral, Scenario
from abm.market.prices import RegimeCrash
from abm.market.stablecoin import Stablecoin
from abm.market.tape import COLLATERAL_SALE, KIND_NAMES
from abm.protocols.lending import LendingProtocol
from abm.protocols.rebase import Rebase
from abm.venue.collateral_market import CollateralMarket, CollateralShock
from abm.venue.oracle import Oracle, Source, cost_to_move
from experiments.overrides import with_overrides
from tests.abm.engine.worlds import harsh, wide

MARKET = CollateralMarket(
    depth_per_held=0.2, impact=0.05, valued_by="median", shocks=(CollateralShock("beta", 3.0),)
)
FULL = replace(
    wide(ticks=80),
    venues=tuple(
        replace(book, oracle=Oracle((Source(error=0.002), Source(kind="own_book")), "median"))
        for book in wide().venues
    ),
    collateral=(
        Collateral(share=0.2, haircut=0.05, market=MARKET),
        Collateral(name="dai", share=0.1, issuer=Stablecoin(0.1, collateral_ratio=1.51)),
        Collateral(name="coin", share=0.1, haircut=0.2, instrument=0),
    ),
    protocols=(LendingProtocol(rebase=Rebase(every_s=60.0)), LendingProtocol(tick_width=0.0015)),
)
"""All of it at once, on two venues and two instruments."""


def test_the_books_balance_with_everything_on():
    record = simulate(FULL, 4, 0, check=True, events=True)
    found = record.outcomes
    assert found["collateral_sold_usd"] > 0.0
    assert found["protocol_sold_usd"] > 0.0
    assert found["lowest_collateral_value"] < 1.0
    sales = record.events["kind"] == COLLATERAL_SALE
    assert KIND_NAMES[COLLATERAL_SALE] == "collateral_sale"
    total = record.events["amount_usd"][sales].sum()
    assert total == pytest.approx(found["collateral_sold_usd"], rel=1e-12)
    assert set(record.events["instrument"][sales]) == {0.0}


def test_what_a_scenario_has_not_is_unknown():
    found = simulate(harsh(), 3, 0).outcomes
    for name in (
        "lowest_collateral_value", "collateral_sold_usd", "stablecoin_collapses",
        "protocol_sold_usd", "protocol_bad_debt_usd",
    ):  # fmt: skip
        assert math.isnan(found[name]), name
    assert found["oracle_stale_ticks"] == found["manipulation_cost_usd"] == 0.0


def depeg(valued_by: str, venues: int) -> Scenario:
    """Calm prices; a stablecoin falls to about 65 cents on the first venue only."""
    names = ("alpha", "beta", "gamma")[:venues]
    shock = CollateralShock("alpha", share=4.31, at_s=20.0, over_s=20.0)
    market = CollateralMarket(
        depth_per_held=0.05, impact=0.1, recovery_s=math.inf, valued_by=valued_by, shocks=(shock,)
    )
    calm = RegimeCrash(initial_price=(100.0,), drop=0.02, depth_spread=0.0, start_s=60.0,
                       duration_s=60.0, volatility_crash_per_year=0.5)  # fmt: skip
    base = PRESETS["usde_depeg"]
    return replace(
        base,
        ticks=90,
        traders=150,
        price=calm,
        venues=tuple(book for book in base.venues if book.name in names),
        collateral=(Collateral(name="USDe", share=0.9, market=market),),
    )


@pytest.mark.parametrize("venues", [2, 3])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_depeg_liquidates_by_the_own_book_and_nobody_by_the_median(venues, seed):
    """USDe, 10 October 2025: 0.65 on one venue, at its peg elsewhere [sign of the event]."""
    own = simulate(depeg("own_book", venues), seed, 0, check=True).outcomes
    median = simulate(depeg("median", venues), seed, 0, check=True).outcomes
    assert own["liquidated_notional_usd"] > 0.0
    assert own["lowest_collateral_value"] < 0.66
    assert median["liquidated_notional_usd"] == 0.0
    assert median["lowest_collateral_value"] > 0.999


@pytest.mark.compiled
def test_the_preset_keeps_the_facts_of_10_october():
    """0.65 on one venue within 3 cents; liquidations are mostly the oracle's doing."""
    own = PRESETS["usde_depeg"]
    median = with_overrides(own, {"collateral.0.market.valued_by": "median"})
    liquidated = {"own_book": 0.0, "median": 0.0}
    for seed in range(6):
        world = build_world(own, seed, 0)
        run_world(world, own)
        assert 0.62 < world.state.asset_markets.lowest[0] < 0.68
        liquidated["own_book"] += simulate(own, seed, 0).outcomes["liquidated_notional_usd"]
        liquidated["median"] += simulate(median, seed, 0).outcomes["liquidated_notional_usd"]
    assert liquidated["own_book"] > 2.0 * liquidated["median"]


def test_selling_collateral_deepens_the_depeg():
    """The same shock in a shallow market: what the venue sells comes on top of it."""
    deep = simulate(depeg("own_book", 2), 1, 0).outcomes
    market = replace(depeg("own_book", 2).collateral[0].market, depth_per_held=0.0005)
    asset = Collateral(name="USDe", share=0.9, market=market)
    shallow = simulate(replace(depeg("own_book", 2), collateral=(asset,)), 1, 0).outcomes
    assert shallow["lowest_collateral_value"] < deep["lowest_collateral_value"] - 0.001


def test_pushing_a_source_costs_what_its_impact_implies():
    """Spot, linear: the oracle moves by ε = Y Q / V while the push lasts, at a cost of Q ε / 2."""
    push = Source(push_usd=-5_000.0, push_from_s=20.0, push_until_s=40.0)
    bent = replace(harsh().venues[0], oracle=Oracle((push,)))
    scenario = harsh(venues=(bent,), ticks=15)
    world = build_world(scenario, 3, 0)
    depth = float(world.spot_depth_usd[0])
    move = scenario.spot.impact * 5_000.0 / depth
    run_world(world, scenario)
    markets = world.state.markets
    expected = markets.index_price[0] * math.exp(-move)
    assert markets.oracle_price[0, 0] == pytest.approx(expected, rel=1e-12)
    cost = simulate(scenario, 3, 0).outcomes["manipulation_cost_usd"]
    assert cost == pytest.approx(5_000.0 * move / 2.0, rel=1e-12)
    assert cost == pytest.approx(cost_to_move(0, scenario.spot.impact, move, depth), rel=1e-12)


@pytest.mark.parametrize(("rule", "bent"), [("weighted", True), ("median", False)])
def test_one_bent_source_of_three(rule, bent):
    """A push of one of three equal sources moves a mean, and leaves a median where it was."""
    push = Source(push_usd=-50_000.0)
    sources = (push, Source(delay_s=0.0), Source(weight=1.0))
    oracle = Oracle(sources, rule)
    scenario = harsh(venues=(replace(harsh().venues[0], oracle=oracle),), ticks=20)
    world = build_world(scenario, 3, 0)
    run_world(world, scenario)
    markets = world.state.markets
    moved = markets.oracle_price[0, 0] < markets.index_price[0] * (1.0 - 1e-4)
    assert moved == bent


def test_a_delayed_source_is_late():
    late = replace(harsh().venues[0], oracle=Oracle((Source(delay_s=6.0),)))
    world = build_world(harsh(venues=(late,)), 3, 0)
    seen = []
    for _ in range(10):
        run_world(world, harsh(venues=(late,), ticks=1))
        markets = world.state.markets
        seen.append((markets.index_price[0], markets.oracle_price[0, 0]))
    index, oracle = np.array(seen).T
    np.testing.assert_array_equal(oracle[3:], index[:-3])
    np.testing.assert_array_equal(oracle[:3], 100.0)


def test_a_protocols_sales_press_the_perpetual_venues():
    """Borrowers who are deleveraged sell in spot, and more is liquidated on the venues."""
    falling = RegimeCrash(initial_price=(100.0,), start_s=10.0, duration_s=100.0, drop=0.08)
    alone = harsh(price=falling, ticks=80)
    heavy = LendingProtocol(debt_per_open_interest=2.0, rebase=Rebase(every_s=40.0, first_s=20.0))
    with_it = replace(alone, protocols=(heavy,))
    quiet, pressed = simulate(alone, 6, 0).outcomes, simulate(with_it, 6, 0, check=True).outcomes
    assert pressed["protocol_sold_usd"] > 0.0
    assert pressed["min_price_ratio"] < quiet["min_price_ratio"]
    assert pressed["liquidated_notional_usd"] > quiet["liquidated_notional_usd"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"protocols": (LendingProtocol(instrument=3),)}, "use 0 to 0"),
        ({"collateral": (Collateral(issuer=Stablecoin(0.1, instrument=2)),)}, "use 0 to 0"),
        ({"collateral": (Collateral(market=MARKET),)}, "there is one venue"),
        (
            {"collateral": (Collateral(market=replace(MARKET, valued_by="own_book")),)},
            "name one of alpha",
        ),
        (
            {"collateral": (Collateral(market=CollateralMarket(depth_usd=(1.0, 2.0))),)},
            "one per venue",
        ),
    ],
)
def test_what_a_scenario_refuses(changes, says):
    with pytest.raises(ValueError, match=says):
        harsh(**changes)


@pytest.mark.parametrize(
    ("source", "says"),
    [(Source(kind="book", venue="nowhere"), "nowhere"), (Source(push_instrument=1), "use 0 to 0")],
)
def test_what_an_oracle_refuses(source, says):
    with pytest.raises(ValueError, match=says):
        harsh(venues=(replace(harsh().venues[0], oracle=Oracle((source,))),))


def test_a_coin_has_one_price():
    with pytest.raises(ValueError, match="leave instrument at -1"):
        Collateral(instrument=0, issuer=Stablecoin(0.1))


def test_every_choice_can_be_swept():
    changed = with_overrides(
        FULL,
        {
            "venues.0.oracle.rule": "weighted",
            "venues.*.oracle.sources.0.error": 0.01,
            "collateral.0.market.valued_by": "own_book",
            "collateral.0.market.shocks.0.share": 5.0,
            "collateral.1.issuer.beta": 1.4,
            "protocols.0.rebase.every_s": 30.0,
            "protocols.*.threshold": 0.85,
        },
    )
    assert changed.venues[0].oracle.rule == "weighted"
    assert changed.venues[1].oracle.sources[0].error == 0.01
    assert changed.collateral[0].market.valued_by == "own_book"
    assert changed.collateral[0].market.shocks[0].share == 5.0
    assert changed.collateral[1].issuer.beta == 1.4
    assert [p.threshold for p in changed.protocols] == [0.85, 0.85]
    assert changed.protocols[0].rebase.every_s == 30.0
