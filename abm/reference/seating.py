"""From the engine's columns to objects: the same initial world, one object per thing.

Rows become `Account` objects with `Position`s, books and venues become `Book`s and `Venue`s.
Numbers are copied as Python floats; nothing is shared with the world afterwards.
"""

from abm.engine.scenario import Scenario
from abm.engine.world import World
from abm.market.columns import ESTATE, MAKER
from abm.reference.accounts import (
    Account,
    CrossMargin,
    IsolatedMargin,
    Margin,
    Owner,
    Position,
    Quote,
)
from abm.reference.arbitrage import Arbitrageur
from abm.reference.backers import Backer, OwnedVault, StakedFund
from abm.reference.markets import Asset, Book, Instrument, Tier
from abm.reference.traders import (
    DirectionalTrader,
    Hedger,
    House,
    MarketMaker,
    Trader,
    Traits,
)
from abm.reference.venues import Venue

KINDS = (DirectionalTrader, Hedger, MarketMaker, Arbitrageur, House)
"""Classes of traders, by role code."""


def seat_instruments(world: World) -> list[Instrument]:
    """Every instrument at t = 0."""
    markets = world.state.markets
    return [
        Instrument(
            path=markets.index_path[:, k].tolist(),
            index_price=float(markets.index_price[k]),
            slow_index=float(markets.slow_index[k]),
            variance_per_s=float(markets.variance_per_s[k]),
            spot_depth_usd=float(world.spot_depth_usd[k]),
            pressure=float(markets.index_pressure[k]),
        )
        for k in range(markets.index_price.size)
    ]


def seat_assets(world: World, v: int, instruments: list[Instrument]) -> list[Asset]:
    """Every collateral asset at t = 0, as venue `v` counts it."""
    markets = world.state.markets
    return [
        Asset(
            haircut=float(markets.collateral_haircut[c]),
            instrument=instruments[k] if k >= 0 else None,
            price_usd=float(markets.asset_price[c]),
            value_usd=float(markets.collateral_value[v, c]),
            vault=int(world.backers.asset_vault[c]),
            has_market=bool(world.state.asset_markets.has_market[c]),
        )
        for c, k in enumerate(markets.collateral_instrument)
    ]


def seat_books(
    world: World, scenario: Scenario, v: int, instruments: list[Instrument]
) -> list[Book]:
    """The books of venue `v`."""
    markets, rules = world.state.markets, world.state.rules
    tiers = [
        Tier(float(above), float(rate), float(deduction))
        for above, rate, deduction in zip(
            rules.tier_above_usd[v], rules.tier_rate[v], rules.tier_deduction_usd[v], strict=True
        )
    ]
    return [
        Book(
            k=k,
            instrument=instrument,
            rulebook=scenario.venues[v].as_run(),
            tiers=tiers[: len(scenario.venues[v].tiers)],
            impact_form=int(rules.impact_form[v]),
            lot_contracts=float(rules.lot_contracts[v, k]),
            mark_price=float(markets.mark_price[v, k]),
            previous_mark_price=float(markets.previous_mark_price[v, k]),
            oracle_price=float(markets.oracle_price[v, k]),
            transient=float(markets.transient[v, k]),
            permanent=float(markets.permanent[v, k]),
        )
        for k, instrument in enumerate(instruments)
    ]


def seat_account(
    world: World, row: int, owner: Owner, books: list[Book], assets: list[Asset]
) -> Account:
    """One row of the accounts as an object."""
    columns = world.state.accounts
    cross = CrossMargin(float(columns.cash_usd[row]), columns.collateral[row].tolist(), assets)
    margins: list[Margin] = [cross]
    positions = []
    for book in books:
        margin: Margin = cross
        if columns.is_isolated[row, book.k]:
            margin = IsolatedMargin(float(columns.margin_usd[row, book.k]), cross)
            margins.append(margin)
        position = Position(
            book,
            margin,
            qty_contracts=float(columns.qty_contracts[row, book.k]),
            entry_price=float(columns.entry_price[row, book.k]),
            opening_leverage=float(columns.opening_leverage[row, book.k]),
        )
        margin.positions.append(position)
        positions.append(position)
    account = Account(
        account_id=int(columns.account_id[row]),
        row=row,
        kind=int(columns.kind[row]),
        owner=owner,
        cross=cross,
        margins=margins,
        positions=positions,
    )
    cross.value()
    account.first_equity_usd = cross.equity_usd
    return account


def seat_venue(
    world: World,
    scenario: Scenario,
    v: int,
    books: list[Book],
    assets: list[Asset],
    accounts: list[Account],
) -> Venue:
    """Venue `v` with its books and accounts, and what its makers quote."""
    columns = world.state.venues
    kind = MAKER if scenario.venues[v].pool is None else ESTATE
    makers = [account for account in accounts if account.kind == kind]
    for m, maker in enumerate(makers, start=int(columns.maker_start[v])):
        bids, asks = columns.maker_bid_usd[m].tolist(), columns.maker_ask_usd[m].tolist()
        maker.quotes = [Quote(bid, ask) for bid, ask in zip(bids, asks, strict=True)]
    by_row = {account.row: account for account in accounts}
    venue = Venue(
        rulebook=scenario.venues[v].as_run(),
        design=scenario.adl_designs()[v],
        books=books,
        assets=assets,
        accounts=accounts,
        makers=makers,
        estate=by_row[int(columns.estate_row[v])],
        vault=by_row.get(int(columns.backstop_row[v])),
        liquidation_style=int(world.state.rules.liquidation_style[v]),
        fund_usd=float(columns.fund_usd[v]),
        fund_peak_usd=float(columns.fund_peak_usd[v]),
        fund_drawdown_usd=float(columns.fund_drawdown_usd[v]),
        fees_usd=float(columns.fees_usd[v]),
    )
    venue.stakers_usd = float(columns.stakers_usd[v])
    venue.sum_quotes()
    return venue


def seat_trader(world: World, t: int, model: object) -> Trader:
    """Trader `t` as a Mesa agent, without its accounts."""
    columns = world.traders
    traits = Traits(
        target_leverage=float(columns.target_leverage[t]),
        attention_per_s=float(columns.attention_per_s[t]),
        reaction=int(columns.reaction[t]),
        threshold=float(columns.threshold[t]),
        fraction=float(columns.fraction[t]),
        trend=float(columns.trend[t]),
        noise=float(columns.noise[t]),
        style=int(columns.style[t]),
    )
    kind = KINDS[int(columns.role[t])]
    wallet, spot = float(columns.wallet_usd[t]), columns.spot_units[t].tolist()
    return kind(model, int(columns.trader_id[t]), traits, wallet, spot)


def seat_vaults(world: World, scenario: Scenario, venues: list[Venue]) -> dict[int, OwnedVault]:
    """Vaults that depositors own, by the place of their venue."""
    columns = world.backers.vaults
    found = {}
    for v, venue in enumerate(venues):
        terms = scenario.venues[v].vault
        account = venue.vault if scenario.venues[v].pool is None else venue.estate
        if terms is None or account is None:
            continue
        depositors = [
            Backer(float(shares), float(threshold), bool(strategic))
            for shares, threshold, strategic in zip(
                columns.shares[v], columns.threshold[v], columns.is_strategic[v], strict=True
            )
        ][: terms.depositors]
        found[v] = OwnedVault(
            venue=venue,
            account=account,
            terms=terms,
            depositors=depositors,
            other_shares=float(columns.other_shares[v]),
            outstanding=float(columns.outstanding[v]),
            held={b: float(n) for b, n in enumerate(columns.held[v]) if n > 0.0},
        )
    return found


def seat_stakers(world: World, scenario: Scenario, venues: list[Venue]) -> list[StakedFund]:
    """The funds' stakers, by venue."""
    columns = world.backers.stakers
    funds = []
    for v, venue in enumerate(venues):
        terms = scenario.venues[v].staking
        count = terms.stakers if terms is not None else 0
        stakers = [
            Backer(float(shares), float(threshold))
            for shares, threshold in zip(columns.shares[v], columns.threshold[v], strict=True)
        ]
        funds.append(StakedFund(venue, stakers[:count]))
    return funds
