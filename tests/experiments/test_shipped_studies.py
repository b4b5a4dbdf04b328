"""Every shipped study loads on the shipped simulator, and its dry run says what it would cost.

The dry run is the real one but for the runs it times: a stand-in returns the shipped outcomes at
once, so that nothing is compiled.
"""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments.cli import SHIPPED, main
from experiments.engine import Engine, shipped_engine
from experiments.spec import Options, Study, load_study, shipped_studies

NEEDS_DATA = ("replay_btc",)
"""Studies whose recorded prices do not come with adlab."""

STUDIES = tuple(shipped_studies())

each_study = pytest.mark.parametrize("name", STUDIES)


@dataclasses.dataclass(frozen=True)
class Instant:
    """A run that took no time."""

    outcomes: Mapping[str, float]
    series: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    venues: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    links: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    events: None = None
    notes: tuple[str, ...] = ()


@pytest.fixture(scope="module")
def engine() -> Engine:
    """The shipped simulator with runs that take no time."""
    shipped = shipped_engine()
    outcomes = {measure.name: 0.0 for measure in shipped.outcomes}
    series = {measure.name: np.zeros(2) for measure in shipped.series}
    venues = {"venue": ["a"], **{measure.name: np.zeros(1) for measure in shipped.venues}}
    links: dict[str, Any] = {
        "time_s": np.zeros(1),
        "source": ["a"],
        "target": ["b"],
        "layer": ["hedge"],
    }
    links["usd"] = np.ones(1)

    def instant(_scenario: Any, _seed: int, _replicate: int, **how: Any) -> Instant:
        in_time = {} if how.get("series_every_s") is None else series
        if how.get("network_every_s") is None:
            return Instant(outcomes, in_time)
        return Instant(outcomes, in_time, venues, links)

    return dataclasses.replace(shipped, simulate=instant, warm_up=lambda _: None)


@pytest.fixture
def bars(tmp_path: Path) -> Path:
    """A file that stands for a record of prices: it is hashed, never read."""
    file = tmp_path / "btc.csv"
    file.touch()
    return file


def loaded(name: str, engine: Engine, bars: Path) -> Study:
    data = (bars,) if name in NEEDS_DATA else ()
    return load_study(shipped_studies()[name], engine, Options(data=data))


@each_study
def test_it_loads_under_its_own_name(name: str, engine: Engine, bars: Path) -> None:
    study = loaded(name, engine, bars)
    assert study.name == name
    assert study.plan.replicates >= 10
    assert study.plan.runs == len(study.plan.points) * study.plan.replicates
    assert study.plan.levers
    assert all(reason.endswith(".") for reason in study.left_out.values())


@each_study
def test_its_points_differ_and_the_outcomes_it_puts_first_exist(
    name: str, engine: Engine, bars: Path
) -> None:
    study = loaded(name, engine, bars)
    points = [repr(sorted(point.items())) for point in study.plan.points]
    assert len(set(points)) == len(points) > 1
    assert set(study.outcomes) <= {measure.name for measure in engine.outcomes}
    assert len(set(study.outcomes)) == len(study.outcomes)


@each_study
def test_its_dry_run_says_runs_and_cost(
    name: str, engine: Engine, bars: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["study", name, "--dry-run", "--workers", "2"]
    words += ["--data", str(bars)] if name in NEEDS_DATA else []
    parts = dataclasses.replace(SHIPPED, engine=lambda: engine)
    assert main(words, parts) == 0
    lines = capsys.readouterr().out.splitlines()
    cells = [line.split("│") for line in lines if line.count("│") == 3]
    rows = {cell[1].strip(): cell[2].strip() for cell in cells}
    study = loaded(name, engine, bars)
    assert rows["runs"] == f"{study.plan.runs:,}"
    assert rows["points"] == f"{len(study.plan.points):,}"
    assert float(rows["seconds per run"].split()[0]) >= 0.0
    assert float(rows["CPU-hours"]) >= 0.0
    assert "on 2 workers" in rows["wall time"]
    assert rows["disk"].endswith(" MB")


def test_there_are_studies() -> None:
    assert {"default", "october_2025"} <= set(STUDIES)
    assert set(NEEDS_DATA) <= set(STUDIES)
