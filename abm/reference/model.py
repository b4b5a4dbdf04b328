"""The lab in plain Mesa: one agent object per trader, plain Python all through.

    prices -> funding -> liquidation (to the least fixed point) -> waterfall: book, vault, fund,
    ADL -> disclosure -> decisions -> matching, spot, arbitrage -> quotes -> record

The same order of events as `abm.engine.tick`, the same luck, the same scalar rules, and nothing
else in common: accounts, books, queues, allocation and waterfall are objects, lists and sorts. It
is the reference that the engine is compared with number by number, and the plain-Mesa side of the
speed benchmark: what a Mesa user would write.
"""

import math
from itertools import pairwise

import mesa  # type: ignore[import-untyped]
import numpy as np

from abm.engine.scenario import Scenario
from abm.engine.world import KEY_ATTENTION, KEY_BEHAVIOUR, SERIES_TICKS, World
from abm.reference.accounts import Account, hand_over
from abm.reference.adl_round import AdlRound
from abm.reference.backers import price_vaults
from abm.reference.guarding import admit_orders, guard_venue
from abm.reference.ledger import Ledger, borne
from abm.reference.liquidation import liquidate
from abm.reference.luck import Luck
from abm.reference.markets import Book
from abm.reference.matching import arbitrage, match_book, match_spot
from abm.reference.outcomes import REPORTERS
from abm.reference.outside import seat_outside
from abm.reference.pools import cap_pool, is_over, quote_pool, ration_openings, set_payouts
from abm.reference.precautions import mark_hedges, open_snapshots, take_precautions
from abm.reference.queues import disclose, score_queues
from abm.reference.reports import Reporter
from abm.reference.resolution import seat_help
from abm.reference.seating import (
    seat_account,
    seat_assets,
    seat_books,
    seat_instruments,
    seat_stakers,
    seat_trader,
    seat_vaults,
    seat_venue,
)
from abm.reference.traders import MarketMaker
from abm.reference.venues import Venue, level_vaults
from abm.reference.waterfall import Inventory, absorb
from abm.units import LOT_TOL, USD_TOL


class ReferenceModel(mesa.Model):  # type: ignore[misc]  # mesa ships no types
    """A world of objects; build one with `from_world`.

    Attributes:
        choices: the scenario (Mesa keeps the name `scenario` for its own).
        instruments, venues: what is traded, and where.
        accounts: of all venues, in the order of the engine's rows.
        vaults, funds: vaults that depositors own, by venue, and the insurance funds' stakers.
        ledger: running totals.
        reporter: what venues know of positions elsewhere.
        helpers: what venues do for each other.
        luck: random draws, and the clock.
        attention, noise: this tick's draws, by trader and by account and instrument.
        datacollector: one row of the series every so many ticks, if the world records any.
    """

    def __init__(self, world: World, scenario: Scenario) -> None:
        super().__init__(rng=int(world.keys[KEY_BEHAVIOUR]))
        if int(world.clock.max()) > 0:
            raise ValueError("the world has run already: give one fresh from build_world.")
        self.choices = scenario
        self.luck = Luck(world.keys)
        self.ledger = Ledger()
        self.instruments = seat_instruments(world)
        traders = [seat_trader(world, t, self) for t in range(world.traders.trader_id.size)]
        self.accounts: list[Account] = []
        self.venues: list[Venue] = []
        starts = world.state.venues.account_start.tolist()
        for v, (begin, end) in enumerate(pairwise(starts)):
            books = seat_books(world, scenario, v, self.instruments)
            assets = seat_assets(world, v, self.instruments)
            rows = [
                seat_account(world, row, traders[owner], books, assets)
                for row, owner in enumerate(world.state.accounts.trader[begin:end], start=begin)
            ]
            venue = seat_venue(world, scenario, v, books, assets, rows)
            for account, owner in zip(rows, world.state.accounts.trader[begin:end], strict=True):
                traders[owner].accounts.append((venue, account))
            self.accounts += rows
            self.venues.append(venue)
            open_snapshots(venue)
        self.vaults = seat_vaults(world, scenario, self.venues)
        self.funds = seat_stakers(world, scenario, self.venues)
        self.helpers = seat_help(world, self.venues)
        self.reporter = Reporter(scenario.exposure_report, self.accounts, self.luck)
        self.outside = seat_outside(world, scenario, self.venues, self.instruments)
        for trader in traders:
            trader.initial_usd = trader.wealth_usd()
        self._prepare_draws(world)
        self._prepare_series(int(world.terms[SERIES_TICKS]))

    @classmethod
    def from_world(cls, world: World, scenario: Scenario) -> "ReferenceModel":
        """The twin of a world fresh from `abm.engine.build.build_world`; shares nothing with it."""
        return cls(world, scenario)

    def _prepare_draws(self, world: World) -> None:
        """Identities under which traders draw attention, and accounts noise, each tick."""
        instruments = len(self.instruments)
        ids = world.state.accounts.account_id
        self._trader_ids = world.traders.trader_id.copy()
        self._noise_ids = (ids[:, None] * instruments + np.arange(instruments)).ravel()
        self.attention: list[float] = []
        self.noise: list[float] = []

    def _prepare_series(self, every: int) -> None:
        """Record now and every so many ticks; 0 records nothing."""
        self._record_every = every
        self.datacollector = mesa.DataCollector(model_reporters=REPORTERS)
        if every > 0:
            self.datacollector.collect(self)

    def step(self) -> None:
        """One tick."""
        self.begin()
        self.settle_margins()
        self.cap_pools()
        disclose(self.venues, self.reporter, self.luck, self.choices.dt_s)
        self.reporter.report(self.luck, self.choices.dt_s)
        for venue in self.venues:
            take_precautions(venue, self.luck.tick, self.choices.dt_s)
        for venue in self.venues:
            guard_venue(venue, self.luck.tick, self.choices.dt_s)
        self.agents.do("decide")
        dt_s = self.choices.dt_s
        self.outside.run_protocols(self.luck.tick * dt_s, dt_s, self.ledger)
        self.match()
        self.agents_by_type[MarketMaker].do("quote")
        for venue in self.venues:
            if venue.rulebook.pool is not None:
                quote_pool(venue)
            venue.sum_quotes()
        self.serve_backers()
        self.record()

    def record(self) -> None:
        """Keep lowest marks and first failures; collect a row if its turn has come."""
        for venue in self.venues:
            failed = venue.bore.get("deficit", 0.0) > 0.0 or venue.bad_debt_usd > USD_TOL
            if math.isinf(venue.failed_s) and failed:
                venue.failed_s = self.luck.tick * self.choices.dt_s
            ratios = [book.mark_price / book.instrument.path[0] for book in venue.books]
            venue.lowest_ratio = min(venue.lowest_ratio, *ratios)
        ratio = self.venues[0].books[0].mark_price / self.instruments[0].path[0]
        self.ledger.min_mark_ratio = min(self.ledger.min_mark_ratio, ratio)
        if self._record_every > 0 and self.luck.tick % self._record_every == 0:
            self.datacollector.collect(self)

    def begin(self) -> None:
        """Advance the clock, this tick's luck and the prices; charge funding."""
        tick, dt_s = self.steps, self.choices.dt_s
        self.luck.tick = tick
        self.attention = self.luck.column(KEY_ATTENTION, self._trader_ids)
        self.noise = self.luck.column(KEY_BEHAVIOUR, self._noise_ids)
        for instrument in self.instruments:
            instrument.advance(tick, dt_s)
        for venue in self.venues:
            for asset in venue.assets:
                asset.advance()
            for book in venue.books:
                book.advance(dt_s)
        self.outside.read_prices()
        price_vaults(self.vaults, self.venues)
        self.outside.collateral.value(tick * dt_s, dt_s)
        self.ledger.mark_out(tick - self.markout_ticks)
        for venue in self.venues:
            venue.accrue_funding(dt_s)

    @property
    def markout_ticks(self) -> int:
        """Ticks after which ADL closes are valued again."""
        return round(self.choices.markout_s / self.choices.dt_s)

    def settle_margins(self) -> None:
        """Liquidate to the fixed point, run every venue's waterfall, value all accounts again."""
        if self.venues[0].partners:
            level_vaults(self.venues)
        rounds = liquidate(self.venues)
        if rounds < 0:
            self.ledger.unsettled_ticks += 1
        set_payouts(self.venues)
        if rounds == 0 and all(venue.share_to_shed == 0.0 for venue in self.venues):
            return
        mark_hedges(self.venues, self.reporter)
        for venue in self.venues:
            score_queues(venue, self.reporter, self.luck)
        for venue in self.venues:
            if venue.desk.waits:
                continue
            venue.limit_fund()
            venue.limit_inventory()
            before = borne(self.ledger)
            self.shed_inventory(venue)
            self.run_waterfall(venue)
            venue.credit(before, borne(self.ledger))
            self.outside.collateral.sell(venue, self.ledger)
        for venue in self.venues:
            venue.value_accounts()

    def cap_pools(self) -> None:
        """ADL where a side has won too much for its pool; payouts are set again."""
        over = [venue for venue in self.venues if is_over(venue)]
        if over:
            mark_hedges(self.venues, self.reporter)
        for venue in over:
            before = borne(self.ledger)
            cap_pool(venue, self.reporter, self.luck, self.ledger)
            venue.credit(before, borne(self.ledger))
        set_payouts(self.venues)

    def serve_backers(self) -> None:
        """Depositors and stakers: prices, requests, payments."""
        now_s = self.luck.tick * self.choices.dt_s
        price_vaults(self.vaults, self.venues)
        for v, fund in enumerate(self.funds):
            if v in self.vaults:
                self.vaults[v].serve(now_s, self.choices.dt_s)
            fund.serve(now_s)

    def shed_inventory(self, venue: Venue) -> None:
        """ADL of what the vault holds beyond its limit; the rest goes back to it."""
        share, vault = venue.share_to_shed, venue.vault
        if share == 0.0 or vault is None:
            return
        for book in venue.books:
            own, estates = vault.positions[book.k], venue.estate.positions[book.k]
            contracts, held = share * own.qty_contracts, estates.qty_contracts
            if abs(contracts) <= LOT_TOL * book.lot_contracts:
                continue
            side = 1 if contracts > 0.0 else -1
            hand_over(own, estates, side, abs(contracts), book.mark_price)
            inventory = Inventory(side, abs(contracts), price=book.mark_price)
            gained = AdlRound(venue, book, inventory, self.luck, self.ledger).run()
            venue.estate.cross.cash_usd -= gained
            vault.cross.cash_usd += gained
            rest = side * (estates.qty_contracts - held)
            if rest > 0.0:
                hand_over(estates, own, side, rest, book.mark_price)
        vault.cross.value()

    def run_waterfall(self, venue: Venue) -> None:
        """One venue's waterfall, with a round of its ADL design as the last rung."""

        def deleverage_book(book: Book, inventory: Inventory) -> float:
            return AdlRound(venue, book, inventory, self.luck, self.ledger).run()

        absorb(venue, self.ledger, deleverage_book)

    def match(self) -> None:
        """Clear books and spot, then let arbitrage draw the venues together."""
        for venue in self.venues:
            if not admit_orders(venue, self.luck.tick):
                continue
            if venue.rulebook.pool is not None:
                ration_openings(venue)
            for book in venue.books:
                match_book(venue, book, self.ledger)
        match_spot(self.agents.to_list(), self.instruments, self.choices, self.ledger)
        arbitrage(self.venues, self.instruments, self.choices)
