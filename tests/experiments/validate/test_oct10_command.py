"""`adlab validate oct10` as a user runs it: where data is found, what is written, what fails."""

import json
from pathlib import Path

import pytest

from experiments.cli import main
from tests.experiments.validate.oct10_episode import write_episode


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_episode(tmp_path / "data" / "oss_adl").parent


@pytest.fixture(autouse=True)
def _eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("ADLAB_DATA", raising=False)


def run(*words: object) -> int:
    return main(["validate", "oct10", *map(str, words)])


def test_table_files_and_no_figures(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, copy = tmp_path / "out", tmp_path / "numbers.json"
    assert run("--data", data, "--out", out, "--json", copy, "--no-figures") == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    assert "published" in shown.out
    assert "recomputed" in shown.out
    assert f"results  {out}" in shown.out
    assert {file.name for file in out.iterdir()} == {"oct10.csv", "oct10.json", "oct10.md", "data"}
    assert copy.read_bytes() == (out / "oct10.json").read_bytes()
    assert json.loads(copy.read_text())["event"] == "2025-10-10"


def test_figures_are_drawn_from_the_tables(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run("--data", data, "--out", out) == 0
    drawn = {file.stem for file in (out / "figures").glob("*.pdf")}
    names = ("overshoot", "deficits", "controllers", "objective", "ex_ante")
    assert drawn == {f"oct10_{name}" for name in names}


def test_the_environment_names_the_data(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADLAB_DATA", str(data))
    assert run("--out", tmp_path / "out", "--no-figures") == 0


@pytest.mark.parametrize("make", [False, True], ids=["no folder", "an empty one"])
def test_no_data_is_one_sentence_and_exit_code_one(
    make: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "nowhere"
    if make:
        place.mkdir()
    assert run("--data", place, "--out", tmp_path / "out") == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("\n") == 1
    assert "git clone https://github.com/pluriholonomic/autodeleveraging-analysis" in shown.err
    assert not (tmp_path / "out").exists()


def test_partial_data_names_the_missing_file(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (data / "oss_adl" / "policy_per_wave_metrics.csv").unlink()
    assert run("--data", data, "--out", tmp_path / "out") == 1
    assert "policy_per_wave_metrics.csv is missing; take it from" in capsys.readouterr().err


def test_a_corrupted_file_names_the_column(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = data / "oss_adl" / "per_shock_metrics_queue.csv"
    file.write_text(file.read_text().replace(",400.0\n", ",4oo\n"))
    assert run("--data", data, "--out", tmp_path / "out") == 1
    message = capsys.readouterr().err
    assert (
        "per_shock_metrics_queue.csv:2: column 'budget_queue_usd' has no number ('4oo')" in message
    )
