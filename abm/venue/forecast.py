"""What a venue sees of its own danger, as numbers, and a fitted forecast of bankruptcies from them.

    probability   P = 1 / (1 + exp(-z)),  z = intercept + Σ coefficient_i feature_i

`Features` names the numbers once: the kernel that fills them during a run, the training that fits
coefficients to them and the rule that uses the fit all read this file. Every feature is a share, a
log or a log return, so that a forecast does not depend on a venue's size; a share of nothing is 0,
and a fund without losses in sight covers all of them.

The form is the logistic early-warning model of financial crises: Beaver (1966), "Financial ratios
as predictors of failure", Journal of Accounting Research 4; Ohlson (1980), "Financial ratios and
the probabilistic prediction of bankruptcy", Journal of Accounting Research 18. Means and scales of
the training data are folded into intercept and coefficients.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

from abm.kernel import kernel

NEAR = 0.02
"""An account is near liquidation when its equity exceeds its requirement by less than this share of
its notional [1]."""


class Sight(NamedTuple):
    """Sums over a venue that its features are made of."""

    volatility: float  # σ / calm σ of the instrument with the largest σ [1]
    trend: float  # log index over its slow average, of that instrument [1]
    near_long_usd: float  # long notional of accounts near liquidation
    near_short_usd: float  # short notional of accounts near liquidation
    gross_usd: float  # notional of all accounts, longs and shorts
    equity_usd: float  # of the accounts with positions
    near_accounts: float  # margin buckets near liquidation
    open_accounts: float  # margin buckets with positions
    threatened_usd: float  # deficits if every mark moved against each account
    fund_usd: float
    depth_usd: float  # quoted depth, all books
    premium: float  # largest |log premium| of a book over the index [1]
    forced: float  # largest share of the quotes that this tick's net forced flow took [1]


class Features(NamedTuple):
    """What a forecast reads, in the order of its coefficients."""

    volatility: float  # log(1 + σ / calm σ)
    trend: float  # log index over its slow average
    adverse_trend: float  # trend against the side that has more near liquidation
    leverage: float  # G / (G + E), G gross notional, E equity
    near_accounts: float  # share of open margin buckets near liquidation
    near_notional: float  # share of gross notional near liquidation
    threatened: float  # threatened losses / gross notional
    cover: float  # fund / (fund + threatened losses)
    depth: float  # quoted depth / (quoted depth + gross notional)
    premium: float  # largest |log premium| of a book
    forced: float  # largest share of quotes taken by forced flow


FEATURES = Features._fields
"""Names of the features, in the order of their places."""


@kernel
def part(piece: float, rest: float) -> float:
    """Share of `piece` in the sum with `rest`, both >= 0; 0 of nothing."""
    return piece / (piece + rest) if piece > 0.0 else 0.0


@kernel
def features_of(seen: Sight) -> Features:
    """Features of what a venue sees (the formulas stand beside `Features`)."""
    gross = seen.gross_usd
    unit = 1.0 / gross if gross > 0.0 else 0.0
    longs, shorts = seen.near_long_usd * unit, seen.near_short_usd * unit
    threatened = seen.threatened_usd
    return Features(
        math.log1p(seen.volatility),
        seen.trend,
        (shorts - longs) * seen.trend,
        part(gross, max(0.0, seen.equity_usd)),
        seen.near_accounts / seen.open_accounts if seen.open_accounts > 0.0 else 0.0,
        longs + shorts,
        threatened * unit,
        part(seen.fund_usd, threatened) if threatened > 0.0 else 1.0,
        part(seen.depth_usd, gross),
        seen.premium,
        seen.forced,
    )


@kernel
def logistic(score: float) -> float:
    """1 / (1 + exp(-z)), without overflow on either side."""
    if score >= 0.0:
        return 1.0 / (1.0 + math.exp(-score))
    odds = math.exp(score)
    return odds / (1.0 + odds)


@dataclass(frozen=True)
class Forecast:
    """A fitted logistic forecast: P(some account goes bankrupt within the horizon).

    Made by `adlab forecast`, which writes it to `forecast.json` in this form.

    Attributes:
        features: names from `FEATURES`; those left out have no weight.
        coefficients: one per name, per unit of the feature as it is (scales folded in).
        intercept: log odds where all named features are 0.
        horizon_s: what "within" means; for the reader, the rule does not use it.
    """

    features: tuple[str, ...] = ()
    coefficients: tuple[float, ...] = ()
    intercept: float = 0.0
    horizon_s: float = 60.0

    def __post_init__(self) -> None:
        unknown = [name for name in self.features if name not in FEATURES]
        if unknown:
            raise ValueError(
                f"feature {unknown[0]!r} is unknown: choose from {', '.join(FEATURES)}."
            )
        if len(set(self.features)) != len(self.features):
            raise ValueError("a feature is named twice: give each one coefficient.")
        if len(self.coefficients) != len(self.features):
            raise ValueError(
                f"{len(self.coefficients)} coefficients for {len(self.features)} features: "
                "give one per feature."
            )
        if not all(math.isfinite(x) for x in (*self.coefficients, self.intercept)):
            raise ValueError("a coefficient is NaN or infinite: give finite numbers.")
        if not self.horizon_s > 0.0:
            raise ValueError(f"horizon_s is {self.horizon_s}: give a number of seconds above 0.")

    def weights(self) -> tuple[float, ...]:
        """One coefficient per entry of `FEATURES`, 0 for those that are left out."""
        known = dict(zip(self.features, self.coefficients, strict=True))
        return tuple(known.get(name, 0.0) for name in FEATURES)
