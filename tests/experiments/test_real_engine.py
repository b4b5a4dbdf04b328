"""The shipped simulator under the sweep: equal bytes, exact replay, a user's own design."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from experiments.cli import SHIPPED, main
from experiments.engine import Engine, shipped_engine
from experiments.replay import replay
from experiments.runner import Execution, run_study
from experiments.spec import Options, Study, load_study, shipped_studies
from tests.experiments.silent import Silent

SMALL = """\
[study]
name = "small"
seed = 1
replicates = 2
preset = "crash"
series_every_s = 60

[scenario]
traders = 100
ticks = 400
price.start_s = 60.0

[levers]
design = ["binance", "drift"]
"""

OWN = """\
from dataclasses import replace

from abm.adl.catalog import design
from abm.adl.score import CustomScore


def profit(exposure):
    return exposure.pnl_usd


FairQueue = replace(design("binance"), id="fair_queue", score=CustomScore(profit))
"""


@pytest.fixture(scope="module")
def engine() -> Engine:
    return shipped_engine()


@pytest.fixture
def small(tmp_path: Path, engine: Engine) -> Study:
    (tmp_path / "small.toml").write_text(SMALL)
    return load_study(tmp_path / "small.toml", engine)


def sha_of(study: Study, folder: Path, engine: Engine, execution: Execution) -> str:
    finished = run_study(study, folder, engine, execution, Silent())
    assert finished.first_error == ""
    return finished.results_sha


def test_pool_equals_in_process_and_every_task_is_replayed(
    small: Study, tmp_path: Path, engine: Engine
) -> None:
    expected = sha_of(small, tmp_path / "a", engine, Execution("in-process"))
    assert sha_of(small, tmp_path / "b", engine, Execution("pool", 2)) == expected
    for task in ("p000-r0000", "p000-r0001", "p001-r0000", "p001-r0001"):
        repeated = replay(small, tmp_path / "b", task, engine)
        assert repeated.events.num_rows > 0
    series = pq.read_table(tmp_path / "a" / "series.parquet")
    assert series.column_names[3:] == [measure.name for measure in engine.series]


@pytest.mark.ray
def test_ray_equals_in_process(
    small: Study, tmp_path: Path, engine: Engine, local_ray: None
) -> None:
    expected = sha_of(small, tmp_path / "a", engine, Execution("in-process"))
    assert sha_of(small, tmp_path / "c", engine, Execution("ray", 2)) == expected


def test_a_users_design_runs_in_workers(tmp_path: Path, engine: Engine) -> None:
    (tmp_path / "own.toml").write_text(SMALL.replace('"drift"', '"own_designs:FairQueue"'))
    (tmp_path / "own_designs.py").write_text(OWN)
    study = load_study(tmp_path / "own.toml", engine)
    expected = sha_of(study, tmp_path / "a", engine, Execution("in-process"))
    assert sha_of(study, tmp_path / "b", engine, Execution("pool", 2)) == expected


def test_shipped_studies_load(tmp_path: Path, engine: Engine) -> None:
    data = tmp_path / "btc.csv"
    data.touch()
    for name, file in shipped_studies().items():
        study = load_study(file, engine, Options(data=(data,) if name == "replay_btc" else ()))
        assert study.name == name
        if name not in ("default", "october_2025", "replay_btc"):
            continue  # studies of several venues compare other things than designs
        designs = {point["design"] for point in study.plan.points}
        assert len(designs) >= 8
        if name != "october_2025":  # it holds traders still, as the record does
            assert study.plan.points[0].keys() >= {"design", "disclosure", "reacting"}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"drift"', '"drifd"', "small.toml:14: unknown design 'drifd'; did you mean 'drift'"),
        ("traders = 100", "traders = -1", "small.toml:9: traders is -1"),
        ("traders = 100", '"venues.*.max_leverage" = -5.0', "small.toml:9: "),
        ("ticks = 400", "population.maker = 4", "small.toml:10: unknown field 'maker'"),
        ("price.start_s = 60.0", 'price.kind = "crash"', "small.toml:11: unknown kind 'crash'"),
    ],
)
def test_wrong_scenarios_are_one_sentence_with_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, words: str
) -> None:
    file = tmp_path / "small.toml"
    assert old in SMALL
    file.write_text(SMALL.replace(old, new))
    assert main(["study", str(file)], SHIPPED) == 1
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1


def test_designs_are_listed_and_described(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"], SHIPPED) == 0
    out = capsys.readouterr().out
    assert "wealth_pro_rata" in out
    assert max(map(len, out.splitlines())) <= 80
    assert main(["describe", "binance"], SHIPPED) == 0
    out = capsys.readouterr().out
    for slot in ("trigger", "severity", "capacity", "score", "allocation", "close_price", "source"):
        assert slot in out
