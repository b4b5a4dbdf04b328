"""Small worlds that the tests of the Mesa surface share."""

from dataclasses import replace

import numpy as np

from abm.engine.presets import PRESETS
from abm.engine.world import World

SMALL = replace(PRESETS["benchmark"], traders=60, ticks=40)
"""One venue, one instrument, liquidations within the first ticks."""

WIDE = replace(PRESETS["two_venues"], traders=80, ticks=30)
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
