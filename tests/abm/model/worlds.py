"""Small worlds that the tests of the Mesa surface share: everybody looks often, prices jump."""

import math
from dataclasses import replace

import numpy as np

from abm.adl.catalog import design
from abm.adl.exposure import Exposure
from abm.adl.score import CustomScore
from abm.agents.population import Population
from abm.engine.presets import PRESETS
from abm.engine.world import World
from abm.market.prices import MertonJumps

LIVELY = Population(makers=4, reactive_share=0.6, reactive_per_s=0.02, passive_per_s=0.02)
"""Most traders watch their place; the others trade too."""

SMALL = replace(
    PRESETS["benchmark"],
    traders=60,
    ticks=40,
    dt_s=20.0,
    price=MertonJumps(
        initial_price=(100.0,), jumps_per_year=400_000.0, jump_mean=-0.002, jump_deviation=0.04
    ),
    population=replace(LIVELY, isolated_share=0.0),
)
"""One venue, one instrument: liquidations, ADL and reactions within forty ticks."""

WIDE = replace(
    PRESETS["two_venues"],
    traders=80,
    ticks=30,
    dt_s=20.0,
    price=MertonJumps(
        initial_price=(100.0, 20.0),
        jumps_per_year=400_000.0,
        jump_mean=-0.002,
        jump_deviation=0.04,
    ),
    population=LIVELY,
)
"""Two venues, two instruments, isolated positions, traders with two accounts."""


def assert_same_world(one: World, other: World) -> None:
    """Every column of accounts, traders, markets, venues and ledger has the same bits."""
    for name in ("accounts", "markets", "venues", "ledger", "forced"):
        _assert_same_columns(getattr(one.state, name), getattr(other.state, name))
    _assert_same_columns(one.traders, other.traders)
    np.testing.assert_array_equal(one.clock, other.clock)


def _assert_same_columns(one, other):
    assert one._fields
    for field, mine, theirs in zip(one._fields, one, other, strict=True):
        np.testing.assert_array_equal(mine, theirs, err_msg=field)


SEEN: list[int] = []


def leverage_seen(exposure: Exposure) -> float:
    """A user's score that numba cannot compile: it keeps what it saw."""
    SEEN.append(exposure.account_id)
    return exposure.notional_usd / max(exposure.equity_usd, 1e-9)


def unknown(exposure: Exposure) -> float:
    """A score that is not a number."""
    return leverage_seen(exposure) * math.nan


OwnScore = replace(design("binance"), id="own_score", score=CustomScore(leverage_seen))
NoScore = replace(design("binance"), id="no_score", score=CustomScore(unknown))
