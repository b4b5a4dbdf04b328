"""What the fit may choose: a literal tuple of scenario fields with bounds.

The search works in the unit cube, u in [0, 1] per parameter:

    value = low + u (high - low)              on a linear scale
    value = low (high / low)^u                on a logarithmic one

A parameter with `times` multiplies what the study sets (also each number of a list), so a whole
curve of quantiles moves with one number.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from experiments.spec import scenario_values


@dataclass(frozen=True)
class Parameter:
    """One free number.

    Attributes:
        path: dotted field path, as in a study file.
        low, high: bounds of the value, or of the factor.
        scale: in which steps are equal.
        unit: of the value.
        why: what the event says about it only through the moments.
        times: multiply the study's value instead of replacing it.
    """

    path: str
    low: float
    high: float
    scale: Literal["linear", "log"]
    unit: str
    why: str
    times: bool = False

    def at(self, u: float) -> float:
        """The value at a place of the unit interval."""
        if self.scale == "linear":
            return self.low + u * (self.high - self.low)
        return self.low * float((self.high / self.low) ** u)

    def place(self, value: float) -> float:
        """The place of a value, moved inside the bounds."""
        value = min(max(value, self.low), self.high)
        if self.scale == "linear":
            return (value - self.low) / (self.high - self.low)
        return math.log(value / self.low) / math.log(self.high / self.low)


PARAMETERS = (
    Parameter("population.losers_leverage_median", 3.0, 36.0, "log", "1", "who is liquidated"),
    Parameter("population.losers_leverage_sigma", 0.1, 1.2, "linear", "1", "how many at once"),
    Parameter("population.winners_leverage", 0.2, 5.0, "log", "1",
              "leverage of all winners: the record has those that were deleveraged", times=True),
    Parameter("population.winning_gain_mean", 0.0, 0.6, "linear", "log", "profit before the crash"),
    Parameter("population.winning_gain_sigma", 0.02, 0.6, "linear", "log", "its spread"),
    Parameter("population.tail_index", 0.6, 1.5, "linear", "1", "concentration of wealth"),
    Parameter("population.maker_usd_per_open_interest", 0.02, 0.5, "log", "1", "depth of the book"),
    Parameter("venues.0.impact_temporary", 0.0004, 0.02, "log", "log", "fall of the venue's mark"),
    Parameter("venues.0.backstop_usd_per_open_interest", 0.001, 0.1, "log", "1", "the vault"),
    Parameter("venues.0.backstop_leverage", 0.5, 60.0, "log", "1", "inventory the vault takes"),
    Parameter("venues.0.backstop_sheds_above", 0.5, 60.0, "log", "1", "a solvent vault's ADL"),
    Parameter("price.burst_share", 0.0, 1.0, "linear", "1", "shape of the index's fall"),
)  # fmt: skip
"""Everything that is free, in the order of the search's coordinates."""


def values_at(base: Any, parameters: Sequence[Parameter], u: Sequence[float]) -> dict[str, Any]:
    """Overrides of the scenario `base` at a point of the unit cube."""
    known = scenario_values(base)
    found: dict[str, Any] = {}
    for parameter, place in zip(parameters, u, strict=True):
        value = parameter.at(float(place))
        found[parameter.path] = _times(known[parameter.path], value) if parameter.times else value
    return found


def _times(value: Any, factor: float) -> Any:
    """A number, or each number of a tuple, times a factor."""
    return [factor * part for part in value] if isinstance(value, tuple) else factor * value


def start_of(base: Any, parameters: Sequence[Parameter]) -> list[float]:
    """Where the study stands in the unit cube; a factor starts at 1.

    Raises:
        ValueError: the study's scenario has no such number.
    """
    known = scenario_values(base)
    start = []
    for parameter in parameters:
        if parameter.path not in known:
            raise ValueError(
                f"the study's scenario has no field {parameter.path!r}: calibrate a drawn "
                "population on a crash with one venue or more"
            )
        start.append(parameter.place(1.0 if parameter.times else float(known[parameter.path])))
    return start
