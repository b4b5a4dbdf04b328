"""How good a forecast is on worlds that it has not seen, with intervals, against simpler ones.

    auc        P(score of a look before a bankruptcy > score of another look), ties half: the area
               under the ROC curve; 0.5 knows nothing
    brier      mean (P - y)²                                             Brier (1950)
    log loss   mean -(y log P + (1 - y) log(1 - P))                      Good (1952)

Each has a skill score, 0 for the base rate and 1 for a perfect forecast: 2 auc - 1, and
1 - loss / loss of the base rate: of the same kind of looks, measured where the forecast learnt.
Both losses are means over the same looks, so that a resample changes them together.

Looks at one world are not independent: intervals come from resampling whole worlds with
replacement (block bootstrap), 2.5 to 97.5 %, and a difference of two models is taken inside each
resample (paired). A measure that a resample does not know (no bankruptcies) is left out of it.

Brier, "Verification of forecasts expressed in terms of probability", Monthly Weather Review 78;
Good, "Rational decisions", JRSS B 14; Hanley & McNeil (1982), "The meaning and use of the area
under a ROC curve", Radiology 143; Efron & Tibshirani (1993), "An introduction to the bootstrap".

Shapes: N looks, W worlds, B resamples.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from abm.units import Flags, Floats, Ints
from abm.venue.forecast import Forecast

RESAMPLES = 1000
"""Resamples of the bootstrap."""

ENDS = (0.025, 0.975)
"""Quantiles at the ends of a 95 % interval."""

LEAST_PROBABILITY = 1e-12
"""No forecast is more certain than this, so that a log loss is finite [1]."""

MEASURES = ("auc", "brier", "log_loss")
"""Names of the measures; the first is better when larger, the others when smaller."""

SCORES = ("auc_skill", "brier_skill", "log_loss_skill")
"""Names of their skill scores, in the same order."""


class Judged(NamedTuple):
    """Fresh looks with what each model said of them."""

    label: Flags  # [N]
    block: Ints  # [N] world of the look
    said: Mapping[str, Floats]  # model -> [N] probabilities


class Row(NamedTuple):
    """One measure of one model, or of the difference of two, with its interval."""

    looks: str
    model: str
    measure: str
    value: float
    low: float
    high: float


def probabilities(forecast: Forecast, features: Floats) -> Floats:
    """What a forecast says of looks `[N, F]`: `[N]`."""
    score = forecast.intercept + features @ np.array(forecast.weights())
    said: Floats = 0.5 * (1.0 + np.tanh(0.5 * score))  # the logistic function, without overflow
    return said


def weighted_auc(said: Floats, label: Flags, weights: Floats) -> Floats:
    """Area under the ROC curve for many weightings of the looks at once.

    Args:
        said: `[N]`.
        label: `[N]`.
        weights: `[B, N]`, how often each look counts.

    Returns:
        `[B]`; NaN where one of the two kinds has no weight.
    """
    order = np.argsort(said, kind="stable")
    _, first = np.unique(said[order], return_index=True)
    counts = weights[:, order]
    hits = np.add.reduceat(np.where(label[order], counts, 0.0), first, axis=1)
    misses = np.add.reduceat(np.where(label[order], 0.0, counts), first, axis=1)
    below = np.cumsum(misses, axis=1) - 0.5 * misses
    pairs = hits.sum(axis=1) * misses.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        area: Floats = np.where(pairs > 0.0, (hits * below).sum(axis=1) / pairs, np.nan)
    return area


def losses(said: Floats, label: Flags) -> tuple[Floats, Floats]:
    """Squared error and log loss of every look, each `[N]`."""
    truth = label.astype(np.float64)
    sure = np.clip(said, LEAST_PROBABILITY, 1.0 - LEAST_PROBABILITY)
    return np.square(said - truth), -np.where(label, np.log(sure), np.log1p(-sure))


def resampled_worlds(blocks: int, generator: np.random.Generator) -> Floats:
    """How often each world counts: `[1 + RESAMPLES, W]`, the first row once each."""
    drawn = generator.multinomial(blocks, np.full(blocks, 1.0 / blocks), size=RESAMPLES)
    return np.vstack([np.ones(blocks), drawn]).astype(np.float64)


def measured(judged: Judged, counts: Floats) -> dict[tuple[str, str], Floats]:
    """Every measure of every model on every resample: (model, measure) -> `[1 + B]`."""
    found = {}
    for model, said in judged.said.items():
        areas = [
            weighted_auc(said, judged.label, part[:, judged.block])
            for part in np.array_split(counts, -(-counts.shape[0] * said.size // 20_000_000))
        ]  # in parts, for the memory
        found[model, "auc"] = np.concatenate(areas)
        looks = np.bincount(judged.block, minlength=counts.shape[1]).astype(np.float64)
        for measure, loss in zip(MEASURES[1:], losses(said, judged.label), strict=True):
            sums = np.bincount(judged.block, weights=loss, minlength=counts.shape[1])
            with np.errstate(invalid="ignore"):  # a resample may have no such looks
                found[model, measure] = (counts @ sums) / (counts @ looks)
    return found


def interval(values: Floats) -> tuple[float, float, float]:
    """(estimate, low, high) of `[1 + B]`: the estimate first, then its resamples."""
    known = values[1:][np.isfinite(values[1:])]
    low, high = np.quantile(known, ENDS) if known.size else (np.nan, np.nan)
    return float(values[0]), float(low), float(high)


def with_scores(values: dict[tuple[str, str], Floats], base: str) -> None:
    """Add the skill scores of every model, against the model `base`."""
    for model in {model: None for model, _ in values}:
        for measure, score in zip(MEASURES, SCORES, strict=True):
            if measure == "auc":
                values[model, score] = 2.0 * values[model, measure] - 1.0
            else:
                values[model, score] = 1.0 - values[model, measure] / values[base, measure]


def skill_rows(
    name: str, judged: Judged, counts: Floats, pairs: Sequence[tuple[str, str]], base: str
) -> list[Row]:
    """Measures of all models and differences of some, each with its interval.

    Args:
        name: of the kind of looks.
        judged: the looks.
        counts: `[1 + B, W]` resamples of the worlds.
        pairs: (model, compared with).
        base: the model whose skill is 0.
    """
    values = measured(judged, counts)
    with_scores(values, base)
    rows = [Row(name, model, measure, *interval(v)) for (model, measure), v in values.items()]
    for model, other in pairs:
        for measure in (*MEASURES, *SCORES):
            difference = values[model, measure] - values[other, measure]
            rows.append(Row(name, f"{model} - {other}", measure, *interval(difference)))
    return rows


def reliability(judged: Judged, model: str, counts: Floats, bins: int = 10) -> Floats:
    """Reliability diagram `[bins, 5]`: mean forecast, frequency with its interval, looks.

    Bins hold equally many looks, fewer bins where forecasts are tied. Resampling says nothing of a
    bin in which nothing happened: its upper end is then the frequency at which none of its worlds
    has a hit in 2.5 % of the cases, one trial per world.
    """
    said = judged.said[model]
    edges = np.unique(np.quantile(said, np.linspace(0.0, 1.0, bins + 1)[1:-1]))
    place = np.searchsorted(edges, said, side="right")
    rows = []
    for b in range(edges.size + 1):
        here = place == b
        if here.any():
            blocks = judged.block[here]
            total = np.bincount(blocks, minlength=counts.shape[1]).astype(np.float64)
            hits = np.bincount(blocks, judged.label[here], counts.shape[1])
            with np.errstate(invalid="ignore"):
                frequency = (counts @ hits) / (counts @ total)
            found, low, high = interval(frequency)
            if found == 0.0:
                high = 1.0 - ENDS[0] ** (1.0 / np.count_nonzero(total))
            rows.append([said[here].mean(), found, low, high, here.sum()])
    return np.array(rows)


def roc(judged: Judged, model: str, points: int = 201) -> Floats:
    """ROC curve `[P, 2]`: false alarms, hits; thinned to so many points."""
    order = np.argsort(-judged.said[model], kind="stable")
    said, label = judged.said[model][order], judged.label[order]
    last = np.append(np.flatnonzero(np.diff(said)), said.size - 1)
    hits = np.cumsum(label)[last] / max(1, label.sum())
    alarms = np.cumsum(~label)[last] / max(1, (~label).sum())
    curve = np.vstack([[0.0, 0.0], np.column_stack([alarms, hits])])
    size = curve.shape[0]
    kept = np.linspace(0, size - 1, min(points, size)).astype(np.int64)
    thinned: Floats = curve[kept]
    return thinned
