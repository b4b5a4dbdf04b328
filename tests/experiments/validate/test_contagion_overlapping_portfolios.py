"""C3: fire sales by hand and by brute force; the tree's growth by a loop."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from experiments.validate.contagion import overlapping_portfolios as model


def failures(holds: np.ndarray, start: int, leverage: float) -> set[int]:
    """Who fails, round by round, from the whole matrix of holdings."""
    weights = holds / np.maximum(holds.sum(axis=1), 1)[:, None]
    total = np.maximum(weights.sum(axis=0), 1e-300)
    down = {start}
    while True:
        sold = weights[sorted(down)].sum(axis=0) / total
        loss = 0.8 * weights @ (1.0 - np.exp(-1.0536 * sold))
        after = down | {int(i) for i in np.flatnonzero(loss > (1.0 + 1e-9) / leverage)}
        if after == down:
            return down
        down = after


def cascade(holds: np.ndarray, start: int, leverage: float) -> set[int]:
    """Who fails by the compiled queue."""
    network = sparse.csr_array(holds)
    held, holders = model._lists(network), model._lists(sparse.csr_array(holds.T))
    failed = np.zeros(holds.shape[0], np.bool_)
    count = model.cascade(held, holders, start, leverage, failed)
    assert count == failed.sum()
    return set(np.flatnonzero(failed))


@given(st.integers(0, 2**31), st.floats(0.05, 0.5), st.floats(4.0, 40.0))
def test_the_cascade_is_the_brute_force_one(seed: int, share: float, leverage: float) -> None:
    holds = (np.random.default_rng(seed).random((12, 12)) < share).astype(np.float64)
    assert cascade(holds, 0, leverage) == failures(holds, 0, leverage)


def test_two_banks_with_one_asset_by_hand() -> None:
    """Half is sold: the other loses 0.8 (1 - exp(-alpha / 2)) = 0.3276 of what it has."""
    holds = np.array([[1.0, 0.0], [1.0, 0.0]])
    edge = 1.0 / (0.8 * (1.0 - math.exp(-0.5268)))
    assert edge == pytest.approx(3.0524, abs=1e-4)
    assert cascade(holds, 0, 0.999 * edge) == {0}
    assert cascade(holds, 0, 1.001 * edge) == {0, 1}


def test_a_bank_without_assets_harms_nobody() -> None:
    holds = np.array([[0.0, 0.0], [1.0, 0.0]])
    assert cascade(holds, 0, 40.0) == {0}


def test_a_random_network_has_the_mean_degree() -> None:
    network = model.portfolios(3000, 4.0, np.random.default_rng(2))
    assert network.sum() / 3000 == pytest.approx(4.0, abs=0.2)
    assert set(np.unique(network.data)) == {1.0}


def test_holders_of_one_asset_fail_until_none_does() -> None:
    """Asset by asset in plain Python: whom the seller ruins sells the asset too."""
    rng = np.random.default_rng(3)
    asset = np.repeat(np.arange(model.DRAWS), rng.poisson(3.0, model.DRAWS))
    assets = 1 + rng.poisson(3.0, asset.size)
    ruined = model.ruined_holders(2, asset, assets, 15.0)
    for number in range(200):
        own = np.flatnonzero(asset == number)
        down: set[int] = set()
        while True:
            sold = 0.5 + sum(1.0 / assets[i] for i in down)
            total = 0.5 + float(np.sum(1.0 / assets[own]))
            fall = 1.0 - math.exp(-1.0536 * sold / total)
            after = {int(i) for i in own if 0.8 / assets[i] * fall * 15.0 > 1.0} | down
            if after == down:
                break
            down = after
        assert down == set(own[ruined[own]])


def test_cascades_grow_with_leverage() -> None:
    leverages = np.array([8.0, 12.0, 20.0, 40.0])
    growth = model.offspring(3.0, leverages, np.random.default_rng(4))
    assert (np.diff(growth) > 0.0).all()
    assert growth[0] < 1.0 < growth[2]


def test_too_few_draws_agree_with_nothing() -> None:
    """The other program's 200 draws and twenty own ones leave more open than 0.15."""
    assert model._same_frequency(13, 20, 0.645) is None
    assert model._same_frequency(1290, 2000, 0.645) is True
    assert model._same_frequency(800, 2000, 0.645) is False


def test_what_is_open_stays_open_when_negated() -> None:
    assert [model.negated(truth) for truth in (True, False, None)] == [False, True, None]
