"""The shipped study, its clock and targets, and `adlab calibrate` from end to end."""

import csv
import json
import math
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from abm.engine.presets import CRASH, PRESETS
from abm.market.prices import october_2025
from experiments.calibrate import problem_of
from experiments.calibrate.moments import MOMENTS
from experiments.calibrate.parameters import PARAMETERS
from experiments.calibrate.targets import TARGETS, window_of
from experiments.cli import main
from experiments.engine import Engine, shipped_engine
from experiments.manifest import opening
from experiments.overrides import with_overrides
from experiments.spec import find_study, load_study
from experiments.toml_lines import flatten


@pytest.fixture(scope="module")
def engine() -> Engine:
    return shipped_engine()


def test_the_study_has_the_recorded_falls_and_every_design(engine: Engine) -> None:
    study = load_study(find_study("october_2025"), engine)
    price, recorded = study.plan.scenario.price, october_2025("BTC", "ETH", "SOL", "XRP")
    assert price.initial_price == recorded.initial_price
    assert price.drop == pytest.approx(recorded.drop, rel=1e-5)
    assert price.recovery == pytest.approx(recorded.recovery, rel=1e-5)
    assert price.duration_s == recorded.duration_s
    designs = {point["design"] for point in study.plan.points}
    assert designs | study.left_out.keys() == set(engine.design_ids)
    assert len(designs) >= 13


def test_every_fitted_number_is_in_the_study() -> None:
    """A parameter that the search has got and the study has not would stand at its default."""
    given = tomllib.loads(find_study("october_2025").read_text())["scenario"]
    missing = [p.path for p in PARAMETERS if p.path not in dict(flatten(given))]
    assert not missing, "fit again and paste OUT/fitted.toml"


def test_designs_that_a_scenario_refuses_are_left_out_with_the_reason(
    tmp_path: Path, engine: Engine
) -> None:
    text = find_study("october_2025").read_text().replace("ticks = 1200", "ticks = 20000")
    (tmp_path / "long.toml").write_text(text)
    study = load_study(tmp_path / "long.toml", engine)
    usual = load_study(find_study("october_2025"), engine).left_out
    too_long = {name for name, reason in study.left_out.items() if "shorten it" in reason}
    assert too_long
    assert not too_long & usual.keys()
    assert study.left_out.keys() == usual.keys() | too_long
    assert opening(study, {})["left_out"] == study.left_out
    assert not {point["design"] for point in study.plan.points} & study.left_out.keys()


def test_the_window_is_the_records_clock() -> None:
    scenario = replace(CRASH, ticks=1500, price=october_2025("BTC", start_s=120.0))
    assert window_of(scenario) == (120.0 + 25 * 60, 120.0 + 37 * 60)


def test_a_scenario_without_the_events_clock_is_refused() -> None:
    with pytest.raises(ValueError, match="starts at a known time"):
        window_of(PRESETS["benchmark"])
    with pytest.raises(ValueError, match="raise ticks"):
        window_of(replace(CRASH, ticks=900))


def test_targets_have_sources_and_intervals_that_hold_them() -> None:
    assert [*TARGETS] == [moment.name for moment in MOMENTS]
    for target in TARGETS.values():
        assert target.source
        assert target.discrepancy > 0.0
        if target.sampling:
            assert target.low < target.value < target.high
        else:
            assert math.isnan(target.low)
    assert TARGETS["adl_to_liquidation"].value == pytest.approx(0.3816, abs=1e-4)
    assert TARGETS["first_adl_delay_s"].value == pytest.approx(61.704, abs=1e-3)
    assert TARGETS["duration_s"].value / 60.0 == pytest.approx(10.88, abs=0.01)


@pytest.mark.compiled
def test_the_command_fits_writes_and_draws(
    tmp_path: Path, engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    text = find_study("october_2025").read_text().replace("traders = 3000", "traders = 400")
    (tmp_path / "small.toml").write_text(text)
    out = tmp_path / "out"
    words = ["calibrate", str(tmp_path / "small.toml"), "--out", str(out)]
    assert main([*words, "--evaluations", "5", "--seeds", "2", "--fresh", "4"]) == 0
    assert "on fresh replicates" in " ".join(capsys.readouterr().out.split())
    found = json.loads((out / "calibration.json").read_text())
    assert [moment["name"] for moment in found["moments"]] == [moment.name for moment in MOMENTS]
    assert found["distance_search"] <= found["distance_start"]
    fitted = tomllib.loads((out / "fitted.toml").read_text())["scenario"]
    with_overrides(problem_of(load_study(tmp_path / "small.toml", engine), engine).base, fitted)
    with (out / "data" / "calibration_runs.csv").open() as rows:
        assert len([*csv.DictReader(rows)]) == 4
    drawn = {file.name for file in (out / "figures").iterdir()}
    assert {"calibration_fit.png", "calibration_search.pdf"} <= drawn


@pytest.mark.compiled
def test_a_study_that_cannot_be_fitted_is_told_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = find_study("october_2025").read_text().replace("ticks = 1200", "ticks = 900")
    (tmp_path / "short.toml").write_text(text)
    words = ["calibrate", str(tmp_path / "short.toml"), "--out", str(tmp_path / "o")]
    assert main([*words, "--evaluations", "5", "--seeds", "2", "--fresh", "2"]) == 1
    told = capsys.readouterr().err
    assert "lasts 1800 s" in told
    assert "raise ticks" in told
    assert not (tmp_path / "o" / "search.json").exists()


@pytest.mark.compiled
def test_an_interrupted_fit_says_how_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("experiments.calibrate.calibrate", interrupted)
    out = tmp_path / "my fit"
    assert main(["calibrate", "october_2025", "--out", str(out), "--seeds", "5"]) == 130
    told = capsys.readouterr().err
    assert f"adlab calibrate october_2025 --out '{out}' --seeds 5" in told
