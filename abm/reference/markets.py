"""Prices as objects: instruments with their index, collateral assets, and one book per venue.

index      exogenous path * exp(pressure)
premium    transient (temporary impact) + permanent (until arbitrage removes it), log
mark       index * exp(clip(weight * premium, ±band))

Sums that the engine makes in a loop are loops here too: since Python 3.12 `sum` compensates, and
scores are compared bit by bit.
"""

import math
from dataclasses import dataclass, field

from abm.reference.rules import (
    impact_share,
    keep,
    mark_of,
    mean_impact,
    pool_price,
    temporary_impact,
)
from abm.venue.mark import PRESSURE_HALF_LIFE_S, TREND_HALF_LIFE_S, VARIANCE_HALF_LIFE_S
from abm.venue.rulebook import Rulebook


@dataclass(eq=False, slots=True)
class Instrument:
    """One underlying: its index, what trend followers and makers remember of it, its spot market.

    Attributes:
        path: exogenous index by tick [USD], first entry before the first tick.
        spot_depth_usd: flow that moves the index by the scenario's spot impact.
        pressure: log deviation of the index that spot and perp flow has caused.
    """

    path: list[float] = field(repr=False)
    index_price: float
    slow_index: float
    variance_per_s: float
    spot_depth_usd: float
    pressure: float = 0.0

    def advance(self, tick: int, dt_s: float) -> None:
        """Move the index and its running averages to `tick`."""
        self.pressure *= keep(PRESSURE_HALF_LIFE_S, dt_s)
        before = self.index_price
        self.index_price = self.path[tick] * math.exp(self.pressure)
        move = math.log(self.index_price / before)
        kept = keep(VARIANCE_HALF_LIFE_S, dt_s)
        self.variance_per_s = kept * self.variance_per_s + (1.0 - kept) * (move * move / dt_s)
        kept = keep(TREND_HALF_LIFE_S, dt_s)
        self.slow_index = kept * self.slow_index + (1.0 - kept) * self.index_price


@dataclass(eq=False, slots=True)
class Asset:
    """A collateral asset as one venue counts it; `instrument` None is worth one USD.

    Attributes:
        price_usd: per unit, outside the venues.
        value_usd: per unit, at the venue after its haircut.
        vault: place of the venue whose vault's share it is; -1 = none.
        has_market: is it sold on a market of its own?
    """

    haircut: float
    instrument: Instrument | None
    price_usd: float
    value_usd: float
    vault: int = -1
    has_market: bool = False

    def advance(self) -> None:
        """Value one unit at the index."""
        self.price_usd = self.instrument.index_price if self.instrument is not None else 1.0
        self.value_usd = self.price_usd * (1.0 - self.haircut)


@dataclass(slots=True)
class Flow:
    """Buys and sells of one book, both >= 0 [contracts]."""

    buys: float = 0.0
    sells: float = 0.0

    def add(self, order: float) -> None:
        """Add one signed order."""
        if order > 0.0:
            self.buys += order
        else:
            self.sells -= order


@dataclass(slots=True)
class Forced:
    """Forced orders of one book in one tick: how deep they drive it, and where they clear."""

    start_transient: float
    start_permanent: float
    fill_price: float
    flow: Flow = field(default_factory=Flow)
    net_contracts: float = 0.0
    share: float = 0.0


@dataclass(slots=True)
class Tier:
    """A margin tier: maintenance = rate * notional - deduction above `above_usd`."""

    above_usd: float
    rate: float
    deduction_usd: float


@dataclass(eq=False)
class Book:
    """One instrument on one venue.

    Attributes:
        k: place of the instrument in every account's positions.
        impact_form: code of the temporary impact (see `abm.market.book`).
        oracle_price: what the venue takes for the index.
        bid_usd, ask_usd: what the makers still buy and sell this tick.
        depth_usd: quoted depth, the scale of the impact.
        fund_pnl_usd, fund_pnl_peak_usd: what the book has brought the fund, and the largest so far.
        fund_floor_usd, fund_allowance_usd: how far it may draw on the fund in this tick.
        adl_on: memory of the trigger's hysteresis.
        adl_usd: closed or taken by ADL so far.
        margin_factor: on maintenance requirements; 1 unless the ADL design has raised them.
    """

    k: int
    instrument: Instrument
    rulebook: Rulebook
    tiers: list[Tier]
    impact_form: int
    lot_contracts: float
    mark_price: float
    previous_mark_price: float
    oracle_price: float
    transient: float
    permanent: float
    bid_usd: float = 0.0
    ask_usd: float = 0.0
    depth_usd: float = 0.0
    funding_rate: float = 0.0
    fund_pnl_usd: float = 0.0
    fund_pnl_peak_usd: float = 0.0
    fund_floor_usd: float = 0.0
    fund_allowance_usd: float = math.inf
    adl_on: bool = False
    adl_usd: float = 0.0
    margin_factor: float = 1.0
    forced: Forced = field(init=False)

    def __post_init__(self) -> None:
        self.begin_forced()

    @property
    def impacts(self) -> tuple[float, float]:
        """Temporary and permanent impact per unit of depth."""
        rules = self.rulebook
        multiple = rules.impact_multiple
        return rules.impact_temporary * multiple, rules.impact_permanent * multiple

    @property
    def premium(self) -> float:
        """Log premium of the book over the index."""
        return self.transient + self.permanent

    @property
    def middle(self) -> float:
        """Price in the middle of the book [USD]."""
        return self.instrument.index_price * math.exp(self.premium)

    def maintenance_margin(self, notional_usd: float) -> float:
        """Tiered maintenance requirement of one position [USD]."""
        tier = self.tiers[0]
        for higher in self.tiers[1:]:
            if notional_usd <= higher.above_usd:
                break
            tier = higher
        return self.margin_factor * (tier.rate * notional_usd - tier.deduction_usd)

    def advance(self, dt_s: float) -> None:
        """Let the premium decay and set the mark of a new tick; the index has moved already."""
        self.transient *= keep(self.rulebook.resilience_s, dt_s)
        self.permanent *= keep(self.rulebook.arbitrage_s, dt_s)
        self.previous_mark_price = self.mark_price
        self.oracle_price = self.instrument.index_price
        self.set_mark()

    def set_mark(self) -> None:
        """Mark price from the venue's index and the book's premium over it."""
        rules, premium = self.rulebook, self.premium
        if self.oracle_price != self.instrument.index_price:
            premium += math.log(self.instrument.index_price / self.oracle_price)
        self.mark_price = mark_of(self.oracle_price, premium, rules.mark_weight, rules.mark_band)

    def begin_forced(self) -> None:
        """Forget the last tick's forced orders; remember the premium that they start from."""
        self.forced = Forced(self.transient, self.permanent, self.middle)

    def move_forced(self) -> None:
        """Premium, mark and clearing price under the deepest net forced flow so far."""
        forced = self.forced
        start = forced.start_transient + forced.start_permanent
        middle = self.instrument.index_price * math.exp(start)
        net, deepest = forced.flow.buys - forced.flow.sells, forced.net_contracts
        if deepest == 0.0 or (net * deepest > 0.0 and abs(net) > abs(deepest)):
            deepest = net
        forced.net_contracts = deepest
        sign = 1.0 if deepest > 0.0 else -1.0
        quoted = self.ask_usd if deepest > 0.0 else self.bid_usd
        forced.share = max(impact_share(abs(deepest) * middle, quoted), forced.share)
        temporary, permanent = self.impacts
        push = temporary_impact(self.impact_form, temporary, forced.share)
        self.transient = forced.start_transient + sign * push
        self.permanent = forced.start_permanent + sign * permanent * forced.share
        mean = mean_impact(self.impact_form, temporary, permanent, forced.share)
        forced.fill_price = middle * math.exp(sign * mean)
        if self.rulebook.pool is not None:
            forced.fill_price = pool_price(self.oracle_price, self.rulebook.pool.spread, deepest)
        self.set_mark()

    def move(self, net_contracts: float) -> float:
        """Move the premium by a net voluntary flow; the price at which the flow clears [USD]."""
        middle = self.middle
        sign = 1.0 if net_contracts > 0.0 else -1.0
        quoted = self.ask_usd if net_contracts > 0.0 else self.bid_usd
        share = impact_share(abs(net_contracts) * middle, quoted)
        temporary, permanent = self.impacts
        self.transient += sign * temporary_impact(self.impact_form, temporary, share)
        self.permanent += sign * permanent * share
        mean = mean_impact(self.impact_form, temporary, permanent, share)
        if self.rulebook.pool is not None:
            return pool_price(self.oracle_price, self.rulebook.pool.spread, net_contracts)
        return middle * math.exp(sign * mean)
