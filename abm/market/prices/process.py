"""What an index-price process is, and the checks and the compounding that all of them share.

A process turns a random generator into index prices on the tick grid: `path` gives `[ticks+1, K]`,
USD per contract unit, whose first row is the initial price. Parameters that may differ between the
K instruments are one number (the same for all) or a tuple with one number each.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from abm.units import Floats


class PriceProcess(Protocol):
    """A frozen value that draws index-price paths."""

    @property
    def kind(self) -> str:
        """Tag by which a study file names the class."""

    @property
    def instruments(self) -> int:
        """K, the number of instruments."""

    def path(self, generator: np.random.Generator, ticks: int, dt_s: float) -> Floats:
        """Index prices `[ticks+1, K]` in USD per contract unit; row 0 is the initial price.

        Args:
            generator: source of randomness; equal generators give equal paths.
            ticks: steps after the initial price.
            dt_s: seconds per tick.

        Raises:
            ValueError: the clock or the parameters do not allow a path; the sentence says why.
        """


def initial_prices(owner: str, prices: Sequence[float]) -> Floats:
    """Check and convert initial prices to `[K]`: at least one, finite, above zero."""
    if isinstance(prices, str) or not isinstance(prices, Sequence) or len(prices) == 0:
        raise ValueError(
            f"{owner}.initial_price must be a tuple with one price per instrument, got {prices!r}; "
            "write (100.0,) for one instrument"
        )
    checked = per_instrument(owner, "initial_price", prices, len(prices))
    return above(owner, "initial_price", checked, 0.0)


def per_instrument(owner: str, name: str, value: float | Sequence[float], count: int) -> Floats:
    """Spread one number, or one per instrument, to `[K]`; refuse other lengths and NaN."""
    given = [value] if isinstance(value, int | float) else list(value)
    if not all(isinstance(number, int | float | np.number) for number in given):
        raise ValueError(f"{owner}.{name} must hold numbers only, got {value!r}")
    if len(given) not in (1, count):
        raise ValueError(
            f"{owner}.{name} has {len(given)} numbers for {count} instruments; "
            "give one number for all, or one per instrument"
        )
    numbers = np.array(given, dtype=np.float64)
    if not np.isfinite(numbers).all():
        raise ValueError(f"{owner}.{name} must be finite, got {value!r}")
    return numbers if len(given) == count else np.repeat(numbers, count)


def at_least(owner: str, name: str, numbers: Floats, least: float) -> Floats:
    """Give `numbers` back if none is below `least`."""
    if (numbers < least).any():
        raise ValueError(
            f"{owner}.{name} is {numbers.min():g}; set it to {least:g} or more for every instrument"
        )
    return numbers


def above(owner: str, name: str, numbers: Floats, limit: float) -> Floats:
    """Give `numbers` back if all lie above `limit`."""
    if (numbers <= limit).any():
        raise ValueError(
            f"{owner}.{name} is {numbers.min():g}; "
            f"set it to a number above {limit:g} for every instrument"
        )
    return numbers


def check_scalar(owner: str, name: str, value: float, low: float, high: float = np.inf) -> float:
    """Give `value` back if it is finite and lies in [low, high]."""
    number = isinstance(value, int | float) and np.isfinite(value)
    if not (number and low <= value <= high):
        allowed = f"of {low:g} or more" if high == np.inf else f"between {low:g} and {high:g}"
        raise ValueError(f"{owner}.{name} is {value!r}; set it to a number {allowed}")
    return value


def check_clock(owner: str, ticks: int, dt_s: float) -> None:
    """Refuse a negative number of ticks and a tick that does not last."""
    if ticks < 0:
        raise ValueError(f"{owner}.path got ticks={ticks}; ask for 0 ticks or more")
    if not (dt_s > 0.0 and np.isfinite(dt_s)):
        raise ValueError(f"{owner}.path got dt_s={dt_s:g}; a tick must last more than 0 seconds")


def compound(owner: str, initial: Floats, log_returns: Floats) -> Floats:
    """Prices `[ticks+1, K]` from initial prices `[K]` and log returns `[ticks, K]`.

    S_t = S_0 exp(r_1 + ... + r_t). A price outside the range of float64 is an error.
    """
    prices = np.empty((log_returns.shape[0] + 1, initial.size))  # [ticks+1, K]
    prices[0] = 0.0
    np.cumsum(log_returns, axis=0, out=prices[1:])
    with np.errstate(over="ignore"):  # an infinite price is refused below
        np.exp(prices, out=prices)
        prices *= initial
    if not (prices.min() > 0.0 and prices.max() < np.inf):
        raise ValueError(
            f"{owner}.path left the range of float64; "
            "lower the volatility, the jumps or the number of ticks"
        )
    return prices
