"""Looks at worlds: labels by hand from the log of bankruptcies, no glance beyond the horizon."""

from dataclasses import replace

import numpy as np
import pytest

from abm.engine.build import build_world
from abm.engine.run import run_world
from abm.market.tape import TAKEOVER
from abm.venue.guards import Guards
from experiments.errors import StudyError
from experiments.forecast.worlds import Settings, looks_of, simulate_looks, watched
from tests.abm.engine.worlds import harsh, wide

QUICK = Settings(seeds=2, fresh=2, every_s=4.0, horizon_s=12.0, seed=3)


def test_labels_are_the_takeovers_that_come_within_the_horizon():
    scenario = watched(harsh())
    found = looks_of(scenario, QUICK, 0, 5)
    world = build_world(scenario, 3, 0, event_rows=100_000)
    run_world(world, scenario)
    log = world.state.tape.rows[: int(world.state.tape.logged[0])]
    ticks = log[log[:, 1] == TAKEOVER, 0]
    at = 2.0 * np.arange(1, 31)[: found.label.size]  # a look every second tick of 2 s
    expected = [bool(((ticks > t) & (ticks <= t + 6)).any()) for t in at]
    assert found.label.tolist() == expected
    assert found.is_early.tolist() == [not (ticks <= t).any() for t in at]
    assert 0 < found.label.sum() < found.label.size
    assert (found.block == 5).all()
    assert found.label.size == 30 - 3  # the last looks have no horizon


def test_every_venue_is_looked_at():
    found = looks_of(watched(wide()), QUICK, 0, 0)
    assert found.features.shape == (2 * 27, 11)
    assert np.isfinite(found.features).all()
    assert (found.features[0] != found.features[1]).any()


def test_watching_keeps_the_other_guards_and_takes_the_rule():
    armed = Guards(margin_rule="volatility", halt_move=0.05)
    book = replace(harsh().venues[0], guards=armed)
    (seen,) = watched(harsh(venues=(book,))).venues
    assert seen.guards == replace(armed, margin_rule="predictive", slope=0.0)


def test_looks_do_not_depend_on_threads():
    one = simulate_looks(harsh(), QUICK, [3, 4, 5])
    told = []
    many = simulate_looks(harsh(), replace(QUICK, workers=3), [3, 4, 5], told.append)
    for name in ("features", "label", "is_early", "block"):
        np.testing.assert_array_equal(getattr(one, name), getattr(many, name))
    assert one.block.tolist() == sorted(one.block.tolist())
    assert told == [1, 1, 1]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"seeds": 1}, "--seeds must be 2"),
        ({"workers": 0}, "--workers must be 1"),
        ({"every_s": 20.0}, "not above --horizon"),
    ],
)
def test_settings_that_are_refused(wrong, says):
    with pytest.raises(StudyError, match=says):
        replace(QUICK, **wrong)


def test_a_run_that_is_too_short_is_refused():
    with pytest.raises(StudyError, match="lower --horizon"):
        looks_of(watched(harsh(ticks=4)), QUICK, 0, 0)


def test_a_users_score_is_refused():
    scenario = harsh(design="tests.abm.reference.user_designs:Wallet")
    with pytest.raises(StudyError, match="use a shipped design"):
        looks_of(watched(scenario), QUICK, 0, 0)
