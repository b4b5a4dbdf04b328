"""The command line: verbs, messages, exit codes, and a width of 80 columns."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from experiments.cli import Parts, main
from experiments.spec import load_study
from tests.experiments.toy_cli import PARTS
from tests.experiments.toy_engine import ENGINE

type Write = Callable[..., Path]
VERBS = ("study", "sweep", "resume", "status", "figures", "replay", "list", "describe")


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def results(write_study: Write, capsys: pytest.CaptureFixture[str]) -> str:
    """A complete results folder."""
    assert run("study", str(write_study()), "--executor", "in-process", "--out", "r") == 0
    capsys.readouterr()
    return "r"


def run(*words: str, parts: Parts = PARTS) -> int:
    return main(words, parts)


def one_sentence(text: str) -> str:
    assert text.startswith("adlab: ")
    assert text.count("\n") == 1
    assert "Traceback" not in text
    return text


def test_a_study_ends_with_a_table_and_paths_in_80_columns(
    write_study: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write_study()
    assert run("study", str(file), "--executor", "in-process") == 0
    out = capsys.readouterr().out
    folder = Path("results") / f"toy-{load_study(file, ENGINE).sha[:8]}"
    assert folder.is_dir()
    table = out[out.index("design") : out.index("results ")].splitlines()
    assert max(map(len, table)) <= 80
    assert [line.split()[0] for line in table if line.split()][-3:-1] == ["queue", "pro_rata"]
    assert "…" not in out
    for name in ("results.parquet", "report.html", "figures"):
        assert name in out
    assert (folder / "report.html").exists()


def test_a_sweep_may_leave_the_drawing(write_study: Write) -> None:
    words = ("--executor", "in-process", "--out", "r", "--no-figures", "--quick")
    assert run("sweep", str(write_study()), *words) == 0
    assert not Path("r/report.html").exists()
    assert pq.read_metadata("r/results.parquet").num_rows == 8


def test_without_words_the_default_study_is_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 1  # the toy lacks the designs of the real default study
    error = one_sentence(capsys.readouterr().err)
    assert "default.toml:" in error
    assert "unknown design" in error
    assert run("--quick") == 1


def test_resume_status_and_figures(results: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path(results, "parts", "part-000001.parquet").unlink()
    assert run("status", results) == 0
    out = capsys.readouterr().out
    assert "runs     17 of 20 stored, 0 failed" in out
    assert run("resume", results, "--executor", "in-process") == 0
    assert "17 of 20 runs are already stored" in capsys.readouterr().out
    Path(results, "report.html").unlink()
    assert run("figures", results) == 0
    assert Path(results, "report.html").exists()
    assert run("status", results) == 0
    assert "20 of 20 stored" in capsys.readouterr().out


def test_replay_writes_the_event_log(results: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("replay", results, "p001-r0002") == 0
    assert "to the last bit" in capsys.readouterr().out
    assert pq.read_metadata("r/replay/p001-r0002.parquet").num_rows == 3
    assert Path("r/replay/p001-r0002-series.csv").exists()
    assert not Path("r/replay/p001-r0002-links.csv").exists()
    assert run("replay", results, "p001-r0002", "--events", "e.parquet") == 0
    assert Path("e.parquet").exists()
    assert run("replay", results, "p001-r0002", "--network-every", "120") == 0
    assert Path("r/replay/p001-r0002-links.csv").exists()
    assert "venues   " in capsys.readouterr().out
    assert run("replay", results, "p001-r9999") == 1
    assert "there is no task" in one_sentence(capsys.readouterr().err)


def test_a_dry_run_says_the_cost_and_stores_nothing(
    write_study: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write_study(scenario="sleep_s = 0.01\n")
    before = sorted(tmp_path.iterdir())
    assert run("study", str(file), "--dry-run", "--workers", "4") == 0
    assert sorted(tmp_path.iterdir()) == before
    out = capsys.readouterr().out
    for word in ("runs", "20", "points", "chunks", "CPU-hours", "on 4 workers", "disk", "MB"):
        assert word in out
    assert max(map(len, out.splitlines())) <= 80
    broken = write_study(scenario="fail_at = 0\n")
    assert run("study", str(broken), "--dry-run") == 1
    assert "runs of the sample failed" in one_sentence(capsys.readouterr().err)


def test_lists_and_descriptions(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("list") == 0
    out = capsys.readouterr().out
    for word in ("designs", "pro_rata", "studies", "replay_btc", "presets", "crash", "taken_gini"):
        assert word in out
    assert max(map(len, out.splitlines())) <= 80
    assert run("list", "designs") == 0
    assert "presets" not in capsys.readouterr().out
    assert run("describe", "queue") == 0
    assert capsys.readouterr().out == "queue is a toy\n"
    assert run("describe", "qeue") == 1
    assert "did you mean 'queue'" in one_sentence(capsys.readouterr().err)
    assert run("list", "mechanisms") == 0
    out = capsys.readouterr().out
    assert "min_max_lots" in out
    assert max(map(len, out.splitlines())) <= 80
    assert run("list", "designs", "--status", "checked") == 1
    assert "no design is checked" in one_sentence(capsys.readouterr().err)
    assert run("list", "presets", "--family", "pools") == 1
    assert "adlab list designs" in one_sentence(capsys.readouterr().err)


def test_failed_runs_are_named_and_exit_with_1(
    write_study: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write_study(scenario="fail_at = 2\n")
    assert run("study", str(file), "--executor", "in-process", "--out", "r") == 1
    error = one_sentence(capsys.readouterr().err)
    assert "4 of 20 runs failed" in error
    assert "p000-r0002: ValueError: replicate 2 was told to fail" in error
    assert Path("r/report.html").exists()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("study", "none.toml"), "there is no study file or shipped study 'none.toml'"),
        (("resume", "none"), "none holds no results"),
        (("status", "none"), "none holds no results"),
        (("figures", "none"), "none holds no results"),
        (("study", "toy.toml", "--executor", "ray", "--workers", "0"), "1 or more, not 0"),
        (("study", "toy.toml", "--address", "auto"), "add --executor ray"),
        (("study", "toy.toml", "--data", "none.csv"), "replays no recorded prices"),
    ],
)
def test_failures_are_one_sentence(
    write_study: Write,
    words: tuple[str, ...],
    expected: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_study()
    assert run(*words) == 1
    assert expected in one_sentence(capsys.readouterr().err)


@pytest.mark.parametrize(
    "words",
    [
        ("stdy",),
        ("study", "--exector", "ray"),
        ("list", "desgns"),
        ("replay", "r"),
        ("replay", "r", "p0-r0", "--network-every", "0"),
        ("replay", "r", "p0-r0", "--network-every", "x"),
    ],
)
def test_wrong_words_are_one_sentence(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        run(*words)
    assert ended.value.code == 1
    assert "--help" in one_sentence(capsys.readouterr().err)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_with_an_example(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(verb, "--help")
    assert ended.value.code == 0
    out = capsys.readouterr().out
    assert f"adlab {verb}" in out.partition("example:")[2]
    with pytest.raises(SystemExit):
        run("--help")
    assert verb in capsys.readouterr().out


def test_a_fault_of_the_program_names_its_type(
    write_study: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(folder: Path) -> list[Path]:
        raise TypeError("a\nb")

    words = ("study", str(write_study()), "--executor", "in-process", "--out", "r")
    parts = dataclasses.replace(PARTS, build=broken)
    assert run(*words, parts=parts) == 1
    error = one_sentence(capsys.readouterr().err)
    assert "TypeError: a b (add --debug for the traceback)" in error
    with pytest.raises(TypeError):
        run(*words, "--debug", parts=parts)
