"""C4: the closed form against a grid, the rule it must keep, and rounds of buying back."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.validate.contagion import stablecoin_spiral as model
from experiments.validate.contagion.stablecoin_spiral import Market

VALUES = st.floats(20.0, 400.0)


@given(VALUES, VALUES, VALUES, st.floats(1.0, 1.5))
def test_the_optimum_is_the_closed_form(
    collateral: float, coins: float, demand: float, gross: float
) -> None:
    market = Market(collateral, coins, demand)
    predicted, found = model.closed_form(market, gross), model.chosen(market, gross)
    brink = 2.0 * math.sqrt(model.BETA * demand * coins) - demand
    if abs(collateral - brink) > 1e-6 * coins:
        assert math.isnan(predicted) == math.isnan(found) == (collateral < brink)
        if collateral > brink:
            scale = coins + abs(predicted)
            assert found == pytest.approx(predicted, abs=1e-7 * scale)


@pytest.mark.parametrize("price", [0.45, 0.38, 0.365, 0.3625])
def test_no_feasible_choice_on_a_grid_is_better(price: float) -> None:
    market = Market(400.0 * price, 100.0)
    found = model.chosen(market, model.RETURN)
    best = model.equity(found, market, model.RETURN).real
    assert model.slack(found, market).real >= -1e-9
    for delta in np.linspace(-60.0, 60.0, 4001):
        if model.slack(complex(delta), market).real >= 0.0:
            assert model.equity(complex(delta), market, model.RETURN).real <= best + 1e-9


def test_the_brink_of_the_table() -> None:
    """z* = 2 sqrt(1.5 * 100 * 100) - 100 over 400 units."""
    assert model._brink() == pytest.approx(0.36237243569, abs=1e-10)


@pytest.mark.parametrize("price", [0.374, 0.365, 0.3625])
def test_rounds_come_to_rest_at_the_optimum(price: float) -> None:
    market = Market(400.0 * price, 100.0)
    delta, rounds = model.rounds(market)
    assert delta == pytest.approx(model.chosen(market, model.RETURN), abs=1e-8)
    assert rounds > 1


def test_rounds_below_the_brink_never_rest() -> None:
    assert math.isnan(model.rounds(Market(400.0 * 0.36, 100.0))[0])


def test_a_safe_speculator_buys_nothing_back() -> None:
    assert model.rounds(Market(400.0 * 0.45, 100.0)) == (0.0, 1)


def test_the_falling_path_ends_where_nothing_is_feasible() -> None:
    path = list(model._falling())
    coins = [step[4] for step in path]
    assert coins[-1] < 80.0
    assert path[-1][1] < 0.3624
    assert all(abs(step[2] - step[3]) < 1e-9 for step in path)
