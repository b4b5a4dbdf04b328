"""What stands around the venues: oracles, lending protocols, issuers of stablecoins.

Their choices are checked here against the rest of a scenario, and laid out as columns; everything
is zero-size where a scenario has none of it.
"""

from typing import NamedTuple

import numpy as np

from abm.market.columns import Accounts, Markets
from abm.market.stablecoin import Stablecoin
from abm.protocols.issuers import Issuers, issuer_columns
from abm.protocols.lending import LendingProtocol, Protocols, protocol_columns
from abm.rng import Stream, stream_key
from abm.units import Floats
from abm.venue.collateral_market import AssetMarkets, CollateralMarket, asset_market_columns
from abm.venue.feeds import Feeds, feed_columns
from abm.venue.rulebook import Rulebook


class Outside(NamedTuple):
    """Oracles, protocols and issuers of one world."""

    feeds: Feeds
    protocols: Protocols
    issuers: Issuers


def check_oracles(venues: tuple[Rulebook, ...], instruments: int) -> None:
    """Refuse sources that name what is not there.

    Raises:
        ValueError: an unknown venue, or an instrument that there is not.
    """
    names = [book.name for book in venues]
    for book in venues:
        for source in book.oracle.sources:
            if source.venue and source.venue not in names:
                raise ValueError(
                    f"an oracle of {book.name!r} reads the book of {source.venue!r}: name one of "
                    f"{', '.join(names)}."
                )
            if source.push_instrument >= instruments:
                raise ValueError(
                    f"push_instrument is {source.push_instrument}, but there are {instruments}: "
                    f"use 0 to {instruments - 1}."
                )


def check_market(name: str, market: CollateralMarket, venues: tuple[Rulebook, ...]) -> None:
    """Refuse a collateral market that does not fit the venues.

    Raises:
        ValueError: wrong number of depths, an unknown venue, or a median of fewer than three.
    """
    names = [book.name for book in venues]
    if len(market.depth_usd) not in (1, len(venues)):
        raise ValueError(
            f"depth_usd of {name!r} gives {len(market.depth_usd)} numbers for {len(venues)} "
            "venues: give one, or one per venue."
        )
    if market.valued_by == "median" and len(venues) < 2:
        raise ValueError(
            f"{name!r} is valued by a median with other venues, but there is one venue: use "
            '"own_book" or "redemption".'
        )
    for shock in market.shocks:
        if shock.venue not in names:
            raise ValueError(
                f"a shock to {name!r} hits {shock.venue!r}: name one of {', '.join(names)}."
            )


def check_instruments(
    issuers: tuple[Stablecoin, ...], protocols: tuple[LendingProtocol, ...], instruments: int
) -> None:
    """Refuse collateral in the spot market of an instrument that there is not.

    Raises:
        ValueError: naming the number.
    """
    for held in [choice.instrument for choice in issuers] + [p.instrument for p in protocols]:
        if not 0 <= held < instruments:
            raise ValueError(
                f"an issuer or protocol holds instrument {held}, but there are "
                f"{instruments}: use 0 to {instruments - 1}."
            )


def open_interest_usd(accounts: Accounts, prices: Floats) -> float:
    """Long notional of all accounts at `[K]` prices [USD]."""
    return float((np.maximum(accounts.qty_contracts, 0.0) @ prices).sum())


def open_asset_markets(
    choices: tuple[CollateralMarket, ...],
    venues: tuple[Rulebook, ...],
    accounts: Accounts,
    markets: Markets,
) -> AssetMarkets:
    """Collateral markets at t = 0, one choice per asset."""
    held = np.zeros((len(venues), len(choices)))
    np.add.at(held, accounts.venue, accounts.collateral * markets.asset_price)
    names = tuple(book.name for book in venues)
    rows = accounts.cash_usd.size
    return asset_market_columns(choices, names, held, markets.collateral_value, rows)


def open_outside(
    venues: tuple[Rulebook, ...],
    dt_s: float,
    issuers: tuple[Stablecoin, ...],
    protocols: tuple[LendingProtocol, ...],
    holdings: tuple[Accounts, Floats],
    luck: tuple[int, int],
) -> Outside:
    """Oracles, protocols and issuers at t = 0.

    Args:
        venues: rulebooks, which name the oracles.
        dt_s: length of a tick.
        issuers: one per collateral asset.
        protocols: lending protocols.
        holdings: accounts, and `[K]` index prices: their open interest scales debts and demand.
        luck: seed and replicate.
    """
    accounts, prices = holdings
    interest = open_interest_usd(accounts, prices)
    key = stream_key(*luck, Stream.ORACLE)
    return Outside(
        feeds=feed_columns(venues, prices, dt_s, key),
        protocols=protocol_columns(protocols, interest, prices),
        issuers=issuer_columns(issuers, interest, prices),
    )
