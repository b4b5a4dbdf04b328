"""What happens exactly at a threshold, and just beside it."""

import numpy as np
import pytest

from abm.contagion.cross_holdings import cascade
from abm.contagion.distress import debtrank, relative_leverage
from abm.contagion.firesale import LeverageCap
from abm.contagion.portfolios import overlap_cascade
from abm.contagion.shock_size import contagion_impossible, ring_defaults
from abm.contagion.thresholds import threshold_cascade
from abm.contagion.valuation import EisenbergNoe, Furfine


def test_equity_of_zero_is_solvent() -> None:
    """Barucca et al. (2020): default is negative equity."""
    assert Furfine(0.4).value(np.array([0.0, -1e-12])).tolist() == [1.0, 0.4]
    assert EisenbergNoe(np.array([2.0, 0.0])).value(np.array([0.0, -1.0])).tolist() == [1.0, 1.0]


@pytest.mark.parametrize(("factor", "fails"), [(1.0, True), (1.001, False), (0.999, True)])
def test_a_loss_of_all_equity_is_a_failure(factor: float, fails: bool) -> None:
    """Caccioli et al. (2014): 0 sells its half of an asset of which 1 holds the other half."""
    loss = 1.0 - np.exp(-1.0536 * 0.5)
    end = overlap_cascade(np.ones((2, 1)), np.array([1.0, factor * loss]), np.array([0]))
    assert end.failed[1] == fails
    assert end.rounds == int(fails)


@pytest.mark.parametrize(("lent", "fails"), [(1.0, False), (1.001, True), (0.999, False)])
def test_a_loss_of_just_the_capital_is_borne(lent: float, fails: bool) -> None:
    """Gai and Kapadia (2010): only what exceeds the capital is fatal."""
    failed = threshold_cascade([[0.0, 0.0], [lent, 0.0]], np.ones(2), np.array([0]))
    assert failed.tolist() == [True, fails]


@pytest.mark.parametrize(("threshold", "waves"), [(1.0, ()), (1.001, ((0,),))])
def test_a_value_at_its_threshold_stands(threshold: float, waves: tuple) -> None:
    """Elliott, Golub, Jackson (2014): failure is a value below."""
    end = cascade(np.eye(2), np.ones(2), np.array([threshold, 0.5]), np.ones(2))
    assert end.waves == waves


def test_a_cap_that_just_holds_sells_nothing() -> None:
    rule = LeverageCap(np.zeros(1), np.zeros(1), np.array([9.0]), 10.0)
    assert rule.sold_share(np.array([1.0]), np.array([[10.0]])).tolist() == [0.0]
    assert rule.sold_share(np.array([0.9]), np.array([[10.0]])).tolist() == [1.0]
    nothing_held = rule.sold_share(np.array([1.0]), np.array([[0.0]]))
    assert nothing_held.tolist() == [1.0]


def test_a_shock_that_just_uses_up_the_surplus() -> None:
    assert [ring_defaults(5, 2.0, 1.0, shock) for shock in (0, 1, 2, 5, 5.1, 9)] == [
        0,
        0,
        1,
        4,
        5,
        5,
    ]
    most = np.array([False, True])
    worth, share = np.array([1.0, 2.0]), np.array([0.5, 0.5])
    assert not contagion_impossible(worth, np.array([5.0, 1.0]), share, 0, most)
    assert contagion_impossible(worth, np.array([4.999, 1.0]), share, 0, most)


def test_an_impact_of_more_than_all_equity_counts_once() -> None:
    """Battiston et al. (2012): W = min(1, A / E), so a tenth of distress is a tenth at most."""
    end = debtrank(relative_leverage([[0.0, 5.0], [0.0, 0.0]], np.ones(2)), np.array([0.0, 0.1]))
    assert end.distress == pytest.approx([0.1, 0.1])
