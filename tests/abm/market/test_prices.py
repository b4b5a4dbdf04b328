"""Price processes against their closed forms: moments, correlation, what all of them promise."""

import json
from dataclasses import asdict

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from abm.kernel import plain
from abm.market import PRICE_PROCESSES, Garch, GeometricBrownian, MertonJumps, RegimeCrash
from abm.market.prices.garch import garch_returns
from abm.units import SECONDS_PER_YEAR, Floats

HOUR = 3600.0
DRAWN = (GeometricBrownian, MertonJumps, Garch, RegimeCrash)


def generator(seed: int = 1) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(seed))


def log_returns(process: object, ticks: int, dt_s: float, seed: int = 1) -> Floats:
    return np.diff(np.log(process.path(generator(seed), ticks, dt_s)), axis=0)


def step(family: type) -> float:
    return 60.0 if family is Garch else 1.0


@pytest.mark.parametrize("family", DRAWN)
def test_shape_first_row_and_sign(family):
    process = family(initial_price=(100.0, 2000.0, 0.5), correlation=0.3)
    prices = process.path(generator(), 50, step(family))
    assert prices.shape == (51, 3)
    assert prices.dtype == np.float64
    assert process.instruments == 3
    assert_allclose(prices[0], process.initial_price, rtol=1e-15)
    assert (prices > 0).all()


@pytest.mark.parametrize("family", DRAWN)
def test_equal_generators_give_equal_paths_and_others_do_not(family):
    process = family()
    first = process.path(generator(7), 40, step(family))
    assert_array_equal(first, process.path(generator(7), 40, step(family)))
    assert (first[1:] != process.path(generator(8), 40, step(family))[1:]).all()


@pytest.mark.parametrize("family", DRAWN)
def test_no_ticks_is_the_initial_price_alone(family):
    assert_allclose(family().path(generator(), 0, step(family)), [family().initial_price])


@pytest.mark.parametrize("family", PRICE_PROCESSES)
def test_every_family_is_a_tagged_value_that_survives_json(family):
    process = family(files=("btc.csv",)) if family.__name__ == "Recorded" else family()
    fields = json.loads(json.dumps(asdict(process)))
    again = family(**{k: tuple(v) if isinstance(v, list) else v for k, v in fields.items()})
    assert again == process
    assert hash(again) == hash(process)


def test_every_family_has_its_own_tag():
    assert len({family.__dataclass_fields__["kind"].default for family in PRICE_PROCESSES}) == 5


def test_geometric_brownian_moments():
    """Log returns: mean (mu - sigma^2/2) dt, variance sigma^2 dt, correlation rho."""
    ticks, dt = 40_000, HOUR / SECONDS_PER_YEAR
    drift, volatility, rho = np.array([1.5, -0.5]), np.array([0.8, 0.3]), 0.6
    process = GeometricBrownian(
        initial_price=(100.0, 5.0),
        drift_per_year=tuple(drift),
        volatility_per_year=tuple(volatility),
        correlation=rho,
    )
    r = log_returns(process, ticks, HOUR)
    deviation = volatility * np.sqrt(dt)
    assert_allclose(
        r.mean(0), (drift - volatility**2 / 2) * dt, atol=4 * deviation.max() / np.sqrt(ticks)
    )
    assert_allclose(r.std(0), deviation, rtol=4 / np.sqrt(2 * ticks))
    assert_allclose(np.corrcoef(r.T)[0, 1], rho, atol=4 * (1 - rho**2) / np.sqrt(ticks))


def test_geometric_brownian_without_volatility_is_compound_interest():
    process = GeometricBrownian(drift_per_year=0.1, volatility_per_year=0.0)
    prices = process.path(generator(), 365, 86_400.0)
    assert_allclose(prices[-1], 100.0 * np.exp(0.1), rtol=1e-12)


def test_correlation_matrix_is_reproduced():
    rows = ((1.0, 0.9, -0.2), (0.9, 1.0, 0.1), (-0.2, 0.1, 1.0))
    process = GeometricBrownian(initial_price=(1.0, 1.0, 1.0), correlation=rows)
    assert_allclose(np.corrcoef(log_returns(process, 40_000, 1.0).T), rows, atol=0.02)


def cumulants(x: Floats) -> tuple[float, float, float, float]:
    c = x - x.mean()
    m2, m3, m4 = (c**2).mean(), (c**3).mean(), (c**4).mean()
    return x.mean(), m2, m3, m4 - 3 * m2**2


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_merton_cumulants(share):
    """Merton (1976): k2 = s^2 t + l t E[Y^2], k3 = l t E[Y^3], k4 = l t E[Y^4], E[S] = e^(mu t)."""
    dt, intensity, m, s, sigma = HOUR / SECONDS_PER_YEAR, 4000.0, -0.02, 0.015, 0.5
    process = MertonJumps(
        drift_per_year=3.0,
        volatility_per_year=sigma,
        jumps_per_year=intensity,
        jump_mean=m,
        jump_deviation=s,
        common_jump_share=share,
    )
    r = log_returns(process, 300_000, HOUR)[:, 0]
    k1, k2, k3, k4 = cumulants(r)
    kappa = np.exp(m + s * s / 2) - 1
    expected = intensity * dt
    assert_allclose(
        k1, (3.0 - sigma**2 / 2 - intensity * kappa) * dt + expected * m, atol=4 * k2**0.5 / 550
    )
    assert_allclose(k2, sigma**2 * dt + expected * (m**2 + s**2), rtol=0.01)
    assert_allclose(k3, expected * (m**3 + 3 * m * s**2), rtol=0.04)
    assert_allclose(k4, expected * (m**4 + 6 * m**2 * s**2 + 3 * s**4), rtol=0.08)
    assert_allclose(np.exp(r).mean(), np.exp(3.0 * dt), atol=4 * k2**0.5 / 550)


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_merton_common_jumps_make_instruments_covary(share):
    """Covariance per time: rho s1 s2 + c l (m1 m2 + rho d1 d2)."""
    dt, intensity, rho = HOUR / SECONDS_PER_YEAR, 4000.0, 0.5
    process = MertonJumps(
        initial_price=(100.0, 10.0),
        volatility_per_year=(0.5, 0.8),
        jumps_per_year=intensity,
        jump_mean=(-0.02, -0.03),
        jump_deviation=(0.01, 0.02),
        common_jump_share=share,
        correlation=rho,
    )
    r = log_returns(process, 200_000, HOUR)
    rate = rho * 0.5 * 0.8 + share * intensity * (0.02 * 0.03 + rho * 0.01 * 0.02)
    assert_allclose(
        np.cov(r.T)[0, 1], rate * dt, atol=5 * r.std(0).prod() / np.sqrt(200_000), rtol=0.02
    )


def test_merton_without_jumps_is_geometric_brownian():
    prices = MertonJumps(jumps_per_year=0.0, volatility_per_year=0.5).path(generator(), 30, 1.0)
    assert_array_equal(
        prices, GeometricBrownian(volatility_per_year=0.5).path(generator(), 30, 1.0)
    )


def test_garch_unconditional_variance_and_clustering():
    """Bollerslev (1986): Var e = w / (1-a-b); corr of e^2 at lag 1: a (1-ab-b^2) / (1-2ab-b^2)."""
    omega, alpha, beta, ticks = 2e-7, 0.1, 0.8, 200_000
    r = log_returns(Garch(omega=omega, alpha=alpha, beta=beta), ticks, 60.0)[:, 0]
    variance = omega / (1 - alpha - beta)
    assert_allclose(r.var(), variance, rtol=0.03)
    assert_allclose(r.mean(), -variance / 2, atol=4 * np.sqrt(variance / ticks))
    squares = r**2 - (r**2).mean()
    first = (squares[1:] * squares[:-1]).mean() / (squares**2).mean()
    exact = alpha * (1 - alpha * beta - beta**2) / (1 - 2 * alpha * beta - beta**2)
    assert_allclose(first, exact, atol=0.03)


def test_garch_recursion_by_hand():
    """With omega 0.1, alpha 0.2, beta 0.3: variances 0.2, 0.2, 0.32 for normals 1, 2, 0."""
    z = np.array([[1.0], [2.0], [0.0]])
    parameters = [np.array([x]) for x in (0.1, 0.2, 0.3)]
    variances = [0.2, 0.1 + 0.2 * 0.2 + 0.3 * 0.2, 0.1 + 0.2 * 4 * 0.2 + 0.3 * 0.2]
    expected = [[np.sqrt(h) * x[0] - h / 2] for h, x in zip(variances, z, strict=True)]
    assert_allclose(garch_returns(z, *parameters), expected, rtol=1e-15)
    assert_allclose(plain(garch_returns)(z, *parameters), expected, rtol=1e-15)


def test_garch_shocks_are_correlated():
    process = Garch(initial_price=(1.0, 1.0), alpha=0.05, beta=0.9, correlation=0.7)
    assert_allclose(np.corrcoef(log_returns(process, 40_000, 60.0).T)[0, 1], 0.7, atol=0.03)
