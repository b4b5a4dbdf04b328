"""Designs as division rules: every one divides, and some are rules of the theory of claims."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.adl.allocation import Queue, TopShare
from abm.adl.book import Book
from abm.adl.catalog import CATALOG, design
from abm.adl.exposure import Candidates
from abm.adl.score import CustomScore
from abm.contagion import Claim, Network, clear, divide
from abm.engine.design_rule import (
    DesignRule,
    claims_on,
    division_rule,
    profits_usd,
    why_no_rule,
    winners_of,
)
from abm.units import Floats

REFUSED = {
    "ftx": "when the top no longer suffice",
    "paradex": "charges whoever withdraws",
    "gmx_v2": "closes against a pool",
    "gains": "takes the share 0",
    "synthetix": "takes the share 0",
    "curie": "takes the share 0",
    "jupiter": "takes the share 0",
    "no_adl": "takes the share 0",
}
"""Designs that divide no estate, whoever the winners are."""

SPARING = ("capped_pro_rata", "tail_risk_pro_rata", "capped_seniority")
"""Designs that leave part of some claims alone."""


def book(seed: int = 0, count: int = 6, first_id: int = 0) -> Book:
    """Shorts with a profit against one long, every column known; equity above all profits."""
    luck = np.random.default_rng(seed)
    qty = np.append(-luck.uniform(1.0, 20.0, count), 0.0)
    qty[-1] = -qty.sum()
    entry = np.append(100.0 * luck.uniform(1.05, 1.6, count), 110.0)
    each = np.ones(count + 1)
    return Book.from_columns(
        {
            "account_id": first_id + np.arange(count + 1),
            "instrument": ["BTC"] * (count + 1),
            "qty_contracts": qty,
            "entry_price": entry,
            "cash_usd": luck.uniform(20.0, 4000.0, count + 1),
            "mark_price": 100.0 * each,
            "previous_mark_price": 104.0 * each,
            "maintenance_rate": 0.02 * each,
            "opening_leverage": luck.uniform(1.0, 30.0, count + 1),
            "hedged_share": luck.uniform(0.0, 1.0, count + 1),
            "snapshot_profit_usd": 1e9 * each,
        }
    )


WINNERS = winners_of(book(), "BTC")
PROFITS = profits_usd(WINNERS)


@pytest.mark.parametrize("entry", CATALOG, ids=lambda entry: entry.id)
def test_every_design_divides_or_says_why_not(entry: Any) -> None:
    if entry.id in REFUSED:
        with pytest.raises(ValueError, match=REFUSED[entry.id]):
            division_rule(entry, WINNERS)
        return
    if entry.id in SPARING:
        with pytest.raises(ValueError, match="is no division rule here: it takes"):
            division_rule(entry, WINNERS)
        return
    for seed in range(2):
        winners = winners_of(book(seed), "BTC")
        claims = profits_usd(winners)
        rule, total = division_rule(entry, winners), claims.sum()
        estates = np.linspace(0.0, total, 31)
        awards = np.array([rule(float(estate), claims) for estate in estates])
        np.testing.assert_allclose(awards.sum(axis=1), estates, atol=1e-9 * total)
        assert (np.diff(awards, axis=0) >= -1e-9 * total).all()
        assert (awards >= 0.0).all()
        assert (awards <= claims).all()
        for estate in estates[3::9]:
            divide(rule, float(estate), claims)


def test_lists_of_exceptions_are_complete() -> None:
    assert {entry.id for entry in CATALOG if why_no_rule(entry)} == set(REFUSED)


@pytest.mark.parametrize("name", ["wealth_pro_rata", "contract_pro_rata"])
def test_pro_rata_is_the_proportional_rule(name: str) -> None:
    rule = division_rule(design(name), WINNERS)
    for share in (0.1, 0.5, 0.93):
        estate = share * float(PROFITS.sum())
        expected = divide("proportional", estate, PROFITS)
        np.testing.assert_allclose(rule(estate, PROFITS), expected, rtol=1e-9)


@pytest.mark.parametrize("name", ["smart_queue", "bitmex", "hyperliquid", "random_lottery"])
def test_a_queue_is_the_priority_rule_from_its_end(name: str) -> None:
    """Who is first in the queue is paid last."""
    rule = division_rule(design(name), WINNERS, seed=4)
    assert isinstance(rule, DesignRule)
    paid_first = np.argsort(rule.scores, kind="stable")
    for share in (0.1, 0.5, 0.93):
        estate = share * float(PROFITS.sum())
        awards = rule(estate, PROFITS)[paid_first]
        expected = divide("priority", estate, PROFITS[paid_first])
        np.testing.assert_allclose(awards, expected, atol=1e-9 * PROFITS.sum())


@pytest.mark.parametrize(
    ("name", "theory"), [("levelling", "equal_awards"), ("equal_dollar", "equal_losses")]
)
def test_taxes_are_rules_of_claims(name: str, theory: str) -> None:
    """Levelling leaves everybody the same; equal dollars take the same from everybody."""
    rule = division_rule(design(name), WINNERS)
    for share in (0.05, 0.4, 0.9):
        estate = share * float(PROFITS.sum())
        expected = divide(theory, estate, PROFITS)
        np.testing.assert_allclose(rule(estate, PROFITS), expected, atol=1e-9 * PROFITS.sum())


def test_the_top_share_is_not_monotone() -> None:
    """Two pay for small shortfalls; when they do not suffice three share, and two keep more."""
    top = replace(design("wealth_pro_rata"), allocation=TopShare(top=2))
    ones = np.ones(PROFITS.size)
    scores = np.arange(PROFITS.size, 0, -1).astype(np.float32)
    rule = DesignRule(top, WINNERS, scores, PROFITS, ones, np.uint64(0))
    first_two, total = float(PROFITS[:2].sum()), float(PROFITS.sum())
    richer, poorer = (rule(total - first_two * s, PROFITS) for s in (0.999, 1.001))
    assert (poorer[:2] > richer[:2] + 0.01 * PROFITS[:2]).all()


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    name=st.sampled_from(["bybit", "contract_pro_rata", "levelling", "vertex", "injective"]),
    share=st.floats(0.0, 1.0),
)
def test_any_book_is_divided(seed: int, name: str, share: float) -> None:
    winners = winners_of(book(seed, count=1 + seed % 5), "BTC")
    claims = profits_usd(winners)
    estate = share * float(claims.sum())
    assert divide(division_rule(design(name), winners), estate, claims).sum() == pytest.approx(
        estate, abs=1e-8 * claims.sum()
    )


def test_a_users_score_makes_a_rule() -> None:
    by_id = replace(
        design("smart_queue"), score=CustomScore(lambda e: -float(e.account_id)), sources=()
    )
    rule = division_rule(replace(by_id, allocation=Queue(ties="id")), WINNERS)
    estate = 0.7 * float(PROFITS.sum())
    expected = divide("priority", estate, PROFITS[::-1])[::-1]
    np.testing.assert_allclose(rule(estate, PROFITS), expected, atol=1e-9 * PROFITS.sum())


def test_a_stale_rule_is_refused() -> None:
    rule = division_rule(design("bitmex"), WINNERS)
    with pytest.raises(ValueError, match="are not the winners' profits"):
        rule(1.0, 1.01 * PROFITS)
    with pytest.raises(ValueError, match="are not the winners' profits"):
        rule(1.0, PROFITS[:-1])


def test_only_winners_have_claims() -> None:
    assert WINNERS.account_id.tolist() == list(range(6))
    with pytest.raises(ValueError, match=r"nobody has a profit against side -1"):
        winners_of(book(), "BTC", side=-1)
    with pytest.raises(ValueError, match="the book has no 'ETH'"):
        winners_of(book(), "ETH")


def between_venues(
    short_of: float, names: tuple[str, str]
) -> tuple[Network, dict[str, DesignRule], Floats, dict[str, Candidates]]:
    """Two venues owe their winners; the first winner of each owes the other venue its loss."""
    winners = {"alpha": winners_of(book(1), "BTC"), "beta": winners_of(book(2, first_id=50), "BTC")}
    claims = [claim for venue, held in winners.items() for claim in claims_on(venue, held)]
    owed = {venue: float(profits_usd(held).sum()) for venue, held in winners.items()}
    claims += [
        Claim("0", "beta", 2.0 * claims[0].amount),
        Claim("50", "alpha", 2.0 * claims[6].amount),
    ]
    network = Network.from_claims(claims)
    rules = {
        venue: division_rule(design(name), winners[venue])
        for venue, name in zip(winners, names, strict=True)
    }
    estate = np.zeros(len(network))
    for venue in winners:
        estate[network.node(venue)] = short_of * owed[venue]
    return network, rules, estate, winners


@pytest.mark.parametrize("names", [("bitmex", "wealth_pro_rata"), ("levelling", "hyperliquid")])
def test_venues_settle_by_their_own_designs(names: tuple[str, str]) -> None:
    network, rules, estate, winners = between_venues(0.6, names)
    found = clear(network, estate, rule=rules)
    assert found.converged
    assert found.is_unique
    np.testing.assert_allclose(found.least, found.greatest, rtol=1e-9)
    for venue, held in winners.items():
        claims = profits_usd(held)
        places = [network.place(venue, str(account)) for account in held.account_id]
        paid = found.payments[network.node(venue)]
        assert paid < claims.sum()
        expected = rules[venue](paid, claims)
        np.testing.assert_allclose(found.paid[places], expected, atol=1e-6 * claims.sum())
    alone = clear(network, estate)
    assert np.abs(alone.paid - found.paid).max() > 0.01 * network.weights.max()


def test_least_and_greatest_are_both_reported_where_they_differ() -> None:
    """No cash at all, and the first winner of each venue is paid first and owes all of it on."""
    network, rules, estate, _ = between_venues(0.0, ("smart_queue", "smart_queue"))
    last = {
        venue: replace_scores(rule, -np.arange(len(rule.scores)).astype(np.float32)[::-1])
        for venue, rule in rules.items()
    }
    found = clear(network, estate, rule=last)
    assert not found.is_unique
    assert found.least.sum() == 0.0
    assert found.greatest.sum() > 0.0
    assert found.converged
    cheap = clear(network, estate)  # in proportion most of it leaves the circle
    assert cheap.greatest.sum() == pytest.approx(0.0, abs=1e-6 * network.weights.max())


def replace_scores(rule: DesignRule, scores: Any) -> DesignRule:
    """The same design in another order."""
    return replace(rule, scores=scores)
