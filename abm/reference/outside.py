"""What stands around the twin's venues, seated from a world: oracles, collateral, seed systems."""

import math
from dataclasses import dataclass

import numpy as np

from abm.engine.scenario import Scenario
from abm.engine.world import World
from abm.reference.collateral import AssetMarket, CollateralDesk
from abm.reference.ledger import Ledger
from abm.reference.markets import Instrument
from abm.reference.oracles import OracleDesk
from abm.reference.protocols import Borrower, Issuer, LendingDesk
from abm.reference.venues import Venue


@dataclass
class Surroundings:
    """Everything around the venues.

    Attributes:
        issuers: of the collateral assets that have one, by asset.
    """

    oracles: OracleDesk
    collateral: CollateralDesk
    lending: list[LendingDesk]
    issuers: dict[int, Issuer]

    def read_prices(self) -> None:
        """Price coins and read oracles; the index has moved already."""
        for issuer in self.issuers.values():
            issuer.step(self.oracles.spot_impact)
        self.oracles.read()

    def run_protocols(self, now_s: float, dt_s: float, ledger: Ledger) -> None:
        """One tick of every lending protocol."""
        for desk in self.lending:
            desk.step(now_s, dt_s, self.oracles.spot_impact, ledger)

    def outcomes(self) -> dict[str, float]:
        """What `abm.engine.outside_outcomes` reports."""
        sells = any(market.choice.is_open for row in self.collateral.markets for market in row)
        return {
            "oracle_stale_ticks": self.oracles.stale_ticks,
            "manipulation_cost_usd": self.oracles.cost_usd,
            "lowest_collateral_value": self.collateral.lowest,
            "collateral_sold_usd": self.collateral.sold_usd if sells else math.nan,
            "stablecoin_collapses": sum(issuer.has_collapsed for issuer in self.issuers.values())
            if self.issuers
            else math.nan,
            "protocol_sold_usd": sum(desk.sold_usd for desk in self.lending)
            if self.lending
            else math.nan,
            "protocol_bad_debt_usd": sum(desk.bad_debt_usd for desk in self.lending)
            if self.lending
            else math.nan,
        }


def seat_outside(
    world: World, scenario: Scenario, venues: list[Venue], instruments: list[Instrument]
) -> Surroundings:
    """The surroundings of a world at t = 0."""
    outside = world.outside
    return Surroundings(
        oracles=OracleDesk(
            venues,
            instruments,
            scenario.dt_s,
            scenario.spot.impact,
            np.uint64(outside.feeds.key[0]),
        ),
        collateral=CollateralDesk(
            [
                [
                    AssetMarket(
                        asset=venue.assets[c],
                        choice=choice.market,
                        venue_name=venue.rulebook.name,
                        depth_usd=float(world.state.asset_markets.depth_usd[v, c]),
                        first_value=venue.assets[c].value_usd,
                    )
                    for v, venue in enumerate(venues)
                ]
                for c, choice in enumerate(scenario.collateral)
            ]
        ),
        lending=_seat_lending(world, scenario, instruments),
        issuers=_seat_issuers(world, scenario, venues, instruments),
    )


def _seat_lending(
    world: World, scenario: Scenario, instruments: list[Instrument]
) -> list[LendingDesk]:
    columns = world.outside.protocols
    desks = []
    for p, choice in enumerate(scenario.protocols):
        mine = slice(int(columns.start[p]), int(columns.start[p + 1]))
        pairs = zip(columns.units[mine].tolist(), columns.debt_usd[mine].tolist(), strict=True)
        borrowers = [Borrower(units, debt) for units, debt in pairs]
        instrument = instruments[choice.instrument]
        debt = math.fsum(borrower.debt_usd for borrower in borrowers)
        desks.append(LendingDesk(choice, instrument, borrowers, debt, instrument.index_price))
    return desks


def _seat_issuers(
    world: World, scenario: Scenario, venues: list[Venue], instruments: list[Instrument]
) -> dict[int, Issuer]:
    columns = world.outside.issuers
    return {
        c: Issuer(
            demand_usd=float(columns.demand_usd[c]),
            beta=asset.issuer.beta,
            expected_return=asset.issuer.expected_return,
            instrument=instruments[asset.issuer.instrument],
            assets=[venue.assets[c] for venue in venues],
            coins=float(columns.coins[c]),
            units=float(columns.units[c]),
        )
        for c, asset in enumerate(scenario.collateral)
        if asset.issuer.demand_per_open_interest > 0.0
    }
