"""What a trader that decides in Python may know: own columns, public prices, its visible place.

`InformationSet` is the only door. It shows nothing of the venue's score, of other accounts or of
the queue beyond the place that the venue has published (with its refresh and its delay). Arrays
are copies: writing into them changes nothing.

Shapes: n own accounts, in the order of `Trader.accounts`; K instruments.
Luck comes from the same streams as in the compiled rules, keyed by tick and persistent id: a rule
gives the same decisions in Python as compiled, and two designs meet the same luck.
"""

import numpy as np

from abm.engine.deciding import looks
from abm.engine.world import DT_S, KEY_ATTENTION, KEY_BEHAVIOUR, SPOT_FEE, TICK, World
from abm.model.holdings import marks_of, position_pnl
from abm.model.orders import Orders, in_liquidation, scope_equity_usd, scope_notional_usd
from abm.rng import tick_key, uniform
from abm.units import Flags, Floats, Ints


class InformationSet:
    """The information of one trader; it always shows the present tick."""

    __slots__ = ("_row", "_rows", "_world")

    def __init__(self, world: World, row: int) -> None:
        start = world.traders.account_start
        self._world = world
        self._row = row
        self._rows = world.traders.account_rows[start[row] : start[row + 1]]

    def no_orders(self) -> Orders:
        """Orders to be filled in, all zero."""
        return Orders.none(self._rows.size, self._world.state.markets.index_price.size)

    # --- public -----------------------------------------------------------------------------------

    @property
    def tick(self) -> int:
        """Ticks since the start."""
        return self._world.clock.item(TICK)

    @property
    def dt_s(self) -> float:
        """Length of a tick [s]."""
        return self._world.terms.item(DT_S)

    @property
    def time_s(self) -> float:
        """Time since the start [s]."""
        return self.tick * self.dt_s

    @property
    def index_price(self) -> Floats:
        """Index prices: `[K]` [USD]."""
        return self._world.state.markets.index_price.copy()

    @property
    def slow_index(self) -> Floats:
        """Exponential average of the index: `[K]` [USD]."""
        return self._world.state.markets.slow_index.copy()

    @property
    def mark_price(self) -> Floats:
        """Mark prices at the venue of each own account: `[n, K]` [USD]."""
        return marks_of(self._world, self._rows)

    @property
    def funding_rate(self) -> Floats:
        """Funding at the venue of each own account: `[n, K]` [per eight hours]."""
        rates: Floats = self._world.state.markets.funding_rate[self.venue]
        return rates

    # --- own --------------------------------------------------------------------------------------

    @property
    def account_id(self) -> Ints:
        """Persistent ids of the accounts: `[n]`."""
        return self._world.state.accounts.account_id[self._rows]

    @property
    def venue(self) -> Ints:
        """Venues of the accounts: `[n]`."""
        return self._world.state.accounts.venue[self._rows]

    @property
    def qty_contracts(self) -> Floats:
        """Positions: `[n, K]`, long > 0 [contracts]."""
        return self._world.state.accounts.qty_contracts[self._rows]

    @property
    def entry_price(self) -> Floats:
        """Average cost of the positions: `[n, K]` [USD]."""
        return self._world.state.accounts.entry_price[self._rows]

    @property
    def pnl_usd(self) -> Floats:
        """Unrealised PnL of each position: `[n, K]` [USD]."""
        return position_pnl(self._world, self._rows)

    @property
    def equity_usd(self) -> Floats:
        """Equity behind each position, the cross account's or the isolated bucket's: `[n, K]`."""
        return scope_equity_usd(self._world, self._rows)

    @property
    def notional_usd(self) -> Floats:
        """Notional of all positions on the same margin: `[n, K]` [USD]."""
        return scope_notional_usd(self._world, self._rows)

    @property
    def is_isolated(self) -> Flags:
        """Is the position margined on its own? `[n, K]`."""
        return self._world.state.accounts.is_isolated[self._rows]

    @property
    def in_liquidation(self) -> Flags:
        """Is the venue closing the position by force? It takes no orders then: `[n, K]`."""
        return in_liquidation(self._world, self._rows)

    @property
    def place(self) -> Floats:
        """Visible place in the queue, 1 = first; NaN: nothing published: `[n, K]`."""
        return self._world.state.accounts.visible[self._rows]

    @property
    def wallet_usd(self) -> float:
        """Cash off the venues [USD]."""
        return self._world.traders.wallet_usd.item(self._row)

    @property
    def affordable_spot_units(self) -> Floats:
        """Units of spot that the whole wallet pays for, fee included: `[K]`."""
        price = self._world.state.markets.index_price * (1.0 + self._world.terms.item(SPOT_FEE))
        units: Floats = max(0.0, self.wallet_usd) / price
        return units

    @property
    def spot_units(self) -> Floats:
        """Units of the underlying held in spot: `[K]`."""
        units: Floats = self._world.traders.spot_units[self._row].copy()
        return units

    # --- luck -------------------------------------------------------------------------------------

    @property
    def looks(self) -> bool:
        """Does the trader look at the market this tick, given `attention_per_s`?"""
        world, traders = self._world, self._world.traders
        key = np.uint64(tick_key(world.keys[KEY_ATTENTION], self.tick))
        draw = uniform(key, traders.trader_id.item(self._row))
        return looks(traders.attention_per_s.item(self._row), self.dt_s, draw)

    def draw(self, account: int, instrument: int) -> float:
        """This tick's uniform draw in (0, 1) of one own account on one instrument."""
        world = self._world
        key = np.uint64(tick_key(world.keys[KEY_BEHAVIOUR], self.tick))
        identity = world.state.accounts.account_id.item(self._rows.item(account))
        return uniform(key, identity * world.state.markets.index_price.size + instrument)
