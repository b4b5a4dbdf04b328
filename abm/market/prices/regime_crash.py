"""Calm, crash, partial recovery: a stylised liquidation crash whose depth differs by replicate.

    S_k(t) = S_k(0) M_k(t) (1 - d_k D f(t) g_k(t))

    M    exp of a correlated Brownian motion, E[M] = 1, with the volatility of the regime
    d    the drop: fraction of the price lost at the trough, on average over replicates
    D    depth factor of the replicate, 1 + spread (2 B - 1), B ~ Beta(2, 2): mean 1, for all k
    f    share of the fall that has happened, 0 at the start of the crash, 1 at the trough:
         f(t) = (1 - b) u^a + b J(u), u = time since the start / duration, cut to [0, 1]
    J    the same fall in bursts: n steps at random times with distribution function u^a and random
         sizes (exponential, divided by their sum); so E[J(u)] = u^a
    g    1 until the trough, then 1 - recovery (1 - 2^(-time since the trough / half-life))

D, J and M are independent, so E[S_k(t)] = S_k(0) (1 - d_k u^a g_k(t)) exactly: the mean path over
replicates meets the stated drop at the trough. The variance of M cools after the trough with the
half-life of the recovery. The same bursts and depth hit all instruments, scaled by their own drop.

Sources of the default numbers: `abm.market.prices.october_2025`.
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
class RegimeCrash:
    """A crash with a stated mean depth, random severity, bursts and a partial recovery.

    The defaults are the BTC index on 10 October 2025, from the announcement at 20:50 UTC to the
    trough at the end of the minute 21:19. `october_2025` gives the same for several instruments.

    Attributes:
        initial_price: S_0 of each instrument [USD per contract unit]; its length is K.
        start_s: calm time before the crash [s].
        duration_s: from the start of the crash to the trough [s].
        drop: d, fraction of the price lost at the trough; negative for a rally (a short squeeze).
        depth_spread: D lies in [1 - spread, 1 + spread].
        acceleration: a; 1 falls evenly, larger falls late.
        bursts: n, steps inside the crash.
        burst_share: b in [0, 1], the part of the fall that comes in bursts.
        volatility_calm_per_year: of the noise before the crash [1/sqrt(year)].
        volatility_crash_per_year: of the noise during the crash [1/sqrt(year)].
        recovery: share of the fall that is regained in the end.
        recovery_half_life_s: time to regain half of it [s].
        correlation: of the noise: one number for all pairs, or rows of a K x K matrix.
        kind: tag in study files.

    Raises:
        ValueError: a parameter of the wrong length, sign or range, or a fall that can reach zero.
    """

    # Derive index 117,112 half an hour before the trough; Binance BTC one-minute close 103,441 in
    # 21:19 UTC: 1 - 103441/117112 = 0.117; as of 2025-10-10.
    initial_price: tuple[float, ...] = (117_112.0,)
    drop: float | tuple[float, ...] = 0.117
    start_s: float = 600.0  # a choice: ten calm minutes in which traders see the venue's signals
    duration_s: float = 1800.0  # 20:50 UTC (announcement) to 21:20:00, as of 2025-10-10
    # One event has no distribution: 0.3 is a choice, to be swept.
    depth_spread: float = 0.3
    # Between 4.0 (the index fell 8.25 % of its 10.22 % in the last third) and 5.4 (Binance and
    # Hyperliquid: 112,000 at 21:15, 103,441 at 21:20), as of 2025-10-10.
    acceleration: float = 5.0
    # Chosen together so that the median replicate's worst minute is the -5.00 % of Binance BTC in
    # the minute 21:19, as of 2025-10-10.
    bursts: int = 4
    burst_share: float = 0.7
    # Median over days of the realised volatility of BTC one-minute closes, Binance, February 2023
    # (btc_busd_2023.parquet of the data folder).
    volatility_calm_per_year: float | tuple[float, ...] = 0.51
    # Realised volatility around the trend in the worst half hour of BTC in May 2022, Binance
    # (btc_terra_luna_2022.parquet of the data folder).
    volatility_crash_per_year: float | tuple[float, ...] = 4.15
    # Derive index back at about 113,700 within the hour: (113700 - 103441) / (117112 - 103441),
    # as of 2025-10-10.
    recovery: float | tuple[float, ...] = 0.75
    # "Erasing much of the earlier drop" at 21:50 UTC (AuricCrypto live page, 2025-10-10): three
    # half-lives in the half hour after the trough.
    recovery_half_life_s: float = 600.0
    correlation: float | tuple[tuple[float, ...], ...] = 0.8  # general knowledge, not measured here
    kind: Literal["regime_crash"] = "regime_crash"

    def __post_init__(self) -> None:
        owner = type(self).__name__
        check_scalar(owner, "start_s", self.start_s, 0.0)
        check_scalar(owner, "duration_s", self.duration_s, 1e-9)
        check_scalar(owner, "depth_spread", self.depth_spread, 0.0, 1.0)
        check_scalar(owner, "acceleration", self.acceleration, 1e-3)
        check_scalar(owner, "bursts", self.bursts, 1)
        check_scalar(owner, "burst_share", self.burst_share, 0.0, 1.0)
        check_scalar(owner, "recovery_half_life_s", self.recovery_half_life_s, 1e-9)
        if int(self.bursts) != self.bursts:
            raise ValueError(f"{owner}.bursts is {self.bursts}; set it to a whole number")
        self._fall()
        self._noise()

    @property
    def instruments(self) -> int:
        """K."""
        return len(self.initial_price)

    @property
    def trough_s(self) -> float:
        """When the fall is complete [s]."""
        return self.start_s + self.duration_s

    def _fall(self) -> tuple[Floats, Floats]:
        """Checked drop and recovery `[K]`."""
        owner, count = type(self).__name__, self.instruments
        drop = per_instrument(owner, "drop", self.drop, count)
        recovery = per_instrument(owner, "recovery", self.recovery, count)
        at_least(owner, "recovery", recovery, 0.0)
        deepest = float(drop.max()) * (1.0 + self.depth_spread)
        if deepest >= 1.0:
            raise ValueError(
                f"{owner} can lose {deepest:.0%} of the price (drop x (1 + depth_spread)); "
                "lower drop or depth_spread until that is below 100 %"
            )
        return drop, recovery

    def _noise(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Checked S_0, calm and crash volatility `[K]`, and the correlation matrix `[K, K]`."""
        owner = type(self).__name__
        initial = initial_prices(owner, self.initial_price)
        count = initial.size
        name, value = "volatility_calm_per_year", self.volatility_calm_per_year
        calm = at_least(owner, name, per_instrument(owner, name, value, count), 0.0)
        name, value = "volatility_crash_per_year", self.volatility_crash_per_year
        crash = at_least(owner, name, per_instrument(owner, name, value, count), 0.0)
        return initial, calm, crash, correlation_matrix(owner, self.correlation, count)

    def expected_path(self, ticks: int, dt_s: float) -> Floats:
        """Mean path over replicates `[ticks+1, K]`: S_0 (1 - d u^a g), without noise."""
        check_clock(type(self).__name__, ticks, dt_s)
        time_s = dt_s * np.arange(ticks + 1, dtype=np.float64)
        drop, recovery = self._fall()
        kept = self._kept(time_s, recovery)
        fallen = self._progress(time_s) ** self.acceleration
        mean: Floats = np.array(self.initial_price) * (1.0 - drop * fallen[:, None] * kept)
        return mean

    def path(self, generator: np.random.Generator, ticks: int, dt_s: float) -> Floats:
        """Index prices `[ticks+1, K]`; see `PriceProcess.path`.

        Severity is drawn first: a longer run of the same replicate is the same crash.
        """
        check_clock(type(self).__name__, ticks, dt_s)
        depth = 1.0 + self.depth_spread * (2.0 * generator.beta(2.0, 2.0) - 1.0)
        time_s = dt_s * np.arange(ticks + 1, dtype=np.float64)
        fallen = depth * self._fallen(generator, time_s)  # [ticks+1]
        initial, calm, crash, correlation = self._noise()
        variance = self._variance(time_s[:-1] + 0.5 * dt_s, calm, crash)  # [ticks, K] per year
        variance *= dt_s / SECONDS_PER_YEAR
        log_returns = correlated_normals(generator, ticks, correlation)
        log_returns *= np.sqrt(variance)
        log_returns -= 0.5 * variance
        prices = compound(type(self).__name__, initial, log_returns)
        drop, recovery = self._fall()
        prices *= 1.0 - drop * fallen[:, None] * self._kept(time_s, recovery)
        return prices

    def _progress(self, time_s: Floats) -> Floats:
        """Give u `[ticks+1]`: share of the crash's duration that has passed."""
        progress: Floats = np.clip((time_s - self.start_s) / self.duration_s, 0.0, 1.0)
        return progress

    def _fallen(self, generator: np.random.Generator, time_s: Floats) -> Floats:
        """Draw f `[ticks+1]`: share of the fall that has happened, partly in bursts."""
        progress = self._progress(time_s)
        when = np.sort(generator.random(self.bursts)) ** (1.0 / self.acceleration)  # [n] in u
        size = generator.standard_exponential(self.bursts)
        reached = np.concatenate(([0.0], np.cumsum(size) / size.sum()))  # [n+1]
        stepped = reached[np.searchsorted(when, progress, side="right")]
        stepped[progress == 0.0] = 0.0
        evenly = progress**self.acceleration
        fallen: Floats = (1.0 - self.burst_share) * evenly + self.burst_share * stepped
        return fallen

    def _kept(self, time_s: Floats, recovery: Floats) -> Floats:
        """Give g `[ticks+1, K]`: share of the fall not yet regained."""
        since = np.maximum(time_s - self.trough_s, 0.0)
        regained = 1.0 - np.exp2(-since / self.recovery_half_life_s)
        kept: Floats = 1.0 - recovery * regained[:, None]
        return kept

    def _variance(self, time_s: Floats, calm: Floats, crash: Floats) -> Floats:
        """Variance of the noise per year `[ticks, K]` at the given times."""
        since = np.maximum(time_s - self.trough_s, 0.0)
        heat = np.exp2(-since / self.recovery_half_life_s) * (time_s >= self.start_s)
        variance: Floats = calm**2 + (crash**2 - calm**2) * heat[:, None]
        return variance
