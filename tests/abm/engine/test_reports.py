"""What a queue over all venues sees: a hedge comes last there and first elsewhere, by hand.

Mark 100 on both venues; the queue is that of the shorts on alpha. For trader t over both venues
score = (u)+ / max(1, W) N / e with W = e - u and N = |net contracts| 100 (proposal
cross_venue_queue); binance scores the account alone, (u)+ / max(1, W) MM / e with MM = 0.0125 N.

                  alpha                 beta                  both                      score
    10 hedger     -10 at 150, cash 100  +10 at 140, cash 900  u 100, e 1100, N 0        0
    11 short      -10 at 110, cash 400                        u 100, e 500, N 1000      1/4 x 2
    12 short      -10 at 120, cash 800                        u 200, e 1000, N 1000     1/4 x 1
"""

import math
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from abm.agents.population import Population
from abm.engine.build import build_world
from abm.engine.queue import score_queue
from abm.engine.real_book import RealBook
from abm.engine.reports import ExposureReport, take_report
from abm.engine.run import simulate
from abm.engine.world import KEY_REPORT, TICK
from abm.market.prices import GeometricBrownian
from abm.market.tape import ADL_FILL
from abm.rng import tick_key, uniform
from abm.venue.margin import value_accounts
from abm.venue.rulebook import Rulebook
from tests.abm.engine.worlds import harsh

MARK = 100.0
HEDGER, LEVERED, CALM, BANKRUPT, LONG, LEG, OTHER = 10, 11, 12, 13, 14, 20, 21
BOOK = {
    "account_id": [HEDGER, LEVERED, CALM, BANKRUPT, LONG, LEG, OTHER],
    "trader_id": [1, 2, 3, 4, 5, 1, 6],
    "venue": [0, 0, 0, 0, 0, 1, 1],
    "instrument": [0] * 7,
    "qty_contracts": [-10.0, -10.0, -10.0, 15.0, 15.0, 10.0, -10.0],
    "entry_price": [150.0, 110.0, 120.0, 120.0, 100.0, 140.0, 100.0],
    "cash_usd": [100.0, 400.0, 800.0, 100.0, 9000.0, 900.0, 9000.0],
}
BARE = Rulebook(
    name="alpha",
    lot_contracts=(0.5,),
    taker_fee=0.0,
    maker_fee=0.0,
    funding_sensitivity=0.0,
    fund_usd_per_open_interest=0.0,
    backstop_usd_per_open_interest=0.0,
    bankrupt_to_book="none",
)
"""Nothing between a bankruptcy and ADL."""
SHORTS = (HEDGER, LEVERED, CALM)


@pytest.fixture
def scenario_of(tmp_path):
    """The book above under a design of alpha, with a report or none."""
    path = tmp_path / "book.parquet"
    pq.write_table(pa.table(BOOK), path)

    def scenario(design, report=None):
        return harsh(
            ticks=10,
            dt_s=1.0,
            price=GeometricBrownian(initial_price=(MARK,), volatility_per_year=0.0),
            population=RealBook(path=str(path), behaviour=Population(makers=1)),
            venues=(BARE, replace(BARE, name="beta")),
            venue_coupling_s=math.inf,
            designs=(design, "bitmex"),
            exposure_report=report or ExposureReport(),
        )

    return scenario


def world_of(scenario, seed=1):
    """Its world, without spot: hedges are on the other venue alone."""
    world = build_world(scenario, seed, 0)
    world.traders.spot_units[:] = 0.0
    return world


def row_of(world, account):
    (row,) = np.flatnonzero(world.state.accounts.account_id == account)
    return int(row)


def scores(world):
    """Scores of the three shorts on alpha, as the next ADL round would find them."""
    assert score_queue(world, 0, 0, np.uint64(3))
    return [float(world.buffers.queue_scores[row_of(world, i), 0]) for i in SHORTS]


def close_leg(world):
    """The hedger's leg on beta is gone, its loss of 400 realised: cash 500, no position."""
    accounts, state = world.state.accounts, world.state
    row = row_of(world, LEG)
    accounts.qty_contracts[row, 0] = 0.0
    accounts.entry_price[row, 0] = 0.0
    accounts.cash_usd[row] -= 400.0
    value_accounts(accounts, state.markets, state.rules)


def after(world, seconds):
    """Let a second pass and take what report is due, `seconds` times; nobody trades."""
    for _ in range(seconds):
        world.clock[TICK] += 1
        take_report(world)


def test_a_perfect_hedge_is_last_over_all_venues_and_first_on_one(scenario_of):
    found = scores(world_of(scenario_of("cross_venue_queue")))
    assert found == [0.0, 0.5, 0.25]
    alone = scores(world_of(scenario_of("binance")))
    by_hand = [500 / 100 * 12.5 / 600, 100 / 400 * 12.5 / 500, 200 / 800 * 12.5 / 1000]
    assert alone == pytest.approx(by_hand, rel=1e-6)
    assert alone[0] == max(alone)


@pytest.mark.parametrize(
    ("design", "closed"),
    [
        ("cross_venue_queue", {LEVERED: 10.0, CALM: 5.0}),
        ("binance", {HEDGER: 10.0, LEVERED: 5.0}),
    ],
)
def test_fifteen_bankrupt_contracts_are_closed_in_that_order(scenario_of, design, closed):
    record = simulate(replace(scenario_of(design), ticks=1), 1, 0, events=True, check=True)
    fills = np.asarray(record.events["kind"]) == ADL_FILL
    identities = np.asarray(record.events["account_id"])[fills].astype(int).tolist()
    contracts = np.asarray(record.events["contracts"])[fills].tolist()
    assert dict(zip(identities, contracts, strict=True)) == closed
    assert np.asarray(record.events["price"])[fills] == pytest.approx(MARK + 200.0 / 15.0)


def test_live_the_hedger_is_first_as_soon_as_its_leg_is_gone(scenario_of):
    """By hand: u = 500, e = 600 + 500, W = 600, N = 1000."""
    world = world_of(scenario_of("cross_venue_queue"))
    close_leg(world)
    assert scores(world) == pytest.approx([500 / 600 * 1000 / 1100, 0.5, 0.25], rel=1e-6)


def test_a_late_report_hides_it_until_it_arrives(scenario_of):
    """Snapshots at 0, 4, 8 s, shown 3 s later: the leg closed at 1 s is seen missing at 7 s."""
    report = ExposureReport(live=False, refresh_s=4.0, delay_s=3.0)
    world = world_of(scenario_of("cross_venue_queue", report))
    after(world, 1)
    close_leg(world)
    first_seen = 500 / 600 * 1000 / 1100
    for now_s in range(1, 11):
        expected = 0.0 if now_s < 7 else first_seen
        assert scores(world) == pytest.approx([expected, 0.5, 0.25], rel=1e-6), now_s
        after(world, 1)


def test_a_wrong_report_scales_what_is_known_of_the_leg(scenario_of):
    """With the factor f: u = 500 - 400 f, e = 600 + 500 f, N = 1000 |f - 1|; own numbers exact.

    A leg told too small makes an exposed winner of the hedger, one told 1.25 times too large a
    loser, which scores 0.
    """
    scenario = scenario_of("cross_venue_queue", ExposureReport(live=False, error=0.3))
    factors = []
    for seed in range(1, 9):
        world = world_of(scenario, seed)
        draw = uniform(np.uint64(tick_key(world.keys[KEY_REPORT], 0)), LEG)
        f = math.exp(0.3 * math.sqrt(12.0) * (draw - 0.5))
        pnl, equity, notional = 500 - 400 * f, 600 + 500 * f, 1000 * abs(f - 1)
        expected = max(pnl, 0.0) / max(1.0, equity - pnl) * notional / equity
        assert scores(world) == pytest.approx([expected, 0.5, 0.25], rel=1e-5)
        factors.append(f)
    assert min(factors) < 0.9
    assert max(factors) > 1.25
    assert any(1.0 < f < 1.25 for f in factors)


@pytest.mark.parametrize(("sees_spot", "expected"), [(True, 0.0), (False, 0.5)])
def test_spot_nets_the_notional_if_the_report_holds_it(scenario_of, sees_spot, expected):
    """Ten units of spot behind the short of 10 at 110; their profit is of no venue."""
    report = ExposureReport(live=False, sees_spot=sees_spot)
    world = world_of(scenario_of("cross_venue_queue", report))
    owner = world.state.accounts.trader[row_of(world, LEVERED)]
    world.traders.spot_units[owner, 0] = 10.0
    world.reports.spot_units[0, owner, 0] = 10.0
    assert scores(world) == pytest.approx([0.0, expected, 0.25])
