"""Jump diffusion: Brownian motion plus lognormal jumps at Poisson times.

    ln S_{t+dt} - ln S_t = (mu - sigma^2/2 - lambda kappa) dt + sigma sqrt(dt) Z + sum_{j<=N} Y_j

N is Poisson(lambda dt), Y_j normal(m, s^2), kappa = E[exp(Y)] - 1, so E[S_t] = S_0 exp(mu t).
Given N the sum is normal(N m, N s^2), which makes the tick grid exact. A share c of the jumps comes
from one clock common to all instruments; their sizes are correlated like the Brownian motions. The
log returns of two instruments then covary at the rate
rho sigma_1 sigma_2 + c lambda (m_1 m_2 + rho s_1 s_2).

Source: Merton, "Option pricing when underlying stock returns are discontinuous", Journal of
Financial Economics 3, 1976.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from abm.market.prices.correlation import correlated_normals, correlation_matrix
from abm.market.prices.process import (
    at_least,
    check_clock,
    check_scalar,
    compound,
    initial_prices,
    per_instrument,
)
from abm.units import SECONDS_PER_YEAR, Floats


@dataclass(frozen=True, kw_only=True)
class MertonJumps:
    """Correlated jump diffusions with common and own jumps.

    Attributes:
        initial_price: S_0 of each instrument [USD per contract unit]; its length is K.
        drift_per_year: mu of the price, jumps included [1/year].
        volatility_per_year: sigma of the diffusion alone [1/sqrt(year)].
        jumps_per_year: lambda, the same for all instruments [1/year].
        jump_mean: m, mean log size of a jump, one number or one per instrument.
        jump_deviation: s, standard deviation of the log size.
        common_jump_share: c in [0, 1], the share of an instrument's jumps that hit all at once.
        correlation: of Brownian motions and of common jump sizes.
        kind: tag in study files.

    Raises:
        ValueError: a parameter of the wrong length, sign or range.
    """

    initial_price: tuple[float, ...] = (100.0,)
    drift_per_year: float | tuple[float, ...] = 0.0
    # The next four: BTC one-minute closes, Binance, May 2022 (btc_terra_luna_2022.parquet of the
    # data folder), moves beyond eight robust standard deviations (1.4826 median |r|) taken as
    # jumps: 248 in 31 days. Measured 2026-11.
    volatility_per_year: float | tuple[float, ...] = 0.73
    jumps_per_year: float = 2920.0
    jump_mean: float | tuple[float, ...] = 0.0018
    jump_deviation: float | tuple[float, ...] = 0.0077
    common_jump_share: float = 1.0  # a choice: market-wide jumps; no source
    correlation: float | tuple[tuple[float, ...], ...] = 0.0
    kind: Literal["merton_jumps"] = "merton_jumps"

    def __post_init__(self) -> None:
        owner = type(self).__name__
        check_scalar(owner, "jumps_per_year", self.jumps_per_year, 0.0)
        check_scalar(owner, "common_jump_share", self.common_jump_share, 0.0, 1.0)
        self._diffusion()
        self._jumps()

    @property
    def instruments(self) -> int:
        """K."""
        return len(self.initial_price)

    def _diffusion(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Checked S_0, mu, sigma `[K]` and the correlation matrix `[K, K]`."""
        owner = type(self).__name__
        initial = initial_prices(owner, self.initial_price)
        count = initial.size
        drift = per_instrument(owner, "drift_per_year", self.drift_per_year, count)
        volatility = per_instrument(owner, "volatility_per_year", self.volatility_per_year, count)
        at_least(owner, "volatility_per_year", volatility, 0.0)
        return initial, drift, volatility, correlation_matrix(owner, self.correlation, count)

    def _jumps(self) -> tuple[Floats, Floats]:
        """Checked m and s `[K]`."""
        owner, count = type(self).__name__, self.instruments
        mean = per_instrument(owner, "jump_mean", self.jump_mean, count)
        deviation = per_instrument(owner, "jump_deviation", self.jump_deviation, count)
        return mean, at_least(owner, "jump_deviation", deviation, 0.0)

    def path(self, generator: np.random.Generator, ticks: int, dt_s: float) -> Floats:
        """Index prices `[ticks+1, K]`; see `PriceProcess.path`."""
        check_clock(type(self).__name__, ticks, dt_s)
        initial, drift, volatility, correlation = self._diffusion()
        mean, deviation = self._jumps()
        dt = dt_s / SECONDS_PER_YEAR
        kappa = np.expm1(mean + 0.5 * deviation**2)
        log_returns = correlated_normals(generator, ticks, correlation)  # [ticks, K]
        log_returns *= volatility * np.sqrt(dt)
        log_returns += (drift - 0.5 * volatility**2 - self.jumps_per_year * kappa) * dt
        expected = self.jumps_per_year * dt  # jumps per tick
        for share, count, sizes in (
            (self.common_jump_share, 1, correlation),
            (1.0 - self.common_jump_share, initial.size, np.eye(initial.size)),
        ):
            if share * expected > 0.0:
                jumps = generator.poisson(share * expected, (ticks, count))  # [ticks, 1 or K]
                normals = correlated_normals(generator, ticks, sizes)  # [ticks, K]
                log_returns += jumps * mean + np.sqrt(jumps) * deviation * normals
        return compound(type(self).__name__, initial, log_returns)
