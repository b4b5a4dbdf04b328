"""C6: un-hedging as a branching process, against the whole agent model on two venues.

    claim    total drop d = (I - M)^-1 d0,  M = diag(κ) F' diag(ρ),  F = diag(1-η) + diag(η) H
    model    MarketModel: longs with liquidation prices spread evenly below the market, cross-venue
             hedgers with a leg on each venue, books with permanent linear impact and no recovery

κ_v is the log impact per USD of venue v, ρ_v the liquidated USD per unit of log drop, η_v the share
of it that goes to ADL without touching the book, H_uv the share of what ADL takes at u that comes
back as sales at v, because its owners were hedged there and cut the open leg.

The share η is set by margins: of two sizes of position the smaller has no maintenance requirement,
so that it is bankrupt when it is liquidated and ADL closes it; the larger is solvent and is sold.
Source of the branching argument: contagion as a Galton-Watson process (Hawkes & Oakes 1974); the
formula is stated in this project.
"""

import math
from dataclasses import replace

import numpy as np
from scipy.stats import t as student

from abm.agents.cross_venue import CrossVenue
from abm.agents.population import Population
from abm.agents.trading import CUT_LEG
from abm.engine.scenario import Makers, Scenario, Spot
from abm.engine.world import World
from abm.market.columns import DIRECTIONAL, HEDGER, MARKET_MAKER
from abm.market.prices import GeometricBrownian
from abm.model import MarketModel
from abm.units import Floats, Ints
from abm.venue.rulebook import MarginTier, Rulebook
from experiments.validate.claim import Claim, Finding, Measurement, Settings, every, judged
from experiments.validate.intervals import within

FIRST_PRICE = 100.0
SHOCK = 5e-4
"""First log drop of the index."""

REACH = 2e-3
"""Liquidation prices lie evenly between here and the market, in log price."""

NO_RATE, RATE = 1e-6, 0.06
"""Maintenance below and above the tier's edge; the larger positions stand half above it."""

SIZES = (0.5, 1.5)
"""Contracts of the two kinds of position, before they are scaled."""

TOLERANCE = 0.03
"""Within this share of the prediction the model counts as the branching process: the formula is
linear in drops of up to 0.2 %, and the samples of liquidation prices are finite."""

CELLS = (
    (0.0, 0.0, (0.5, 0.5)),
    (0.0, 0.5, (0.5, 0.5)),
    (0.5, 0.5, (0.5, 0.5)),
    (1.0, 0.5, (0.5, 0.5)),
    (1.0, 1.0, (0.5, 0.5)),
    (0.5, 1.0, (0.6, 0.3)),
    (1.0, 0.5, (0.6, 0.3)),
    (1.0, 1.0, (0.2, 1.4)),
)
"""(share of hedgers who cut, η on both venues, κρ of each venue)."""


BARE = Rulebook(
    lot_contracts=(1e-9,),
    max_leverage=1000.0,
    tiers=(MarginTier(0.0, NO_RATE), MarginTier(1.0, RATE)),
    taker_fee=0.0,
    maker_fee=0.0,
    liquidation_style="full",
    impact_temporary=0.0,
    resilience_s=math.inf,
    arbitrage_s=math.inf,
    mark_weight=1.0,
    mark_band=1.0,
    funding_sensitivity=0.0,
    index_pass_through=0.0,
    fund_usd_per_open_interest=0.0,
    backstop_usd_per_open_interest=0.0,
    bankrupt_to_book="none",
    house_unwind_per_s=0.0,
    max_rounds=1000,
)
"""A venue without fees, funding, fund, vault or recovery."""

ALIKE = Population(
    hedger_share=0.4,
    makers=2,
    wealth_p50_usd=1000.0,
    wealth_p90_usd=1000.001,
    wealth_p99_usd=1000.002,
    wealth_cap_usd=1000.003,
    winners_leverage=(1.0,) * 6,
    losers_leverage_median=1.0,
    losers_leverage_sigma=0.0,
    wealth_leverage_correlation=0.0,
    winning_gain_mean=0.0,
    winning_gain_sigma=0.0,
    losing_gain_sigma=0.0,
    isolated_share=0.0,
    second_account_share=0.0,
    maker_usd_per_open_interest=1000.0,
    reactive_share=0.0,
    reactive_per_s=1e6,
    passive_per_s=0.0,
    trend=0.0,
    noise=0.0,
    cross_venue=CrossVenue(
        hedger_share=1.0, leg_open_interest=0.6, leg_leverage=2.0, leg_tolerance=0.0
    ),
)
"""Equal traders who send no orders of their own; hedgers look in every tick."""


def lined_up(cutting: float, traders: int, ticks: int) -> Scenario:
    """Two bare venues, a price that stands still, and so many hedgers who cut."""
    return Scenario(
        ticks=ticks,
        dt_s=1.0,
        traders=traders,
        design="contract_pro_rata",
        disclosure="none",
        reacting=False,
        price=GeometricBrownian(initial_price=(FIRST_PRICE,), volatility_per_year=0.0),
        population=replace(ALIKE, cross_venue=replace(ALIKE.cross_venue, cut_share=cutting)),
        venues=(replace(BARE, name="alpha"), replace(BARE, name="beta")),
        makers=Makers(quote_leverage=1.0, inventory_leverage=1e6, calm_volatility_per_year=1e6),
        spot=Spot(impact=0.0, fee=0.0),
        venue_coupling_s=math.inf,
        markout_s=0.0,
    )


def spread_longs(
    world: World, v: int, eta: float, luck: np.random.Generator
) -> tuple[float, float]:
    """Give a venue's longs two sizes and liquidation prices; (their open interest, η met)."""
    accounts, rules = world.state.accounts, world.state.rules
    role = world.traders.role[accounts.trader]
    long = (role == DIRECTIONAL) & (accounts.qty_contracts[:, 0] > 0.0) & (accounts.venue == v)
    rows: Ints = luck.permutation(np.flatnonzero(long))
    low, high = SIZES
    small = np.arange(rows.size) < round(rows.size * eta * high / (low + (high - low) * eta))
    qty = np.where(small, low, high)
    qty = qty * (accounts.qty_contracts[rows, 0].sum() / qty.sum())
    edge = qty.max() / np.where(small, low, high).max() * FIRST_PRICE
    trigger = FIRST_PRICE * np.exp(-REACH * luck.random(rows.size))
    needed = np.where(
        small, NO_RATE * qty * trigger, RATE * qty * trigger - (RATE - NO_RATE) * edge
    )
    rules.tier_above_usd[v, 1] = edge
    rules.tier_deduction_usd[v, 1] = (RATE - NO_RATE) * edge
    accounts.qty_contracts[rows, 0] = qty
    accounts.entry_price[rows, 0] = FIRST_PRICE
    accounts.cash_usd[rows] = needed - qty * (trigger - FIRST_PRICE)
    return float(qty.sum() * FIRST_PRICE), float(qty[small].sum() / qty.sum())


def returning(world: World, v: int) -> float:
    """Share of a venue's shorts that belongs to hedgers who cut their leg elsewhere."""
    accounts, traders = world.state.accounts, world.traders
    shorts = (accounts.venue == v) & (accounts.qty_contracts[:, 0] < 0.0)
    cuts = (traders.role == HEDGER) & (traders.style == CUT_LEG)
    qty = accounts.qty_contracts[:, 0]
    return float(qty[shorts & cuts[accounts.trader]].sum() / qty[shorts].sum())


def one_cascade(
    cell: tuple[float, float, tuple[float, float]], seed: int, traders: int
) -> tuple[Floats, Floats]:
    """Total log drops of both venues in one run: `[2]` measured, `[2]` by the formula."""
    cutting, eta, loops = cell
    model = MarketModel(lined_up(cutting, traders, 60), rng=seed)
    world = model.world
    accounts = world.state.accounts
    role = world.traders.role[accounts.trader]
    accounts.cash_usd[role != MARKET_MAKER] = 1e9
    luck = np.random.default_rng([seed, 6])
    longs = [spread_longs(world, v, eta, luck) for v in range(2)]
    interest, etas = np.array(longs).T
    density = interest / REACH
    depth = world.state.markets.depth_usd[:, 0]
    slope = np.array(loops) / density
    world.state.rules.impact_permanent[:] = slope * depth
    world.state.markets.index_path[1:] *= math.exp(-SHOCK)
    back = np.array([[0.0, returning(world, 0)], [returning(world, 1), 0.0]])
    printed = np.diag(1.0 - etas) + np.diag(etas) @ back
    spreading = np.diag(slope) @ printed.T @ np.diag(density)
    predicted = np.linalg.solve(np.eye(2) - spreading, np.full(2, SHOCK))
    model.run()
    return -np.log(world.state.markets.mark_price[:, 0] / FIRST_PRICE), predicted


def run(settings: Settings, rng: np.random.Generator) -> Finding:
    """Every cell: mean over runs of measured / predicted drop, and the drops themselves."""
    runs, traders = settings.pick(24, 60), settings.pick(8000, 20_000)
    measurements: list[Measurement] = []
    columns: dict[str, list[float]] = {
        name: []
        for name in (
            "cutting", "eta", "loop_alpha", "loop_beta", "venue", "predicted", "measured", "low",
            "high",
        )
    }  # fmt: skip
    for cell in CELLS:
        seeds = rng.integers(0, 2**31, runs).tolist()
        found = np.array([one_cascade(cell, seed, traders) for seed in seeds]) / SHOCK
        ratio = found[:, 0] / found[:, 1]
        for v, name in enumerate(("alpha", "beta")):
            mean = float(ratio[:, v].mean())
            error = float(ratio[:, v].std(ddof=1)) / math.sqrt(runs)
            reach = float(student.ppf(0.975, runs - 1)) * error
            low, high = mean - reach, mean + reach
            cutting, eta, loops = cell
            what = f"drop on {name} / formula, cutting {cutting:g}, η {eta:g}, κρ {loops}"
            measurements.append(Measurement(what, 1.0, mean, low, high))
            predicted = float(found[:, 1, v].mean())
            drops = [predicted * factor for factor in (mean, low, high)]
            values = [cutting, eta, *loops, float(v), predicted, *drops]
            for column, value in zip(columns.values(), values, strict=True):
                column.append(value)
    tests = [within(m.low, m.high, 1.0, TOLERANCE) for m in measurements]
    worst = max(abs(m.measured - 1.0) for m in measurements)
    sentence = (
        f"over {len(CELLS)} cells and {runs} runs each, the whole agent model falls by what the "
        f"reproduction matrix says, {worst:.1%} off at most"
    )
    return Finding(judged(every(*tests)), sentence, tuple(measurements), {"branching": columns})


CLAIMS = (
    Claim(
        id="C6",
        title="un-hedging as a branching process",
        source="[adlab; branching argument: Hawkes & Oakes 1974]",
        statement=(
            "a drop d0 ends as (I - M)^-1 d0 on two venues joined by hedgers' legs, M the matrix "
            "of un-hedging: ADL keeps sales from one book and sends them to another."
        ),
        run=run,
    ),
)
