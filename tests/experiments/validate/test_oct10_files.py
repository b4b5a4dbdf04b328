"""The released files are refused in one sentence when they are not what they should be."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from rich.console import Console

from analysis.validation.october import FIGURES
from experiments.validate.oct10 import Record, recompute, table, write
from experiments.validate.oct10.files import load
from experiments.validate.oct10.report import COLUMNS


@pytest.fixture
def copy(data_dir: Path, tmp_path: Path) -> Path:
    return shutil.copytree(data_dir / "oss_adl", tmp_path / "oss_adl")


@pytest.fixture(scope="module")
def record(data_dir: Path) -> Record:
    return recompute(data_dir)


def edit(file: Path, column: str, row: int, value: object) -> None:
    frame = pd.read_csv(file).astype({column: object})
    frame.loc[row, column] = value
    file.chmod(0o644)
    frame.to_csv(file, index=False)


def test_a_folder_without_the_files_says_where_they_are(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^no files of the 10 October .*; clone https://github"):
        load(tmp_path)


@pytest.mark.data
def test_the_folder_itself_or_the_one_above_it(copy: Path) -> None:
    assert load(copy).inputs == load(copy.parent).inputs


@pytest.mark.data
def test_a_clone_keeps_its_horizons_deeper(copy: Path) -> None:
    before = load(copy)
    deeper = copy / "eval_horizon_sweep" / "gap_ms=5000"
    copy.chmod(0o755)
    deeper.mkdir(parents=True)
    for folder in sorted(copy.glob("horizon_ms=*")):
        folder.chmod(0o755)
        folder.rename(deeper / folder.name)
    after = load(copy)
    assert set(after.inputs.values()) == set(before.inputs.values())


@pytest.mark.data
def test_a_missing_file_is_named(copy: Path) -> None:
    copy.chmod(0o755)
    (copy / "per_shock_metrics_queue.csv").unlink()
    with pytest.raises(ValueError, match=r"per_shock_metrics_queue\.csv is missing; take it"):
        load(copy)


@pytest.mark.data
def test_a_missing_column_is_named(copy: Path) -> None:
    file = copy / "policy_per_wave_metrics.csv"
    file.chmod(0o644)
    pd.read_csv(file).drop(columns="max_pct_eq_pr").to_csv(file, index=False)
    with pytest.raises(ValueError, match=r"has no column 'max_pct_eq_pr'; take the file again"):
        load(copy)


@pytest.mark.data
@pytest.mark.parametrize("value", ["many", None, "inf"])
def test_what_is_no_number_is_named_with_its_line(copy: Path, value: object) -> None:
    edit(copy / "bad_debt_loser_waves.csv", "deficit_usd", 2, value)
    with pytest.raises(ValueError, match=r"bad_debt_loser_waves\.csv:4: column 'deficit_usd'"):
        load(copy)


@pytest.mark.data
def test_files_of_different_waves_are_refused(copy: Path) -> None:
    edit(copy / "policy_per_wave_metrics.csv", "wave", 3, 6)
    with pytest.raises(ValueError, match=r"policy_per_wave_metrics\.csv has other waves"):
        load(copy)


@pytest.mark.data
def test_coin_gaps_of_another_wave_are_refused(copy: Path) -> None:
    file = copy / "horizon_ms=0" / "two_pass_wave_coin_gap_per_contract.csv"
    edit(file, "wave", 0, 3)
    with pytest.raises(ValueError, match=r"do not share wave 3; take all files"):
        load(copy)


@pytest.mark.data
def test_a_bound_that_a_policy_undercuts_is_refused(copy: Path) -> None:
    edit(copy / "policy_per_wave_metrics.csv", "max_pct_pr", 0, 1e-6)
    with pytest.raises(ValueError, match=r"continuous pro-rata raises the needed budget of wave 1"):
        recompute(copy)


@pytest.mark.data
def test_a_bound_that_raises_too_little_is_refused(copy: Path) -> None:
    edit(copy / "policy_per_wave_metrics.csv", "budget_eq_pr", 0, 1.0)
    with pytest.raises(ValueError, match=r"so its burden bounds nothing"):
        recompute(copy)


@pytest.mark.data
def test_the_record_on_disk(record: Record, tmp_path: Path) -> None:
    files = write(record, tmp_path / "first")
    assert [file.name for file in files[:2]] == ["oct10.csv", "oct10.json"]
    written = pd.read_csv(files[0])
    assert tuple(written.columns) == COLUMNS
    assert len(written) == len(record.rows)
    whole = json.loads(files[1].read_text())
    assert len(whole["rows"]) == len(record.rows)
    assert whole["inputs"] == record.inputs
    again = write(record, tmp_path / "second")
    assert [file.read_bytes() for file in files] == [file.read_bytes() for file in again]


@pytest.mark.data
def test_eighty_columns_hold_the_screen_without_cutting_a_number(record: Record) -> None:
    console = Console(width=80, record=True, file=None, quiet=False, force_terminal=False)
    with console.capture() as shown:
        console.print(table(record))
    lines = shown.get().splitlines()
    assert max(map(len, lines)) <= 80
    assert "…" not in shown.get()
    assert any("53,782,490.53" in line and "agrees" in line for line in lines)


@pytest.mark.data
@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.name)
def test_every_figure_has_its_tables(record: Record, tmp_path: Path, figure) -> None:
    write(record, tmp_path)
    assert figure.missing(tmp_path / "data") == ()
    drawn = figure.draw_from(tmp_path / "data")
    drawn.canvas.draw()
    assert all(axes.get_title(loc="left") or axes.get_xlabel() for axes in drawn.axes)


@pytest.mark.data
def test_nothing_is_found_that_is_not_there(record: Record) -> None:
    with pytest.raises(ValueError, match=r"no quantity 'luck' in section 'totals' for wave 4"):
        record.find("totals", "luck", 4)
