"""Depositors and stakers before the first tick: shares worth one USD each, thresholds drawn.

shares   S_a = e_a + Σ_b h_ab S_b: every vault's equity and the parts h of others that it holds
owners   other vaults, whoever has posted shares as collateral, the house's part, depositors
"""

import numpy as np

from abm.engine.backers import Backers, Stakers, Vaults
from abm.engine.scenario import Scenario
from abm.market.columns import Accounts, Venues
from abm.rng import Stream, stream_key, tick_key, uniform
from abm.units import Flags, Floats, Ints
from abm.venue.lp_vault import Vault

DRAWS = 3
"""Numbers drawn per place: a depositor's threshold and temper, a staker's threshold."""


def found_backers(
    accounts: Accounts, venues: Venues, scenario: Scenario, seed: int, replicate: int
) -> Backers:
    """Who stands behind the venues at t = 0.

    Raises:
        ValueError: more shares of a vault are posted as collateral than there are.
    """
    return Backers(
        vaults=_found_vaults(accounts, venues, scenario, (seed, replicate)),
        stakers=_found_stakers(venues, scenario, (seed, replicate)),
        asset_vault=asset_vaults(scenario),
    )


def asset_vaults(scenario: Scenario) -> Ints:
    """Venue whose vault's price each collateral asset follows, `[C]`; -1 = none."""
    names = [book.name for book in scenario.venues]
    found = [names.index(asset.vault) if asset.vault else -1 for asset in scenario.collateral]
    return np.array(found, np.int64)


def _draws(seeds: tuple[int, int], v: int, count: int) -> Floats:
    """Uniform numbers of one venue's backers, `[count, DRAWS]`."""
    key = np.uint64(tick_key(stream_key(*seeds, Stream.BACKERS), v))
    flat = [uniform(key, place) for place in range(count * DRAWS)]
    return np.array(flat, np.float64).reshape(count, DRAWS)


def _parts_held(scenario: Scenario) -> Floats:
    """Part of vault b (column) that vault a (row) holds, `[V, V]`."""
    names = [book.name for book in scenario.venues]
    parts = np.zeros((len(names), len(names)))
    for a, book in enumerate(scenario.venues):
        for name, part in book.vault.holds if book.vault is not None else ():
            parts[a, names.index(name)] = part
    return parts


def _found_vaults(
    accounts: Accounts, venues: Venues, scenario: Scenario, seeds: tuple[int, int]
) -> Vaults:
    """Shares of every vault and who has them."""
    terms = [book.vault for book in scenario.venues]
    count = len(terms)
    row = np.full(count, -1, np.int64)
    for v, book in enumerate(scenario.venues):
        if book.vault is not None:
            row[v] = venues.estate_row[v] if book.pool is not None else venues.backstop_row[v]
    own_usd = np.where(row >= 0, accounts.cash_usd[row], 0.0)
    parts = _parts_held(scenario)
    outstanding = np.linalg.solve(np.eye(count) - parts, own_usd)
    held = parts * outstanding
    posted = np.zeros(count)
    for c, v in enumerate(asset_vaults(scenario)):
        if v >= 0:
            posted[v] += accounts.collateral[:, c].sum()
    width = max((term.depositors for term in terms if term is not None), default=0)
    shares, threshold = np.zeros((count, width)), np.full((count, width), np.inf)
    strategic = np.zeros((count, width), np.bool_)
    others = np.zeros(count)
    for v, term in enumerate(terms):
        if term is None:
            continue
        free = outstanding[v] - posted[v] - held[:, v].sum()
        if free < 0.0:
            raise ValueError(_too_much_posted(scenario.venues[v].name, outstanding[v], posted[v]))
        n = term.depositors
        shares[v, :n] = free * term.owned / n
        others[v] = outstanding[v] - free * term.owned
        threshold[v, :n], strategic[v, :n] = _temper(term, _draws(seeds, v, n))
    return Vaults(
        row=row,
        shares=shares,
        threshold=threshold,
        is_strategic=strategic,
        due_s=np.full((count, width), np.inf),
        other_shares=others,
        held=held,
        equity_usd=own_usd,
        outstanding=outstanding,
        price_usd=np.ones(count),
        peak_usd=np.ones(count),
        slow_usd=np.ones(count),
        lowest_usd=np.ones(count),
        first_shares=shares.sum(axis=1),
        outside_usd=np.zeros(count),
        withdrawn_usd=np.zeros(count),
        run_s=np.full(count, np.nan),
    )


def _temper(term: Vault, draws: Floats) -> tuple[Floats, Flags]:
    """Thresholds of depositors and who of them watches the others, `[D]` each."""
    spread = term.threshold_high - term.threshold_low
    return term.threshold_low + spread * draws[:, 0], draws[:, 1] < term.strategic_share


def _too_much_posted(name: str, there_usd: float, posted_usd: float) -> str:
    return (
        f"accounts post {posted_usd:.6g} USD of shares of the vault of {name!r}, which has "
        f"{there_usd:.6g}, other vaults' included: lower the collateral's share, or enlarge it."
    )


def _found_stakers(venues: Venues, scenario: Scenario, seeds: tuple[int, int]) -> Stakers:
    """Equal stakes in every fund that has stakers: their part of it, written, and their shares."""
    terms = [book.staking for book in scenario.venues]
    count = len(terms)
    width = max((term.stakers for term in terms if term is not None), default=0)
    shares, threshold = np.zeros((count, width)), np.full((count, width), np.inf)
    for v, term in enumerate(terms):
        if term is not None:
            n = term.stakers
            venues.stakers_usd[v] = term.share * venues.fund_usd[v]
            shares[v, :n] = venues.stakers_usd[v] / n
            spread = term.threshold_high - term.threshold_low
            threshold[v, :n] = term.threshold_low + spread * _draws(seeds, v, n)[:, 2]
    return Stakers(
        shares=shares,
        threshold=threshold,
        due_s=np.full((count, width), np.inf),
        peak_usd=np.ones(count),
        seen_usd=np.zeros(count),
        unstaked_usd=np.zeros(count),
    )
