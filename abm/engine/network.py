"""A running world as a network: who is exposed to whom, and where losses went.

    venues   one row per venue at the end of a run: what it bore and when it failed first
    links    exposures and losses between nodes at some times, one row per edge

Nodes are venues (by name), what belongs to them ("fund:alpha", "vault:alpha", "clearinghouse") and
classes of traders (`CLASSES`). Layers of links, in USD, source -> target:

    hedge          venue -> venue    notional that loses its hedge there if the source's leg closes
    arbitrage      venue -> venue    the same for arbitrageurs' legs
    maker_capital  venue -> venue    equity at the source of makers who quote at the target
    backstop       venue -> vault    notional that the vault carries
    fund           venue -> fund     what its own fund holds
    commitment     venue -> others   what the clearinghouse and other funds would pay for it
    paid           venue -> others   what the clearinghouse and other funds have paid for it
    loss           venue -> class    equity that a class, the vault or the fund has lost there since
                                     the start; gains are left out, and so is what depositors and
                                     stakers have taken out
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from abm.engine.record import Measure
from abm.engine.world import DT_S, TICK, World
from abm.market import ledger as book
from abm.market.columns import ARBITRAGEUR, HEDGER, MARKET_MAKER
from abm.units import Floats
from abm.venue.resolution import help_for

CLASSES = ("directional", "hedgers", "makers", "arbitrageurs")
"""Classes of traders, by role code."""

VENUES = (
    Measure("deficit_usd", "USD", "deficit that reached the venue's ADL"),
    Measure("residual_usd", "USD", "part of it that ADL did not cover"),
    Measure("adl_usd", "USD", "notional closed (or cash taken) by ADL"),
    Measure("taken_usd", "USD", "cost of ADL to accounts"),
    Measure("liquidated_usd", "USD", "notional of forced closes"),
    Measure("fund_paid_usd", "USD", "paid by its own fund for its own deficits"),
    Measure(
        "helped_usd", "USD", "paid for it by others, its contribution to the clearinghouse included"
    ),
    Measure(
        "first_failure_s", "s", "first deficit at its ADL, or bad debt of its pool; NaN = never"
    ),
    Measure("lowest_ratio", "1", "lowest mark / first index price"),
    Measure("open_interest_start_usd", "USD", "long open interest at the start"),
    Measure("open_interest_usd", "USD", "long open interest at the end"),
    Measure("fund_start_usd", "USD", "insurance fund at the start, contributions taken out"),
    Measure("fund_usd", "USD", "insurance fund at the end"),
    Measure("vault_start_usd", "USD", "equity of the backstop vault at the start"),
    Measure("vault_usd", "USD", "equity of the backstop vault at the end"),
    Measure("depth_usd", "USD", "quoted depth at the end"),
)
"""Columns of the venues' table, after the venue's name."""

LINKS = (
    Measure("time_s", "s", "time since the start of the episode"),
    Measure("source", "", "node that the exposure or loss comes from"),
    Measure("target", "", "node that bears it"),
    Measure("layer", "", "kind of link"),
    Measure("usd", "USD", "its size"),
)
"""Columns of the links' table."""


def account_wealth(world: World) -> Floats:
    """Equity of every account at the marks, collateral in full, isolated margins included `[A]`."""
    accounts, markets = world.state.accounts, world.state.markets
    pnl = accounts.qty_contracts * (markets.mark_price[accounts.venue] - accounts.entry_price)
    margins = np.where(accounts.is_isolated, accounts.margin_usd, 0.0)
    owned: Floats = (pnl + margins).sum(axis=1) + accounts.cash_usd
    return owned + accounts.collateral @ markets.asset_price


def open_interest_by_venue(world: World) -> Floats:
    """Long notional at the mark `[V]` [USD]."""
    accounts, markets = world.state.accounts, world.state.markets
    longs = np.maximum(accounts.qty_contracts, 0.0) * markets.mark_price[accounts.venue]
    return np.bincount(
        accounts.venue, weights=longs.sum(axis=1), minlength=markets.mark_price.shape[0]
    )


def vault_equity(world: World) -> Floats:
    """Equity of the venues' vaults `[V]` [USD]; NaN without one."""
    rows = world.state.venues.backstop_row
    return np.where(rows >= 0, account_wealth(world)[rows], np.nan)


def opposite_legs(world: World, role: int) -> Floats:
    """Notional on v that loses its hedge if u's leg is closed, traders of one role `[V, V]`.

    Each pair by itself: min(|u's leg|, |v's leg|) where they are opposite, at v's mark. From three
    venues on a leg may count in several pairs, and a row may sum to more than is held on u;
    `abm.contagion.hedge_legs` divides a leg among the pairs in proportion instead. With two
    venues and one mark both are the same.
    """
    accounts, markets = world.state.accounts, world.state.markets
    venues, instruments = markets.mark_price.shape
    held = np.zeros((world.traders.trader_id.size, venues, instruments))
    np.add.at(held, (accounts.trader, accounts.venue), accounts.qty_contracts)
    held = held[world.traders.role == role]
    legs = np.zeros((venues, venues))
    for u in range(venues):
        for v in range(venues):
            opposite = held[:, u] * held[:, v] < 0.0
            size = np.minimum(np.abs(held[:, u]), np.abs(held[:, v]))
            legs[u, v] = (np.where(opposite, size, 0.0) * markets.mark_price[v]).sum()
    return legs


def pooled_equity(world: World) -> Floats:
    """Equity at u of makers who also quote at v `[V, V]` [USD]."""
    accounts = world.state.accounts
    venues = world.designs.shape[0]
    equity = np.zeros((world.traders.trader_id.size, venues))
    np.add.at(equity, (accounts.trader, accounts.venue), account_wealth(world))
    present = np.zeros_like(equity)
    present[accounts.trader, accounts.venue] = 1.0
    maker = world.traders.role == MARKET_MAKER
    shared: Floats = np.maximum(equity[maker], 0.0).T @ present[maker]
    np.fill_diagonal(shared, 0.0)
    return shared


@dataclass(eq=False)
class NetworkRecorder:
    """Writes down the network of one world at chosen times.

    Attributes:
        names: of the venues.
        ticks: between two entries.
        rows: the links so far, as (time_s, source, target, layer, usd).
    """

    world: World
    names: tuple[str, ...]
    ticks: int = 1
    rows: list[tuple[float, str, str, str, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._first_wealth = account_wealth(self.world)
        self._first_fund = self.world.state.venues.fund_usd.copy()
        self._first_vault = vault_equity(self.world)
        self._first_interest = open_interest_by_venue(self.world)
        self._first_out = self._taken_out()

    def _taken_out(self) -> Floats:
        """Paid out to depositors, net of deposits, and to stakers so far: `[2, V]` [USD]."""
        backers = self.world.backers
        return np.stack([backers.vaults.outside_usd, backers.stakers.unstaked_usd])

    def write(self) -> None:
        """Add the links of now."""
        world = self.world
        self._time_s = float(world.clock[TICK] * world.terms[DT_S])
        if len(self.names) > 1:
            self._between(opposite_legs(world, HEDGER), "hedge")
            self._between(opposite_legs(world, ARBITRAGEUR), "arbitrage")
            self._between(pooled_equity(world), "maker_capital")
        self._houses()
        self._losses()

    def write_if_due(self) -> None:
        """Add the links of now, every so many ticks."""
        if int(self.world.clock[TICK]) % self.ticks == 0:
            self.write()

    def write_once(self) -> None:
        """Add the links of now, unless that has been done."""
        if self._time_s < float(self.world.clock[TICK] * self.world.terms[DT_S]):
            self.write()

    def _add(self, source: str, target: str, layer: str, usd: float) -> None:
        """One link, unless nothing is there."""
        if usd > 0.0:
            self.rows.append((self._time_s, source, target, layer, float(usd)))

    def _between(self, matrix: Floats, layer: str) -> None:
        for u, source in enumerate(self.names):
            for v, target in enumerate(self.names):
                if u != v:
                    self._add(source, target, layer, matrix[u, v])

    def _houses(self) -> None:
        """What stands behind a venue, and what others have paid for it."""
        state = self.world.state
        for v, name in enumerate(self.names):
            row = state.venues.backstop_row[v]
            if row >= 0:
                carried = np.abs(state.accounts.qty_contracts[row]) * state.markets.mark_price[v]
                self._add(name, f"vault:{name}", "backstop", carried.sum())
            self._add(name, f"fund:{name}", "fund", state.venues.fund_usd[v])
            self._add(
                name,
                "clearinghouse and promises",
                "commitment",
                help_for(state.venues, state.backing, v),
            )
            paid = state.backing.paid_usd[v]
            for u, giver in enumerate(self.names):
                target = f"fund:{giver}" if u != v else "clearinghouse"
                self._add(name, target, "paid", paid[u])
            self._add(name, "clearinghouse", "paid", paid[-1])

    def _losses(self) -> None:
        """Equity lost at each venue since the start, by class, vault and fund."""
        accounts, venues = self.world.state.accounts, self.world.state.venues
        lost = self._first_wealth - account_wealth(self.world)
        role = self.world.traders.role[accounts.trader]
        vault_out, fund_out = self._taken_out() - self._first_out
        for v, name in enumerate(self.names):
            for code, who in enumerate(CLASSES):
                mine = (accounts.venue == v) & (role == code)
                self._add(name, who, "loss", lost[mine].sum())
            row = venues.backstop_row[v]
            if row >= 0:
                self._add(name, f"vault:{name}", "loss", lost[row] - vault_out[v])
            fund_lost = self._first_fund[v] - venues.fund_usd[v] - fund_out[v]
            self._add(name, f"fund:{name}", "loss", fund_lost)

    def links(self) -> dict[str, Any]:
        """The links' table, columns of equal length."""
        return {measure.name: [row[c] for row in self.rows] for c, measure in enumerate(LINKS)}

    def venues(self) -> dict[str, Any]:
        """The venues' table as of now."""
        state = self.world.state
        ledger = state.ledger
        failed = ledger.failed_s
        columns = {
            "deficit_usd": ledger.by_venue[:, book.DEFICIT_USD],
            "residual_usd": ledger.by_venue[:, book.RESIDUAL_USD],
            "adl_usd": ledger.by_venue[:, book.ADL_USD],
            "taken_usd": ledger.by_venue[:, book.TAKEN_USD],
            "liquidated_usd": ledger.by_venue[:, book.LIQUIDATED_USD],
            "fund_paid_usd": ledger.by_venue[:, book.FUND_PAID_USD],
            "helped_usd": state.backing.paid_usd.sum(axis=1),
            "first_failure_s": np.where(np.isfinite(failed), failed, np.nan),
            "lowest_ratio": ledger.lowest_ratio.min(axis=1),
            "open_interest_start_usd": self._first_interest,
            "open_interest_usd": open_interest_by_venue(self.world),
            "fund_start_usd": self._first_fund,
            "fund_usd": state.venues.fund_usd,
            "vault_start_usd": self._first_vault,
            "vault_usd": vault_equity(self.world),
            "depth_usd": state.markets.depth_usd.sum(axis=1),
        }
        table: dict[str, Any] = {"venue": list(self.names)}
        return table | {measure.name: columns[measure.name].tolist() for measure in VENUES}
