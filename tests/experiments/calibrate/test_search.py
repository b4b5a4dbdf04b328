"""The search finds what made its targets, goes on where it was killed, and says what is wrong."""

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from abm.engine.presets import CRASH
from experiments.calibrate import distance, search
from experiments.calibrate.distance import UNKNOWN_Z, distances, means, scaled, weights_of
from experiments.calibrate.moments import MOMENTS
from experiments.calibrate.observe import Window
from experiments.calibrate.parameters import PARAMETERS, Parameter, start_of, values_at
from experiments.calibrate.search import Problem, Settings, moments_at
from experiments.calibrate.targets import TARGETS
from experiments.errors import StoreError, StudyError
from tests.experiments.calibrate.toy_runs import toy_run

FREE = tuple(
    parameter
    for parameter in PARAMETERS
    if parameter.path.rpartition(".")[2]
    in ("losers_leverage_median", "winning_gain_mean", "tail_index")
)
PROBLEM = Problem(CRASH, FREE, Window(1600.0, 2300.0), 11, "sha", toy_run)
TRUTH = (0.8, 0.6, 0.35)


@pytest.fixture
def from_truth(monkeypatch: pytest.MonkeyPatch) -> None:
    """Targets are the moments at TRUTH, over other replicates than the search's."""
    values = moments_at(PROBLEM, [TRUTH], range(500, 560), 1)[0]
    monkeypatch.setattr(distance, "published", lambda: means(values))


def test_known_parameters_are_recovered_exactly_with_the_same_luck(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    same = range(search.FIRST_REPLICATE, search.FIRST_REPLICATE + 10)
    values = moments_at(PROBLEM, [TRUTH], same, 1)[0]
    monkeypatch.setattr(distance, "published", lambda: means(values))
    found = search.fit(PROBLEM, Settings(evaluations=200, seeds=10), tmp_path)
    assert min(found.tried) < 1e-3 * found.tried[0]
    assert np.abs(np.array(found.best) - TRUTH).max() < 0.03


@pytest.mark.usefixtures("from_truth")
def test_known_parameters_are_recovered_up_to_luck_otherwise(tmp_path: Path) -> None:
    """Three standard errors, over searches with eight other seeds; no sign was preferred there."""
    found = search.fit(PROBLEM, Settings(evaluations=150, seeds=10), tmp_path)
    assert min(found.tried) < 0.05 * found.tried[0]
    assert (np.abs(np.array(found.best) - TRUTH) < (0.03, 0.13, 0.3)).all()


@pytest.mark.usefixtures("from_truth")
def test_a_killed_search_goes_on_to_the_same_end(tmp_path: Path) -> None:
    whole = search.fit(PROBLEM, Settings(evaluations=40, seeds=4), tmp_path / "whole")
    cut = tmp_path / "cut"
    search.fit(PROBLEM, Settings(evaluations=15, seeds=4), cut)
    np.random.default_rng().random()
    runs: list[int] = []

    def counted(scenario: Any, seed: int, replicate: int) -> Any:
        runs.append(replicate)
        return toy_run(scenario, seed, replicate)

    settings = Settings(evaluations=40, seeds=4, workers=3)
    again = search.fit(replace(PROBLEM, observe=counted), settings, cut)
    assert again.tried == whole.tried
    assert again.best == whole.best
    kept = json.loads((cut / search.STATE).read_text())["generations"]
    assert len(runs) < 4 * sum(len(generation) for generation in kept)


def test_every_candidate_meets_the_same_replicates() -> None:
    once = moments_at(PROBLEM, [TRUTH, TRUTH, (0.1, 0.1, 0.1)], range(3), 2)
    assert once.shape == (3, 3, len(MOMENTS))
    np.testing.assert_array_equal(once[0], once[1])
    assert (once[0] != once[2]).any()


def test_the_distance_is_the_sum_of_squared_standard_units() -> None:
    values = moments_at(PROBLEM, [TRUTH], range(8), 1)[0]
    values[:5, 1] = np.nan  # known to three of eight: too few
    weights, on_scale = weights_of(values), scaled(values)
    parts = distances(values, weights)
    assert parts[1] == UNKNOWN_Z**2
    assert math.isnan(weights.spread[1])
    assert weights.unit[1] > 0.0
    for m, moment in enumerate(MOMENTS):
        column = [float(x) for x in on_scale[:, m] if not math.isnan(x)]
        if m == 1 or len(column) < 8:
            continue
        target, mean = TARGETS[moment.name], sum(column) / 8
        variance = sum((x - mean) ** 2 for x in column) / 7
        own = variance if target.sampling is None else target.sampling**2
        unit = math.sqrt(own + target.discrepancy**2 + variance / 8)
        z = (mean - moment.scaled(target.value)) / unit
        assert parts[m] == pytest.approx(min(z * z, UNKNOWN_Z**2))


def test_runs_without_adl_count_as_far_off_in_all_that_they_do_not_know() -> None:
    values = moments_at(PROBLEM, [TRUTH], range(8), 1)[0]
    weights, silent = weights_of(values), np.full_like(values, np.nan)
    silent[:, 0], silent[:, -1] = 0.0, values[:, -1]  # no event, and a fall
    parts = distances(silent, weights)
    assert (parts[1:-1] == UNKNOWN_Z**2).all()
    assert parts[0] == UNKNOWN_Z**2  # that it happened is known without error
    assert distances(silent, weights_of(silent))[1:-1].min() == UNKNOWN_Z**2


def test_parameters_keep_their_bounds_and_factors_multiply() -> None:
    for parameter in PARAMETERS:
        assert parameter.at(0.0) == pytest.approx(parameter.low)
        assert parameter.at(1.0) == pytest.approx(parameter.high)
        assert parameter.place(parameter.at(0.3)) == pytest.approx(0.3)
        assert parameter.place(1e9) == 1.0
    factor = Parameter("population.winners_leverage", 0.5, 2.0, "log", "1", "all", times=True)
    found = values_at(CRASH, [factor], [1.0])["population.winners_leverage"]
    assert found == pytest.approx([2.0 * x for x in CRASH.population.winners_leverage])
    assert start_of(CRASH, [factor]) == [pytest.approx(0.5)]


def test_a_field_that_is_not_there_is_named() -> None:
    wrong = Parameter("population.loosers", 0.0, 1.0, "linear", "1", "?")
    with pytest.raises(ValueError, match=r"no field 'population\.loosers'"):
        start_of(CRASH, [wrong])


@pytest.mark.parametrize("name", ["evaluations", "seeds", "fresh", "workers"])
def test_settings_below_the_least_are_refused(name: str) -> None:
    with pytest.raises(StudyError, match=f"--{name} must be"):
        Settings(**{name: 0})


@pytest.mark.usefixtures("from_truth")
def test_the_state_of_another_search_is_refused(tmp_path: Path) -> None:
    search.fit(PROBLEM, Settings(evaluations=5, seeds=2), tmp_path)
    with pytest.raises(StoreError, match="another study"):
        search.fit(replace(PROBLEM, sha="other"), Settings(evaluations=5, seeds=2), tmp_path)
    with pytest.raises(StoreError, match="another study"):
        search.fit(PROBLEM, Settings(evaluations=5, seeds=3), tmp_path)
    (tmp_path / search.STATE).write_text("{")
    with pytest.raises(StoreError, match="is not a search's state"):
        search.fit(PROBLEM, Settings(evaluations=5, seeds=2), tmp_path)


def test_without_the_optimiser_the_sentence_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(name: str) -> Any:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(search.importlib, "import_module", absent)
    with pytest.raises(StudyError, match="uv sync --extra calibrate"):
        search.fit(PROBLEM, Settings(evaluations=5, seeds=2), tmp_path)
