"""abm.agents.population: quantiles, market clearing, and every refusal."""

import numpy as np
import pytest
from scipy.special import ndtri

from abm.agents.population import (
    LEVERAGE_LEVELS,
    WINNERS_LEVERAGE,
    Population,
    draw_population,
    wealth_of,
    winners_leverage_of,
)
from abm.market.columns import HEDGER, MARKET_MAKER


def test_published_quantiles_are_met():
    scores = ndtri(np.array([0.5, 0.9, 0.99]))
    assert wealth_of(Population(), scores) == pytest.approx([941.0, 43_664.0, 1_670_000.0])
    levels = ndtri(np.array(LEVERAGE_LEVELS))
    assert winners_leverage_of(Population(), levels) == pytest.approx(WINNERS_LEVERAGE)
    beyond = winners_leverage_of(Population(), ndtri(np.array([0.01, 0.99])))
    assert beyond[0] < WINNERS_LEVERAGE[0]
    assert beyond[1] > WINNERS_LEVERAGE[-1]


def test_the_tail_is_pareto_and_cut():
    """P(W > w) falls as w^-0.85 between p99 and the cap: one decade costs 0.85 decades."""
    rich = Population(wealth_cap_usd=1e12)
    low, high = wealth_of(rich, ndtri(1.0 - np.array([1e-3, 1e-4])))
    assert np.log10(high / low) == pytest.approx(1.0 / 0.85, rel=1e-6)
    assert wealth_of(Population(), np.array([8.0])) == 20e6


@pytest.mark.parametrize(("venues", "instruments"), [(1, 1), (2, 2)])
@pytest.mark.parametrize("winning_side", ["short", "long"])
def test_every_book_clears(venues, instruments, winning_side):
    population = Population(winning_side=winning_side)
    drawn = draw_population(
        population, np.random.default_rng(1), 400, venues, instruments, leverage_cap=36.0
    )
    size = drawn.side * drawn.equity_usd * drawn.leverage
    for v in range(venues):
        for k in range(instruments):
            here = (drawn.home == v) & (drawn.instrument == k)
            assert size[here].sum() == pytest.approx(0.0, abs=1e-6 * np.abs(size[here]).sum())
    assert (drawn.side[drawn.role == HEDGER] == -1.0).all()
    assert (drawn.role == MARKET_MAKER).sum() == population.makers * venues
    assert drawn.leverage.max() <= 36.0


def test_too_few_traders_are_refused():
    with pytest.raises(ValueError, match="raise traders"):
        draw_population(Population(), np.random.default_rng(1), 10, 1, 1, 36.0)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"hedger_share": 1.5}, "hedger_share"),
        ({"winners_leverage": (1.0,)}, "6 quantiles"),
        ({"losers_leverage_median": -2.0}, "leverage -2.0"),
        ({"wealth_p50_usd": 1e9}, "must rise"),
        ({"wealth_cap_usd": 1.0}, "wealth_cap_usd"),
        ({"makers": 0}, "makers"),
        ({"reaction_mix": (1.0, 1.0)}, "reaction_mix"),
        ({"tail_index": 0.0}, "tail index"),
    ],
)
def test_bad_choices_are_refused(change, says):
    with pytest.raises(ValueError, match=says):
        Population(**change)
