"""Geometric Brownian motion: dS / S = mu dt + sigma dW.

Drawn without discretisation error by its log: ln S_{t+dt} - ln S_t = (mu - sigma^2 / 2) dt
+ sigma sqrt(dt) Z, with Z correlated between instruments. So E[S_t] = S_0 exp(mu t).

Source: Glasserman, Monte Carlo Methods in Financial Engineering, 2003, section 3.2.1.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from abm.market.prices.correlation import correlated_normals, correlation_matrix
from abm.market.prices.process import (
    at_least,
    check_clock,
    compound,
    initial_prices,
    per_instrument,
)
from abm.units import SECONDS_PER_YEAR, Floats


@dataclass(frozen=True, kw_only=True)
class GeometricBrownian:
    """Correlated geometric Brownian motions.

    Attributes:
        initial_price: S_0 of each instrument [USD per contract unit]; its length is K.
        drift_per_year: mu, one number or one per instrument [1/year].
        volatility_per_year: sigma, one number or one per instrument [1/sqrt(year)].
        correlation: of the Brownian motions: one number for all pairs, or rows of a K x K matrix.
        kind: tag in study files.

    Raises:
        ValueError: a parameter of the wrong length or sign, or a matrix not positive definite.
    """

    initial_price: tuple[float, ...] = (100.0,)
    drift_per_year: float | tuple[float, ...] = 0.0
    # Median over days of the realised volatility of one-minute closes, BTC, Binance, May 2022
    # (file btc_terra_luna_2022.parquet of the data folder), measured 2026-11.
    volatility_per_year: float | tuple[float, ...] = 0.67
    correlation: float | tuple[tuple[float, ...], ...] = 0.0
    kind: Literal["geometric_brownian"] = "geometric_brownian"

    def __post_init__(self) -> None:
        self._parameters()

    @property
    def instruments(self) -> int:
        """K."""
        return len(self.initial_price)

    def _parameters(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Checked S_0, mu, sigma `[K]` and the correlation matrix `[K, K]`."""
        owner = type(self).__name__
        initial = initial_prices(owner, self.initial_price)
        count = initial.size
        drift = per_instrument(owner, "drift_per_year", self.drift_per_year, count)
        volatility = per_instrument(owner, "volatility_per_year", self.volatility_per_year, count)
        at_least(owner, "volatility_per_year", volatility, 0.0)
        return initial, drift, volatility, correlation_matrix(owner, self.correlation, count)

    def path(self, generator: np.random.Generator, ticks: int, dt_s: float) -> Floats:
        """Index prices `[ticks+1, K]`; see `PriceProcess.path`."""
        check_clock(type(self).__name__, ticks, dt_s)
        initial, drift, volatility, correlation = self._parameters()
        dt = dt_s / SECONDS_PER_YEAR
        log_returns = correlated_normals(generator, ticks, correlation)  # [ticks, K]
        log_returns *= volatility * np.sqrt(dt)
        log_returns += (drift - 0.5 * volatility**2) * dt
        return compound(type(self).__name__, initial, log_returns)
