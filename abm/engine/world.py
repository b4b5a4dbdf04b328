"""One world: every column of one replicate of one scenario, in one value that kernels take.

`World` nests the venue's `State` (accounts, prices, rules, ledger, tape), the traders, the ADL
designs as parameter vectors, the disclosure board and the scratch of an ADL round. All arrays; no
Python objects, no Mesa. `abm.engine.build` makes one from a `Scenario`.

Shapes: see `abm.units`; P design parameters, S snapshots of the queue, A* rows of the largest
venue.
"""

from typing import NamedTuple

from abm.adl.rank import RankBuffers
from abm.engine.backers import Backers
from abm.engine.outside import Outside
from abm.market.columns import Traders
from abm.units import Floats, Floats32, Ints, Words
from abm.venue.guarding import Guarding
from abm.venue.state import State

TICK, ROUNDS = range(2)
"""Places in `World.clock`: current tick, liquidation rounds."""

(
    DT_S, REACTING, SPOT_IMPACT, SPOT_FEE, QUOTE_LEVERAGE, INVENTORY_LEVERAGE,
    CALM_VARIANCE, MARKOUT_TICKS, COUPLING_S, SERIES_TICKS, LEG_TOLERANCE,
) = range(11)  # fmt: skip
"""Places in `World.terms`: the scenario's numbers that the tick reads."""

TERMS = 11
"""Length of `World.terms`."""

KEY_ATTENTION, KEY_BEHAVIOUR, KEY_TIE, KEY_DISCLOSURE, KEY_REPORT = range(5)
"""Places in `World.keys`."""


class Board(NamedTuple):
    """What the venues publish of their queues, and when."""

    snapshots: Floats  # [S, A, K] last published places, a ring; NaN = nothing
    published_s: Floats  # [V, S] when each was taken
    visible_s: Floats  # [V] time of the snapshot that traders see
    taken: Ints  # [V] snapshots published so far


class Reports(NamedTuple):
    """What venues are told of traders' accounts elsewhere; S = 0: they see them as they are."""

    contracts: Floats  # [S, A, K]
    equity_usd: Floats  # [S, A]
    pnl_usd: Floats  # [S, A]
    spot_units: Floats  # [S, T, K]
    taken_s: Floats  # [S] when each snapshot was taken
    shown: Ints  # [1] the one that venues read
    taken: Ints  # [1] snapshots so far
    terms: Floats  # [4] see `abm.engine.reports`


class RoundBuffers(NamedTuple):
    """Scratch of one publication or ADL round, for the largest venue."""

    numbers: Floats  # [16, A*] candidates' columns, contracts first
    scores: Floats32  # [A*]
    queue_scores: Floats32  # [A, K] scores when the waterfall starts; -inf = not in the queue
    taken: Floats  # [A*]
    signal: Floats  # [A*]
    ranks: RankBuffers


class World(NamedTuple):
    """All columns of one replicate."""

    state: State
    traders: Traders
    designs: Floats  # [V, P]
    board: Board
    buffers: RoundBuffers
    terms_of_step: Floats  # [3] scratch of the liquidation rule
    lanes: Floats  # [6, K] scratch of the waterfall
    fund_limits: Floats  # [2, K] scratch of the trigger: FLOOR of the fund, ALLOWANCE of each book
    flows: Floats  # [V, K, 4] scratch of matching: buys, sells, fill share of each
    spot_depth_usd: Floats  # [K] depth of the spot market
    terms: Floats  # [TERMS]
    keys: Words  # [5]
    clock: Ints  # [4]
    series: Floats  # [R, columns] recorded rows
    first_vault_usd: Floats  # [A] equity at the start, read for the vaults
    backers: Backers
    reports: Reports
    guard: Guarding
    outside: Outside
