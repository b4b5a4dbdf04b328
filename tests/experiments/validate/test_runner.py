"""Runner and report: claims that fail, workers that die, Ctrl-C, and what is left on disk."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console

from experiments.errors import DiskError, StudyError
from experiments.validate import report
from experiments.validate.claim import Claim, Settings
from experiments.validate.runner import Outcome, attempt, chosen, run_claims
from tests.experiments.validate import broken_claims as broken
from tests.experiments.validate.broken_claims import claim

QUICK = Settings(seed=7)
DRAWN = tuple(claim(number, broken.drawn) for number in (3, 1, 2))


def run(*claims: Claim, workers: int = 1) -> tuple[list[Outcome], int]:
    """Outcomes, and how many claims were reported as done."""
    done: list[int] = []
    return run_claims(claims, QUICK, workers, done.append), sum(done)


def draws(outcomes: list[Outcome]) -> dict[str, float]:
    return {o.claim.id: o.finding.measurements[0].measured for o in outcomes if o.finding}


# --- running -------------------------------------------------------------------------------------


def test_outcomes_know_neither_order_nor_number_of_workers() -> None:
    one, _ = run(*DRAWN)
    two, done = run(*reversed(DRAWN), workers=2)
    assert [o.claim.id for o in one] == ["V3", "V1", "V2"]
    assert [o.claim.id for o in two] == ["V2", "V1", "V3"]
    assert draws(one) == draws(two)
    assert len(set(draws(one).values())) == 3
    assert done == 3


def test_another_seed_draws_other_numbers() -> None:
    found, _ = attempt(DRAWN[0], Settings(seed=8))
    assert found is not None
    assert found.measurements[0].measured != draws(run(DRAWN[0])[0])["V3"]


def test_a_claim_that_fails_is_an_outcome_in_one_line() -> None:
    outcomes, done = run(DRAWN[0], claim(5, broken.failing), claim(6, broken.crooked), workers=2)
    assert [o.finding is None for o in outcomes] == [False, True, True]
    assert outcomes[1].error == "ZeroDivisionError: division by a deficit of 0, in two lines"
    assert "the columns of table crooked differ in length" in outcomes[2].error
    assert done == 3


@pytest.mark.parametrize("workers", [1, 2])
def test_a_claim_that_kills_its_process_takes_no_other_with_it(workers: int) -> None:
    outcomes, done = run(claim(4, broken.dying), *DRAWN, workers=workers)
    assert outcomes[0].error == "its worker process died (memory?)"
    assert set(draws(outcomes)) == {"V1", "V2", "V3"}
    assert draws(outcomes) == draws(run(*DRAWN)[0])
    assert done == 4


@pytest.mark.parametrize(
    ("settings", "workers", "says"),
    [(QUICK, 0, "--workers must be 1 or more, not 0"), (Settings(seed=-1), 1, "--seed must be 0")],
)
def test_numbers_out_of_range_are_named(settings: Settings, workers: int, says: str) -> None:
    with pytest.raises(StudyError, match=says):
        run_claims(DRAWN, settings, workers, lambda _: None)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_ends_driver_and_worker(tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    program = (
        "from experiments.validate.claim import Settings\n"
        "from experiments.validate.runner import run_claims\n"
        "from tests.experiments.validate import broken_claims as broken\n"
        "claims = [broken.claim(n, broken.waiting) for n in (1, 2)]\n"
        "run_claims(claims, Settings(), 2, print)\n"
    )
    driver = subprocess.Popen(
        [sys.executable, "-c", program],
        env=os.environ | {"ADLAB_TEST_BEGUN": str(begun)},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        _until(begun.exists, 60.0)
        worker = int(begun.read_text() or "0")
        driver.send_signal(signal.SIGINT)
        _, said = driver.communicate(timeout=20.0)
        assert "KeyboardInterrupt" in said
        assert worker > 0
        _until(lambda: not _alive(worker), 20.0)
    finally:
        driver.kill()


def _until(condition: object, limit_s: float) -> None:
    end = time.monotonic() + limit_s
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def _alive(process: int) -> bool:
    """Whether a process runs; one that only waits to be collected by its parent does not."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{process}/stat")
    try:
        return not state.exists() or state.read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


# --- choosing ------------------------------------------------------------------------------------


def test_claims_are_chosen_in_the_order_of_their_numbers() -> None:
    claims = tuple(claim(number, broken.drawn) for number in (10, 2, 1))
    assert [c.id for c in chosen(claims, None)] == ["V1", "V2", "V10"]
    assert [c.id for c in chosen(claims, " v10 ,V1,v1,")] == ["V1", "V10"]


@pytest.mark.parametrize(
    ("only", "says"),
    [
        ("V1,V99", "there is no claim 'V99'; give ids from V1 to V10"),
        ("one", "there is no claim 'ONE'"),
        (" , ", "--only names no claim"),
        ("", "--only names no claim"),
    ],
)
def test_a_wrong_name_says_what_there_is(only: str, says: str) -> None:
    claims = tuple(claim(number, broken.drawn) for number in (10, 2, 1))
    with pytest.raises(StudyError, match=says):
        chosen(claims, only)


# --- reporting -----------------------------------------------------------------------------------


def outcomes_of_all_kinds() -> list[Outcome]:
    claims = (claim(1, broken.drawn), claim(2, broken.unknown), claim(3, broken.failing))
    return [Outcome(one, *attempt(one, QUICK)) for one in claims]


def test_json_is_strict_and_unknown_numbers_are_null(tmp_path: Path) -> None:
    report.write(outcomes_of_all_kinds(), QUICK, tmp_path)

    def refuse(token: str) -> None:
        raise AssertionError(f"{token} is not JSON")

    whole = json.loads((tmp_path / "claims.json").read_text(), parse_constant=refuse)
    first, odd, failed = whole["claims"]
    assert whole["seed"] == 7
    assert first["tables"] == ["drawn"]
    assert odd["measurements"][0] == {
        "name": "not a number",
        "predicted": None,
        "measured": None,
        "low": None,
        "high": None,
        "unit": "1",
    }
    assert failed["verdict"] is None
    assert failed["error"].startswith("ZeroDivisionError")


def test_tables_are_csv_with_empty_fields_for_the_unknown(tmp_path: Path) -> None:
    outcomes = outcomes_of_all_kinds()
    report.write(outcomes, QUICK, tmp_path)
    lines = list(csv.reader(io.StringIO((tmp_path / "data" / "drawn.csv").read_text())))
    value = repr(draws(outcomes)["V1"])
    assert lines == [["name", "value", "size"], ["a, b", value, "1"], ["c", "", "2"]]
    rows = list(csv.DictReader(io.StringIO((tmp_path / "claims.csv").read_text())))
    assert [row["claim"] for row in rows] == ["V1", "V2", "V2", "V3"]
    assert tuple(rows[0]) == report.COLUMNS
    assert rows[1]["measured"] == ""
    assert rows[3]["error"].startswith("ZeroDivisionError")


def test_the_same_claims_give_the_same_bytes(tmp_path: Path) -> None:
    for name, workers in (("one", 1), ("two", 2)):
        report.write(run(*DRAWN[:1], claim(2, broken.unknown), workers=workers)[0], QUICK,
                     tmp_path / name)  # fmt: skip
    files = sorted(p.relative_to(tmp_path / "one") for p in (tmp_path / "one").rglob("*.*"))
    assert len(files) == 4
    for file in files:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_tables_of_an_earlier_run_are_removed_and_other_files_are_not(tmp_path: Path) -> None:
    report.write(outcomes_of_all_kinds(), QUICK, tmp_path)
    (tmp_path / "data" / "mine.csv").write_text("a\n1\n")
    report.write(outcomes_of_all_kinds()[1:], QUICK, tmp_path)
    assert [p.name for p in (tmp_path / "data").iterdir()] == ["mine.csv"]


def test_two_tables_of_one_name_are_refused(tmp_path: Path) -> None:
    both = [Outcome(one, *attempt(one, QUICK)) for one in DRAWN[:2]]
    with pytest.raises(ValueError, match="two claims have a table drawn"):
        report.write(both, QUICK, tmp_path)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DiskError, match="choose --out DIR"):
        report.prepared(tmp_path / "file" / "out")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"claims": [{}]}', '{"claims": 1}', "\xff"], ids=repr
)
def test_a_damaged_file_of_an_earlier_run_is_named_before_anything_is_run(
    text: str, tmp_path: Path
) -> None:
    damaged = tmp_path / "claims.json"
    damaged.write_bytes(text.encode("latin-1"))
    with pytest.raises(DiskError, match=r"claims\.json is damaged .*; remove it, or choose --out"):
        report.prepared(tmp_path)


def test_no_file_outside_the_tables_is_removed(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("a\n1\n")
    (tmp_path / "claims.json").write_text('{"claims": [{"tables": ["../mine"]}]}')
    report.write(outcomes_of_all_kinds(), QUICK, report.prepared(tmp_path))
    assert (tmp_path / "mine.csv").is_file()


def test_a_row_of_the_readers_table_stays_one_row(tmp_path: Path) -> None:
    report.write(outcomes_of_all_kinds(), QUICK, tmp_path)
    text = (tmp_path / "report.md").read_text()
    assert "Unknown \\| odd sentence." in text
    assert sum(line.startswith("| V") for line in text.splitlines()) == 3


def test_the_screen_fits_in_80_columns_with_nothing_cut() -> None:
    from experiments.validate.theory import CLAIMS

    outcomes = [Outcome(one, None, "SomeError: a sentence that is long " * 3) for one in CLAIMS]
    outcomes += outcomes_of_all_kinds()
    console = Console(width=80, file=io.StringIO(), legacy_windows=False)
    console.print(report.screen(outcomes))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert max(map(len, text.splitlines())) <= 80
    assert "…" not in text
    assert all(f"{one.id} " in text for one in CLAIMS)


@pytest.mark.parametrize(
    ("value", "text"),
    [(float("nan"), "-"), (0.0, "0"), (1e-7, "1e-07"), (0.7519, "0.752"), (129.7e6, "1.30e+08")],
)
def test_numbers_on_the_screen(value: float, text: str) -> None:
    assert report.number(value) == text
