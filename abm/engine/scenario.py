"""A scenario: everything a run needs except its seed, as one frozen value.

Fields are JSON-able (numbers, strings, flags, tuples, nested frozen dataclasses), so a scenario can
be written to a file, hashed and compared. `design` and `disclosure` name the ADL rule and what is
published of its queue; a scenario runs one design on all its venues unless `designs` names one
each.
"""

from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from abm.adl import catalog
from abm.adl.design import AdlDesign
from abm.adl.disclosure import Disclosure, ExactRank, Lights, Nothing, PriceToAdl
from abm.adl.trigger import PoolFactor
from abm.agents.population import Population
from abm.engine.outside import check_instruments, check_market, check_oracles
from abm.engine.real_book import RealBook
from abm.engine.reports import ExposureReport
from abm.market.prices import AnyPriceProcess, RegimeCrash
from abm.market.stablecoin import Stablecoin
from abm.protocols.lending import LendingProtocol
from abm.venue.collateral_market import CollateralMarket
from abm.venue.lp_vault import check_holdings
from abm.venue.resolution import Resolution
from abm.venue.rulebook import Rulebook
from abm.words import check_words

type DisclosureName = Literal["none", "lights_head", "lights_size", "rank", "price", "design"]


@dataclass(frozen=True)
class Collateral:
    """A collateral asset other than cash.

    Attributes:
        name: the asset.
        share: share of every account's equity that is held in it at the start.
        haircut: share of its value that margin does not count.
        instrument: instrument whose index prices it; -1 for an asset worth one USD.
        vault: venue whose vault's shares it is; empty for any other asset.
        market: its own markets on the venues, and how they value it.
        issuer: a stablecoin's endogenous price, instead of `instrument`'s.
    """

    name: str = "stablecoin"
    share: float = 0.2
    haircut: float = 0.0
    instrument: int = -1
    vault: str = ""
    market: CollateralMarket = field(default_factory=CollateralMarket)
    issuer: Stablecoin = field(default_factory=Stablecoin)

    def __post_init__(self) -> None:
        if self.issuer.demand_per_open_interest > 0.0 and self.instrument != -1:
            raise ValueError("a coin with an issuer has its own price: leave instrument at -1.")
        for name in ("share", "haircut"):
            if not 0.0 <= getattr(self, name) < 1.0:
                raise ValueError(f"{name} is {getattr(self, name)}: give a share below 1.")
        if self.vault and self.instrument >= 0:
            raise ValueError(
                f"collateral {self.name!r} has two prices: give an instrument or a vault, not both."
            )
        if self.vault and self.issuer.demand_per_open_interest > 0.0:
            raise ValueError(
                f"collateral {self.name!r} has two prices: give a vault or an issuer, not both."
            )


@dataclass(frozen=True)
class Makers:
    """How market makers quote; see `abm.agents.liquidity`.

    Attributes:
        quote_leverage: quoted size per side and tick, as a multiple of equity.
        inventory_leverage: largest inventory, as a multiple of equity.
        calm_volatility_per_year: volatility up to which makers quote in full.
    """

    quote_leverage: float = 0.15
    inventory_leverage: float = 2.5
    calm_volatility_per_year: float = 0.8

    def __post_init__(self) -> None:
        for name in ("quote_leverage", "inventory_leverage", "calm_volatility_per_year"):
            if not getattr(self, name) > 0.0:
                raise ValueError(f"{name} is {getattr(self, name)}: give a number above 0.")


@dataclass(frozen=True)
class Spot:
    """The spot market outside the venues.

    Attributes:
        depth_per_open_interest: flow that moves the index by `impact`, as a share of open interest.
        impact: log move of the index per unit of depth.
        fee: share of notional.
    """

    depth_per_open_interest: float = 0.2
    impact: float = 0.01
    fee: float = 0.001

    def __post_init__(self) -> None:
        if self.depth_per_open_interest <= 0.0 or self.impact < 0.0 or self.fee < 0.0:
            raise ValueError("spot needs a depth above 0, an impact and a fee of at least 0.")


@dataclass(frozen=True)
class Scenario:
    """One model run's choices.

    Attributes:
        name: for tables and files.
        ticks, dt_s: length of the run and of one tick.
        traders: directional traders, hedgers and makers together.
        design: ADL design of every venue: a catalog id, or "module:Name" of a user's own.
        designs: one design per venue, instead of `design`.
        disclosure: what is published of the queue; "design" keeps what the venue itself does.
        disclosure_refresh_s, disclosure_delay_s: how often, and how late.
        reacting: do traders react to their published place?
        price: index-price process; its instruments are the scenario's.
        population: traders drawn from distributions, or a real book.
        venues: rulebooks, one per venue.
        collateral: collateral assets other than cash.
        makers, spot: quoting and the spot market.
        venue_coupling_s: half-life of a premium difference between venues.
        resolution: what venues do for each other.
        exposure_report: what venues know of positions elsewhere, where a design reads them.
        markout_s: horizon at which ADL closes are valued again.
        protocols: lending protocols whose forced sales press the spot markets.
    """

    name: str = "scenario"
    ticks: int = 1500
    dt_s: float = 2.0
    traders: int = 1000
    design: str = "binance"
    designs: tuple[str, ...] = ()
    disclosure: DisclosureName = "rank"
    disclosure_refresh_s: float = 0.0
    disclosure_delay_s: float = 0.0
    reacting: bool = True
    price: AnyPriceProcess = field(default_factory=RegimeCrash)
    population: Population | RealBook = field(default_factory=Population)
    venues: tuple[Rulebook, ...] = (Rulebook(),)
    collateral: tuple[Collateral, ...] = ()
    makers: Makers = field(default_factory=Makers)
    spot: Spot = field(default_factory=Spot)
    venue_coupling_s: float = 5.0
    markout_s: float = 300.0
    resolution: Resolution = field(default_factory=Resolution)
    exposure_report: ExposureReport = field(default_factory=ExposureReport)
    protocols: tuple[LendingProtocol, ...] = ()

    def __post_init__(self) -> None:
        check_words(self)
        for name in ("ticks", "dt_s", "traders", "venue_coupling_s"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} is {getattr(self, name)}: give a number above 0.")
        for name in ("disclosure_refresh_s", "disclosure_delay_s", "markout_s"):
            if not getattr(self, name) >= 0.0:
                raise ValueError(f"{name} is {getattr(self, name)}: give 0 seconds or more.")
        if not self.venues:
            raise ValueError("venues is empty: give at least one rulebook.")
        if self.designs and len(self.designs) != len(self.venues):
            raise ValueError(
                f"designs names {len(self.designs)} designs for {len(self.venues)} venues: "
                "give one per venue, or use design."
            )
        if len({venue.name for venue in self.venues}) != len(self.venues):
            raise ValueError("two venues share a name: names tell venues apart in results.")
        for asset in self.collateral:
            if not -1 <= asset.instrument < self.price.instruments:
                raise ValueError(
                    f"collateral {asset.name!r} is priced by instrument {asset.instrument}, but "
                    f"there are {self.price.instruments}: use 0 to {self.price.instruments - 1}, "
                    "or -1 for an asset worth one USD."
                )
        self._check_listings()
        self._check_crossing()
        self._check_designs()
        self._check_backing()
        self._check_outside()

    def _check_outside(self) -> None:
        """Refuse oracles, collateral markets, issuers and protocols that fit nothing."""
        check_oracles(self.venues, self.instruments)
        for asset in self.collateral:
            check_market(asset.name, asset.market, self.venues)
        check_instruments(
            tuple(asset.issuer for asset in self.collateral), self.protocols, self.instruments
        )

    def _check_listings(self) -> None:
        """Refuse venues that list what is not there, and instruments that nobody lists."""
        count = self.price.instruments
        for book in self.venues:
            if not set(book.instruments) <= set(range(count)):
                raise ValueError(
                    f"venue {book.name!r} lists instruments {list(book.instruments)}: the "
                    f"scenario's are 0 to {count - 1}."
                )
        for k in range(count):
            if not any(book.lists(k) for book in self.venues):
                raise ValueError(f"no venue lists instrument {k}: let one, or leave it out.")

    def _check_crossing(self) -> None:
        """Refuse what needs more venues, or more leverage, than there is."""
        across, names = self.behaviour.cross_venue, [venue.name for venue in self.venues]
        if len(names) == 1 and (across.hedger_share > 0.0 or across.trades_between_venues):
            raise ValueError(
                "cross_venue has hedgers or arbitrageurs between venues, but there is one venue: "
                "add a venue, or set hedger_share to 0 and arbitrage_mix to [0, 1, 0]."
            )
        most = 0.9 * min(venue.max_leverage for venue in self.venues)
        if across.hedger_share > 0.0 and across.leg_leverage > most:
            raise ValueError(
                f"cross_venue.leg_leverage is {across.leg_leverage:g}, the venues allow {most:g}: "
                "lower it."
            )
        if sum(asset.share for asset in self.collateral) >= 1.0:
            raise ValueError("the shares of collateral reach 1: leave some equity in cash.")
        for promise in self.resolution.commitments:
            for name in (promise.giver, promise.receiver):
                if name not in names:
                    raise ValueError(
                        f"a commitment names venue {name!r}: the venues are {', '.join(names)}."
                    )

    def listed_books(self) -> tuple[int, ...]:
        """Books that exist, as venue * K + instrument."""
        count = self.price.instruments
        return tuple(
            v * count + k
            for v, book in enumerate(self.venues)
            for k in range(count)
            if book.lists(k)
        )

    def _check_designs(self) -> None:
        """Refuse unknown designs, and a run longer than a trigger's memory."""
        for design, venue in zip(self.adl_designs(), self.venues, strict=True):
            fits = isinstance(design.trigger, PoolFactor)
            if venue.pool is not None and not (fits or design.takes_nothing):
                raise ValueError(
                    f"venue {venue.name!r} has a pool, and {design.id!r} closes winners against a "
                    "bankrupt position: use gmx_v2 or a design that takes nothing, such as jupiter."
                )
            if design.needs and not (fits and venue.pool is not None):
                raise ValueError(f"design {design.id!r} cannot run in a scenario: {design.needs}.")
            window_s = getattr(design.trigger, "window_s", np.inf)
            if self.ticks * self.dt_s > window_s:
                raise ValueError(
                    f"design {design.id!r} compares the fund with its peak of the last {window_s:g}"
                    f" s, but the run lasts {self.ticks * self.dt_s:g} s: shorten it."
                )

    def _check_backing(self) -> None:
        """Refuse shares of vaults that nobody owns by shares."""
        names = tuple(venue.name for venue in self.venues)
        vaults = tuple(venue.vault for venue in self.venues)
        check_holdings(names, vaults)
        if self.resolution.pooled_backstops and any(vaults):
            raise ValueError(
                "pooled_backstops makes the vaults one, so that none has owners of its own: leave "
                "out the venues' vault, or pooled_backstops."
            )
        for asset in self.collateral:
            if asset.vault and (asset.vault not in names or not vaults[names.index(asset.vault)]):
                raise ValueError(
                    f"collateral {asset.name!r} is a share of the vault of {asset.vault!r}, which "
                    "has no depositors: give that venue a vault, or name another."
                )

    @property
    def instruments(self) -> int:
        """K, the number of instruments."""
        return self.price.instruments

    @property
    def behaviour(self) -> Population:
        """The distributions that traders are drawn from, also those of a real book."""
        if isinstance(self.population, RealBook):
            return self.population.behaviour
        return self.population

    def adl_designs(self) -> tuple[AdlDesign, ...]:
        """The ADL design of each venue, with this scenario's disclosure."""
        names = self.designs or (self.design,) * len(self.venues)
        designs = tuple(catalog.design(name) for name in names)
        if self.disclosure == "design":
            return designs
        shown = self._disclosure()
        return tuple(replace(design, disclosure=shown) for design in designs)

    def _disclosure(self) -> Disclosure:
        refresh, delay = self.disclosure_refresh_s, self.disclosure_delay_s
        if self.disclosure == "rank":
            return ExactRank(refresh, delay)
        if self.disclosure == "lights_head":
            return Lights("head", refresh, delay)
        if self.disclosure == "lights_size":
            return Lights("size", refresh, delay)
        if self.disclosure == "price":
            return PriceToAdl(refresh, delay)
        return Nothing()
