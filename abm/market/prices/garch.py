"""GARCH(1,1) returns: volatility that clusters.

    e_t = sqrt(h_t) Z_t,    h_{t+1} = omega + alpha e_t^2 + beta h_t,
    ln S_{t+1} - ln S_t = e_t - h_t / 2

The term -h/2 makes the price a martingale. With alpha + beta < 1 the shocks e have the
unconditional variance omega / (1 - alpha - beta), from which h starts. Z is correlated between
instruments by a constant matrix [Bollerslev 1990].

GARCH is not closed under a change of the step: parameters fitted to one-minute returns describe
one-minute ticks only. So the step belongs to the parameters and another `dt_s` is refused.

Sources: Bollerslev, "Generalized autoregressive conditional heteroskedasticity", Journal of
Econometrics 31, 1986; Bollerslev, Review of Economics and Statistics 72, 1990; Drost and Nijman,
Econometrica 61, 1993 (temporal aggregation).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from abm.kernel import kernel
from abm.market.prices.correlation import correlated_normals, correlation_matrix
from abm.market.prices.process import (
    above,
    at_least,
    check_clock,
    check_scalar,
    compound,
    initial_prices,
    per_instrument,
)
from abm.units import Floats


@kernel
def garch_returns(normals: Floats, omega: Floats, alpha: Floats, beta: Floats) -> Floats:
    """Log returns `[ticks, K]` of the recursion above from normals `[ticks, K]`."""
    ticks, count = normals.shape
    log_returns = np.empty((ticks, count))
    for k in range(count):
        variance = omega[k] / (1.0 - alpha[k] - beta[k])
        for t in range(ticks):
            shock = np.sqrt(variance) * normals[t, k]
            log_returns[t, k] = shock - 0.5 * variance
            variance = omega[k] + alpha[k] * shock * shock + beta[k] * variance
    return log_returns


@dataclass(frozen=True, kw_only=True)
class Garch:
    """GARCH(1,1) log returns per tick.

    Attributes:
        initial_price: S_0 of each instrument [USD per contract unit]; its length is K.
        omega: constant of the variance per step, one number or one per instrument.
        alpha: weight of the last squared shock.
        beta: weight of the last variance; alpha + beta < 1.
        step_s: the step that omega, alpha, beta describe [s]; `path` wants `dt_s` equal to it.
        correlation: of the shocks: one number for all pairs, or rows of a K x K matrix.
        kind: tag in study files.

    Raises:
        ValueError: a parameter of the wrong length or sign, or no stationary variance.
    """

    initial_price: tuple[float, ...] = (100.0,)
    # Gaussian quasi-maximum likelihood with variance targeting on BTC one-minute closes, Binance,
    # 13-28 February 2023 (btc_busd_2023.parquet of the data folder), measured 2026-11. The folder's
    # five windows give alpha 0.080 to 0.120 and alpha + beta 0.984 to 0.999.
    omega: float | tuple[float, ...] = 4.83e-9
    alpha: float | tuple[float, ...] = 0.109
    beta: float | tuple[float, ...] = 0.880
    step_s: float = 60.0
    correlation: float | tuple[tuple[float, ...], ...] = 0.0
    kind: Literal["garch"] = "garch"

    def __post_init__(self) -> None:
        check_scalar(type(self).__name__, "step_s", self.step_s, 1e-9)
        self._parameters()

    @property
    def instruments(self) -> int:
        """K."""
        return len(self.initial_price)

    def _parameters(self) -> tuple[Floats, Floats, Floats, Floats, Floats]:
        """Checked S_0, omega, alpha, beta `[K]` and the correlation matrix `[K, K]`."""
        owner = type(self).__name__
        initial = initial_prices(owner, self.initial_price)
        count = initial.size
        omega = above(owner, "omega", per_instrument(owner, "omega", self.omega, count), 0.0)
        alpha = at_least(owner, "alpha", per_instrument(owner, "alpha", self.alpha, count), 0.0)
        beta = at_least(owner, "beta", per_instrument(owner, "beta", self.beta, count), 0.0)
        persistence = alpha + beta
        if (persistence >= 1.0).any():
            raise ValueError(
                f"{owner} has alpha + beta = {persistence.max():g}, so no stationary variance; "
                "lower them until the sum is below 1"
            )
        return initial, omega, alpha, beta, correlation_matrix(owner, self.correlation, count)

    def path(self, generator: np.random.Generator, ticks: int, dt_s: float) -> Floats:
        """Index prices `[ticks+1, K]`; see `PriceProcess.path`."""
        owner = type(self).__name__
        check_clock(owner, ticks, dt_s)
        if dt_s != self.step_s:
            raise ValueError(
                f"{owner} has parameters for steps of {self.step_s:g} s but a tick lasts "
                f"{dt_s:g} s; refit omega, alpha and beta for {dt_s:g} s and set step_s={dt_s:g}"
            )
        initial, omega, alpha, beta, correlation = self._parameters()
        normals = correlated_normals(generator, ticks, correlation)
        return compound(owner, initial, garch_returns(normals, omega, alpha, beta))
