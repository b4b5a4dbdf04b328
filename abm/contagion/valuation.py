"""Network valuation: what a claim is worth when its debtor's equity is known. Columns `[N]`.

    E_i = outside_i + sum_j A_ij V_j(E_j)      V in [0, 1], increasing in E

`outside_i` is external assets less all liabilities at face value. V is the choice:

    Eisenberg-Noe     V = min(1, ((E + p) / p)+)            p obligations
    Furfine           V = 1 if E >= 0, else recovery
    linear DebtRank   V = min(1, E+ / E0)                   E0 equity before the shock
    ex-ante Merton    V = 1 - (1 - recovery) P(default at the horizon)
    Black-Cox         V = 1 - (1 - recovery) P(default up to the horizon)

Iterated from the top (all claims at par) equities fall to the greatest solution, whatever V; the
least one is found from the bottom.

Sources: Barucca, Bardoscia, Caccioli, D'Errico, Visentin, Caldarelli, Battiston, "Network
valuation in financial systems", Mathematical Finance 30 (2020) 1181; Furfine, "Interbank
exposures: quantifying the risk of contagion", JMCB 35 (2003) 111; Merton, "On the pricing of
corporate debt", J. Finance 29 (1974) 449; Black, Cox, "Valuing corporate securities", J. Finance
31 (1976) 351.
"""

import math
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from scipy.sparse import csr_array
from scipy.special import ndtr

from abm.units import Floats

VALUE_TOL = 1e-12
"""The last round moves no equity by more than this share of the largest amount [1]."""

MAX_ROUNDS = 100_000
"""A valuation that still moves after so many rounds is an error."""


class Valuation(Protocol):
    """What one USD of claims on each institution is worth."""

    def value(self, equity_usd: Floats) -> Floats:
        """`[N]` in [0, 1], increasing in the debtor's equity."""
        ...


def _column(name: str, values: Any, positive: bool = False) -> Floats:
    """A column of numbers >= 0, or > 0.

    Raises:
        ValueError: it holds something else.
    """
    column = np.asarray(values, np.float64)
    if not (column > 0.0 if positive else column >= 0.0).all():
        raise ValueError(f"{name}: give numbers {'above' if positive else 'of at least'} 0")
    return column


def _share(name: str, value: float) -> None:
    if not 0.0 <= value <= 1.0:
        raise ValueError(f"{name} is {value}: give a share in [0, 1]")


@dataclass(frozen=True)
class EisenbergNoe:
    """Creditors share what is there: V = min(1, ((E + p) / p)+); V = 1 for who owes nothing.

    Attributes:
        obligations_usd: `[N]` everything the institution owes at face value, outside included.
    """

    obligations_usd: Floats  # [N]

    def __post_init__(self) -> None:
        _column("obligations_usd", self.obligations_usd)

    def value(self, equity_usd: Floats) -> Floats:
        owed = np.asarray(self.obligations_usd, np.float64)
        paid = np.divide(equity_usd + owed, owed, out=np.ones(owed.size), where=owed > 0.0)
        return np.clip(paid, 0.0, 1.0)


@dataclass(frozen=True)
class Furfine:
    """A default costs a fixed share: V = 1 if E >= 0, else `recovery`."""

    recovery: float

    def __post_init__(self) -> None:
        _share("recovery", self.recovery)

    def value(self, equity_usd: Floats) -> Floats:
        return np.where(equity_usd >= 0.0, 1.0, self.recovery)


@dataclass(frozen=True)
class LinearDebtRank:
    """A claim loses value like the debtor's equity: V = min(1, E+ / E0).

    Attributes:
        initial_equity_usd: `[N]` equity before the shock, > 0.
    """

    initial_equity_usd: Floats  # [N]

    def __post_init__(self) -> None:
        _column("initial_equity_usd", self.initial_equity_usd, positive=True)

    def value(self, equity_usd: Floats) -> Floats:
        return np.clip(equity_usd / np.asarray(self.initial_equity_usd, np.float64), 0.0, 1.0)


@dataclass(frozen=True)
class ExAnteMerton:
    """Marked before maturity: external assets are a geometric Brownian motion, default at its end.

    Default iff a(T) < a - E, so P = Φ((ln((a - E) / a) - (μ - σ²/2) T) / (σ √T)); 0 where E >= a.

    Attributes:
        external_assets_usd: `[N]` a, > 0.
        volatility: σ per √year, > 0.
        horizon_years: T > 0.
        recovery: share that is paid after a default.
        drift: μ per year.
    """

    external_assets_usd: Floats  # [N]
    volatility: float
    horizon_years: float
    recovery: float = 0.0
    drift: float = 0.0

    def __post_init__(self) -> None:
        _check_option(self)

    def default_probability(self, equity_usd: Floats) -> Floats:
        """P(equity < 0 at the horizon): `[N]`."""
        log_distance, trend, deviation = _distances(self, equity_usd)
        return np.where(np.isinf(log_distance), 0.0, ndtr(-(log_distance + trend) / deviation))

    def value(self, equity_usd: Floats) -> Floats:
        return 1.0 - (1.0 - self.recovery) * self.default_probability(equity_usd)


@dataclass(frozen=True)
class ExAnteBlackCox:
    """As `ExAnteMerton`, but the first time that equity is 0 is the default.

    With x = ln(a / (a - E)) and ν = μ - σ²/2, for x > 0 (else P = 1):
    P = Φ((-x - ν T) / (σ √T)) + exp(-2 ν x / σ²) Φ((-x + ν T) / (σ √T)).

    Attributes:
        external_assets_usd: `[N]` a, > 0.
        volatility: σ per √year, > 0.
        horizon_years: T > 0.
        recovery: share that is paid after a default.
        drift: μ per year.
    """

    external_assets_usd: Floats  # [N]
    volatility: float
    horizon_years: float
    recovery: float = 0.0
    drift: float = 0.0

    def __post_init__(self) -> None:
        _check_option(self)

    def default_probability(self, equity_usd: Floats) -> Floats:
        """P(equity reaches 0 up to the horizon): `[N]`."""
        log_distance, trend, deviation = _distances(self, equity_usd)
        alive = np.where(np.isfinite(log_distance) & (log_distance > 0.0), log_distance, 1.0)
        tilt = trend / deviation**2  # ν / σ²
        passed = ndtr((-alive - trend) / deviation)
        # in logs: the tilt is large where the second probability is small
        again = np.exp(-2.0 * tilt * alive) * ndtr((-alive + trend) / deviation)
        survives = np.where(np.isinf(log_distance), 0.0, np.minimum(1.0, passed + again))
        return np.where(log_distance <= 0.0, 1.0, survives)

    def value(self, equity_usd: Floats) -> Floats:
        return 1.0 - (1.0 - self.recovery) * self.default_probability(equity_usd)


def _check_option(option: ExAnteMerton | ExAnteBlackCox) -> None:
    _column("external_assets_usd", option.external_assets_usd, positive=True)
    _share("recovery", option.recovery)
    if not (option.volatility > 0.0 and option.horizon_years > 0.0):
        raise ValueError("volatility and horizon_years: give numbers above 0")


def _distances(
    option: ExAnteMerton | ExAnteBlackCox, equity_usd: Floats
) -> tuple[Floats, float, float]:
    """ln(a / (a - E)) `[N]`, inf where no fall of a is a default; (μ - σ²/2) T; σ √T."""
    assets = np.asarray(option.external_assets_usd, np.float64)
    barrier = assets - equity_usd
    ratio = np.divide(assets, barrier, out=np.full(assets.size, np.inf), where=barrier > 0.0)
    trend = (option.drift - 0.5 * option.volatility**2) * option.horizon_years
    return np.log(ratio), trend, option.volatility * math.sqrt(option.horizon_years)


def network_equity(
    outside_usd: Floats,
    exposures_usd: Any,
    valuation: Valuation,
    from_top: bool = True,
    tolerance: float = VALUE_TOL,
) -> Floats:
    """Equities consistent with what they make each other's claims worth: `[N]` USD.

    Args:
        outside_usd: `[N]` external assets less all liabilities at face value.
        exposures_usd: `[N, N]` sparse or dense, what i (row) has lent to j (column), >= 0.
        valuation: what a claim is worth.
        from_top: start with claims at par (greatest solution), else worthless (least solution).
        tolerance: of the last round, as a share of the largest amount.

    Raises:
        ValueError: shapes differ or an exposure is negative.
        ArithmeticError: it still moves after `MAX_ROUNDS` rounds.

    Source: Barucca et al. (2020), section 4.
    """
    outside = np.asarray(outside_usd, np.float64)
    exposures = csr_array(exposures_usd, dtype=np.float64)
    if exposures.shape != (outside.size, outside.size):
        raise ValueError(f"exposures are {exposures.shape}: give [N, N] for {outside.size} rows")
    if not (exposures.data >= 0.0).all():
        raise ValueError("an exposure is negative or not a number: give what i has lent to j")
    scale = max(np.abs(outside).max(initial=0.0), exposures.data.max(initial=0.0))
    equity = outside + (exposures.sum(axis=1) if from_top else 0.0)
    for _ in range(MAX_ROUNDS):
        new = outside + exposures @ valuation.value(equity)
        if np.abs(new - equity).max(initial=0.0) <= tolerance * scale:
            return np.asarray(new)
        equity = new
    raise ArithmeticError(f"equities still move after {MAX_ROUNDS} rounds: raise the tolerance")
