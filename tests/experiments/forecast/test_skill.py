"""Measures of skill against brute force and by hand; intervals by worlds."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.venue.forecast import FEATURES, Forecast, logistic
from experiments.forecast.skill import (
    RESAMPLES,
    Judged,
    interval,
    losses,
    measured,
    probabilities,
    reliability,
    resampled_worlds,
    roc,
    skill_rows,
    weighted_auc,
)

TRUTH = np.array([True, False, True, False, False])
SAID = np.array([0.9, 0.8, 0.8, 0.3, 0.1])


def test_roc_area_by_hand():
    """Six pairs: five and a half in order, the half for the tie at 0.8."""
    assert weighted_auc(SAID, TRUTH, np.ones((1, 5)))[0] == pytest.approx(5.5 / 6.0)


looks = st.lists(st.tuples(st.integers(0, 5), st.booleans(), st.integers(0, 3)), min_size=1)


@given(looks)
def test_roc_area_is_the_share_of_pairs_in_order(rows):
    said, label, weights = (np.array(column) for column in zip(*rows, strict=True))
    above = total = 0.0
    for p, hit, w in rows:
        for q, other, u in rows:
            if hit and not other:
                total += w * u
                above += w * u * (1.0 if p > q else 0.5 if p == q else 0.0)
    found = weighted_auc(said * 0.1, label, weights[None].astype(float))[0]
    if total == 0.0:
        assert np.isnan(found)
    else:
        assert found == pytest.approx(above / total)


def test_losses_by_hand():
    squared, logs = losses(np.array([0.8, 0.25]), np.array([True, False]))
    assert squared == pytest.approx([0.04, 0.0625])
    assert logs == pytest.approx([-math.log(0.8), -math.log(0.75)])


def test_a_forecast_that_was_certain_and_wrong_loses_a_finite_amount():
    _, logs = losses(np.array([0.0, 1.0]), np.array([True, False]))
    assert np.isfinite(logs).all()
    assert logs.min() > 20.0


def test_probabilities_are_the_rules_own():
    """What the engine computes place by place, for many looks at once."""
    fit = Forecast(("trend", "cover"), (2.0, -1.5), 0.3)
    features = np.random.default_rng(1).normal(size=(20, len(FEATURES)))
    expected = []
    for row in features:
        seen = dict(zip(FEATURES, row, strict=True))
        expected.append(logistic(0.3 + 2.0 * seen["trend"] - 1.5 * seen["cover"]))
    assert probabilities(fit, features) == pytest.approx(np.array(expected))


def sample(worlds: int = 40, looks: int = 25) -> Judged:
    """Worlds of a danger of their own; one model knows it, one knows half of it, one nothing."""
    generator = np.random.default_rng(7)
    danger = np.repeat(generator.normal(-1.0, 1.5, worlds), looks)
    chance = 1.0 / (1.0 + np.exp(-danger))
    label = generator.random(danger.size) < chance
    block = np.repeat(np.arange(worlds), looks)
    mean = np.full(danger.size, label.mean())
    return Judged(label, block, {"good": chance, "half": 0.5 * (chance + mean), "base": mean})


def test_the_first_row_of_a_resample_is_the_sample():
    judged = sample()
    counts = resampled_worlds(40, np.random.default_rng(3))
    assert counts.shape == (1 + RESAMPLES, 40)
    assert (counts[0] == 1.0).all()
    assert (counts.sum(axis=1) == 40.0).all()
    values = measured(judged, counts)
    squared, logs = losses(judged.said["good"], judged.label)
    assert values["good", "brier"][0] == pytest.approx(squared.mean())
    assert values["good", "log_loss"][0] == pytest.approx(logs.mean())
    assert values["base", "auc"][0] == 0.5


def test_a_resample_counts_whole_worlds():
    """World 1 twice and no other: the measures of world 1 alone."""
    judged = sample(worlds=2)
    mine = judged.block == 1
    values = measured(judged, np.array([[1.0, 1.0], [0.0, 2.0]]))
    squared, _ = losses(judged.said["good"][mine], judged.label[mine])
    assert values["good", "brier"][1] == pytest.approx(squared.mean())
    area = weighted_auc(judged.said["good"][mine], judged.label[mine], np.ones((1, mine.sum())))
    assert values["good", "auc"][1] == pytest.approx(area[0], nan_ok=True)


def test_rows_know_who_is_better():
    judged = sample()
    counts = resampled_worlds(40, np.random.default_rng(3))
    rows = {
        (row.model, row.measure): row
        for row in skill_rows("all", judged, counts, [("good", "half")], "base")
    }
    assert rows["base", "log_loss_skill"].value == 0.0
    assert rows["good", "brier_skill"].low > 0.0
    for measure in ("brier", "log_loss"):
        gap = rows["good - half", measure]
        assert gap.value == pytest.approx(
            rows["good", measure].value - rows["half", measure].value, abs=1e-12
        )
        assert gap.low <= gap.value <= gap.high < 0.0
    assert rows["good - half", "auc"].value == pytest.approx(0.0, abs=1e-12)  # the same order


def test_an_interval_leaves_out_what_is_not_known():
    value, low, high = interval(np.array([1.0, 2.0, np.nan, 4.0]))
    assert (value, low, high) == (1.0, pytest.approx(2.05), pytest.approx(3.95))
    assert np.isnan(interval(np.array([1.0, np.nan]))[1:]).all()


def test_reliability_of_a_calibrated_forecast():
    """Frequencies follow the forecast within their intervals in most bins."""
    judged = sample(worlds=200, looks=50)
    counts = resampled_worlds(200, np.random.default_rng(3))
    bins = reliability(judged, "good", counts)
    assert bins.shape == (10, 5)
    assert bins[:, 4].sum() == 10_000
    inside = (bins[:, 2] <= bins[:, 0]) & (bins[:, 0] <= bins[:, 3])
    assert inside.sum() >= 8
    assert (np.diff(bins[:, 0]) > 0.0).all()


def test_a_bin_in_which_nothing_followed_is_not_certain():
    """Ten worlds without a hit: an upper end of 1 - 0.025^(1/10)."""
    block = np.repeat(np.arange(10), 4)
    judged = Judged(np.zeros(40, bool), block, {"m": np.full(40, 0.2)})
    counts = resampled_worlds(10, np.random.default_rng(1))
    ((said, frequency, low, high, count),) = reliability(judged, "m", counts).tolist()
    assert (said, frequency, low, count) == (pytest.approx(0.2), 0.0, 0.0, 40)
    assert high == pytest.approx(1.0 - 0.025**0.1)


def test_a_roc_curve_climbs_from_corner_to_corner():
    judged = Judged(TRUTH, np.zeros(5, np.int64), {"m": SAID})
    curve = roc(judged, "m")
    expected = [(0.0, 0.0), (0.0, 0.5), (1 / 3, 1.0), (2 / 3, 1.0), (1.0, 1.0)]
    assert curve == pytest.approx(np.array(expected))
    area = np.trapezoid(curve[:, 1], curve[:, 0])
    assert area == pytest.approx(weighted_auc(SAID, TRUTH, np.ones((1, 5)))[0])
