"""Who pays for a venue, in which order: by hand, and for any amounts."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.reference.rules import uncompiled
from abm.venue import resolution as rules
from abm.venue.resolution import Commitment, Resolution, found_backing

NAMES = ("a", "b", "c")


def venues_with(funds):
    """As much of the venues' columns as funds need."""
    fund = np.array(funds, float)
    count = fund.size
    return SimpleNamespace(
        fund_usd=fund,
        fund_peak_usd=fund.copy(),
        fund_drawdown_usd=np.zeros(count),
        fund_pnl_usd=np.zeros((count, 1)),
        fund_pnl_peak_usd=np.zeros((count, 1)),
    )


def backed(resolution, funds):
    fund = np.array(funds, float)
    backing = found_backing(resolution, NAMES[: fund.size], fund, 1000.0)
    return venues_with(fund), backing


def draw(venues, backing, amount):
    return uncompiled(rules.draw_help)(venues, backing, 0, amount)


def test_the_waterfall_of_a_clearinghouse_by_hand():
    """Funds 40, 40, 80, half contributed: 20 own, 10 capital, 20 and 40 shared, then calls."""
    resolution = Resolution(
        mutual_share=0.5,
        capital_usd_per_open_interest=0.01,
        assessment=0.5,
        commitments=(Commitment("c", "a", 0.25),),
    )
    venues, backing = backed(resolution, (40.0, 40.0, 80.0))
    np.testing.assert_array_equal(backing.contribution_usd, [20.0, 20.0, 40.0])
    np.testing.assert_array_equal(venues.fund_usd, [20.0, 20.0, 40.0])
    assert draw(venues, backing, 15.0) == 15.0
    np.testing.assert_array_equal(backing.contribution_usd, [5.0, 20.0, 40.0])
    assert draw(venues, backing, 45.0) == 45.0  # 5 own, 10 capital, 30 of 60 from the others
    np.testing.assert_array_equal(backing.contribution_usd, [0.0, 10.0, 20.0])
    assert backing.capital_usd[0] == 0.0
    assert draw(venues, backing, 45.0) == 45.0  # 30 contributed, 15 of 30 that can be called
    np.testing.assert_allclose(backing.assessable_usd, [10.0, 5.0, 10.0])
    np.testing.assert_allclose(venues.fund_usd, [20.0, 15.0, 30.0])
    assert draw(venues, backing, 100.0) == pytest.approx(35.0)  # 15 called, 20 promised by c
    np.testing.assert_allclose(venues.fund_usd, [20.0, 10.0, 0.0])
    assert draw(venues, backing, 1.0) == 0.0
    np.testing.assert_allclose(backing.paid_usd[0], [20.0, 30.0, 80.0, 10.0])


@given(
    funds=st.lists(st.floats(0.0, 1e6), min_size=3, max_size=3),
    mutual=st.floats(0.0, 1.0),
    capital=st.floats(0.0, 10.0),
    assessment=st.floats(0.0, 3.0),
    share=st.floats(0.0, 1.0),
    amount=st.floats(0.0, 3e6),
    more=st.floats(0.0, 1e6),
)
def test_it_pays_what_it_says_no_more_and_from_somewhere(
    funds, mutual, capital, assessment, share, amount, more
):
    resolution = Resolution(mutual, capital, assessment, (Commitment("b", "a", share),))
    venues, backing = backed(resolution, funds)
    pots = (venues.fund_usd, backing.contribution_usd, backing.capital_usd)
    before = sum(pot.sum() for pot in pots)
    offered = uncompiled(rules.help_for)(venues, backing, 0)
    drawn = draw(venues, backing, amount)
    scale = max(1.0, before)
    assert drawn == pytest.approx(min(amount, offered), abs=1e-9 * scale)
    assert before - sum(pot.sum() for pot in pots) == pytest.approx(drawn, abs=1e-9 * scale)
    assert backing.paid_usd.sum() == pytest.approx(drawn, abs=1e-9 * scale)
    assert min(pot.min() for pot in pots) >= 0.0
    own = (1.0 - mutual) * funds[0]
    assert venues.fund_usd[0] == pytest.approx(own, abs=1e-9 * scale)  # it is not help
    richer, more_backing = backed(resolution, [funds[0], funds[1] + more, funds[2] + more])
    assert uncompiled(rules.help_for)(richer, more_backing, 0) >= offered - 1e-9 * scale


def test_who_is_not_there_cannot_promise():
    with pytest.raises(ValueError, match="names venue 'd'"):
        backed(Resolution(commitments=(Commitment("d", "a"),)), (1.0, 1.0, 1.0))
    with pytest.raises(ValueError, match="to itself"):
        Commitment("a", "a")
    with pytest.raises(ValueError, match="between 0 and 1"):
        Commitment("a", "b", 1.5)
    with pytest.raises(ValueError, match="mutual_share"):
        Resolution(mutual_share=float("nan"))
    with pytest.raises(ValueError, match="assessment"):
        Resolution(assessment=-1.0)


def test_promises_to_each_other_are_paid_in_order():
    """A cycle of promises has a solution: each pays out of its own fund, once."""
    resolution = Resolution(commitments=(Commitment("b", "a", 1.0), Commitment("a", "b", 1.0)))
    venues, backing = backed(resolution, (10.0, 30.0))
    assert draw(venues, backing, 100.0) == 30.0
    assert uncompiled(rules.draw_help)(venues, backing, 1, 100.0) == 10.0
    np.testing.assert_array_equal(venues.fund_usd, [0.0, 0.0])
