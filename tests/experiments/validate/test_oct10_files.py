"""The released files are refused in one sentence when they are not what they should be.

The files are those of an invented episode in the same schema, so that this needs no recorded data.
"""

import json
from pathlib import Path

import pandas as pd
import pytest
from rich.console import Console

from analysis.validation import october, october_budgets
from experiments.validate.oct10 import Record, recompute, table, write
from experiments.validate.oct10.files import load
from experiments.validate.oct10.report import COLUMNS, markdown
from tests.experiments.validate.oct10_episode import write_episode

GAPS = "horizon_ms=0/two_pass_wave_coin_gap_per_contract.csv"
FILES = (
    "bad_debt_loser_waves.csv",
    "policy_per_wave_metrics.csv",
    "per_shock_metrics_queue.csv",
    "horizon_ms=2000/two_pass_equity_delta_by_wave.csv",
    GAPS,
    "two_time/per_user_reaction_metrics.csv",
    "two_time/strategic_accounts.csv",
)


@pytest.fixture
def episode(tmp_path: Path) -> Path:
    return write_episode(tmp_path / "data" / "oss_adl")


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Record:
    return recompute(write_episode(tmp_path_factory.mktemp("record") / "oss_adl"))


def edit(file: Path, column: str, row: int, value: object) -> None:
    frame = pd.read_csv(file).astype({column: object})
    frame.loc[row, column] = value
    frame.to_csv(file, index=False)


def test_a_folder_without_the_files_says_where_they_are(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^no files of the 10 October .*; git clone https://git"):
        load(tmp_path)


def test_the_folder_itself_or_the_one_above_it(episode: Path) -> None:
    assert load(episode).inputs == load(episode.parent).inputs


def test_a_clone_keeps_its_files_in_out_and_its_horizons_deeper(episode: Path) -> None:
    before = load(episode)
    clone = episode.parent / "clone"
    deeper = clone / "out" / "eval_horizon_sweep" / "gap_ms=5000"
    deeper.mkdir(parents=True)
    for item in sorted(episode.iterdir()):
        item.rename((deeper if item.name.startswith("horizon") else clone / "out") / item.name)
    assert set(load(clone).inputs.values()) == set(before.inputs.values())


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(episode: Path, name: str) -> None:
    (episode / name).unlink()
    with pytest.raises(
        ValueError, match=rf"{name} is missing; take it from https://github.com/.*/out"
    ):
        load(episode)


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("policy_per_wave_metrics.csv", "max_pct_eq_pr"),
        ("policy_per_wave_metrics.csv", "rd_nse_pr"),
        (GAPS, "coin"),
        ("per_shock_metrics_queue.csv", "t_end"),
        ("two_time/per_user_reaction_metrics.csv", "mean_undo_frac_5000ms"),
    ],
)
def test_a_missing_column_is_named_with_its_file(episode: Path, name: str, column: str) -> None:
    file = episode / name
    pd.read_csv(file).drop(columns=column).to_csv(file, index=False)
    with pytest.raises(ValueError, match=rf"{name} has no column '{column}'; take the file again"):
        load(episode)


@pytest.mark.parametrize("value", ["many", None, "inf"])
def test_what_is_no_number_is_named_with_its_line(episode: Path, value: object) -> None:
    edit(episode / "bad_debt_loser_waves.csv", "deficit_usd", 2, value)
    with pytest.raises(ValueError, match=r"bad_debt_loser_waves\.csv:4: column 'deficit_usd'"):
        load(episode)


def test_an_unknown_ratio_is_allowed_and_a_wrong_one_is_not(episode: Path) -> None:
    file = episode / "policy_per_wave_metrics.csv"
    edit(file, "ptsr_pr", 0, None)
    load(episode)
    edit(file, "ptsr_pr", 1, "n/k")
    with pytest.raises(ValueError, match=r"policy_per_wave_metrics\.csv:3: column 'ptsr_pr'"):
        load(episode)


def test_what_is_no_time_is_named_with_its_line(episode: Path) -> None:
    edit(episode / "per_shock_metrics_queue.csv", "t_start", 1, "nine o'clock")
    with pytest.raises(ValueError, match=r"per_shock_metrics_queue\.csv:3: column 't_start'"):
        load(episode)


@pytest.mark.parametrize("content", [b"", b"wave,\xff\xfe\n", b'wave\n1,2,"3\n4'])
def test_what_is_no_csv_is_named(episode: Path, content: bytes) -> None:
    (episode / "bad_debt_loser_waves.csv").write_bytes(content)
    with pytest.raises(ValueError, match=r"bad_debt_loser_waves\.csv is no CSV file"):
        load(episode)


def test_a_file_of_headers_alone_is_refused(episode: Path) -> None:
    file = episode / "two_time" / "passive_accounts.csv"
    pd.read_csv(file).head(0).to_csv(file, index=False)
    with pytest.raises(ValueError, match=r"passive_accounts\.csv has no rows"):
        load(episode)


def test_files_of_different_waves_are_refused(episode: Path) -> None:
    edit(episode / "policy_per_wave_metrics.csv", "wave", 3, 6)
    with pytest.raises(ValueError, match=r"policy_per_wave_metrics\.csv has other waves"):
        load(episode)


def test_waves_out_of_order_are_refused(episode: Path) -> None:
    edit(episode / "bad_debt_loser_waves.csv", "wave", 1, 9)
    with pytest.raises(ValueError, match=r"bad_debt_loser_waves\.csv: column 'wave' does not rise"):
        load(episode)


def test_coin_gaps_of_another_wave_are_refused(episode: Path) -> None:
    edit(episode / GAPS, "wave", 0, 3)
    with pytest.raises(ValueError, match=r"do not share wave 3; take all files"):
        load(episode)


def test_a_coin_twice_in_a_wave_is_refused(episode: Path) -> None:
    edit(episode / GAPS, "coin", 1, "BTC")
    with pytest.raises(ValueError, match=r"column 'coin' names a coin twice"):
        load(episode)


def test_a_bound_that_a_policy_undercuts_is_refused(episode: Path) -> None:
    edit(episode / "policy_per_wave_metrics.csv", "max_pct_pr", 0, 1e-6)
    with pytest.raises(ValueError, match=r"continuous pro-rata raises the needed budget of wave 1"):
        recompute(episode)


def test_a_bound_that_raises_too_little_is_refused(episode: Path) -> None:
    edit(episode / "policy_per_wave_metrics.csv", "budget_eq_pr", 0, 1.0)
    with pytest.raises(ValueError, match=r"so its burden bounds nothing"):
        recompute(episode)


def test_the_record_on_disk(record: Record, tmp_path: Path) -> None:
    files = write(record, tmp_path / "first")
    assert [file.name for file in files[:3]] == ["oct10.csv", "oct10.json", "oct10.md"]
    written = pd.read_csv(files[0])
    assert tuple(written.columns) == COLUMNS
    assert len(written) == len(record.rows)
    whole = json.loads(files[1].read_text())
    assert len(whole["rows"]) == len(record.rows)
    assert whole["inputs"] == record.inputs
    again = write(record, tmp_path / "second")
    assert [file.read_bytes() for file in files] == [file.read_bytes() for file in again]


def test_markdown_has_every_row_in_five_cells(record: Record) -> None:
    text = markdown(record)
    known = [row for row in record.rows if row.agrees != "not recomputable"]
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    headings = sum(line.startswith("| quantity |") for line in lines)
    assert len(lines) == len(known) + headings
    assert all(line.replace("\\|", "").count("|") == 6 for line in lines)
    assert "no interval" in text


def test_eighty_columns_hold_the_screen_without_cutting_a_number(record: Record) -> None:
    console = Console(width=80, force_terminal=False)
    with console.capture() as shown:
        console.print(table(record))
    assert max(map(len, shown.get().splitlines())) <= 80
    assert "…" not in shown.get()


@pytest.mark.parametrize(
    "figure", [*october.FIGURES, *october_budgets.FIGURES], ids=lambda figure: figure.name
)
def test_every_figure_has_its_tables(record: Record, tmp_path: Path, figure) -> None:
    write(record, tmp_path)
    assert figure.missing(tmp_path / "data") == ()
    drawn = figure.draw_from(tmp_path / "data")
    drawn.canvas.draw()
    assert all(axes.get_title(loc="left") or axes.get_xlabel() for axes in drawn.axes)


def test_nothing_is_found_that_is_not_there(record: Record) -> None:
    with pytest.raises(ValueError, match=r"no quantity 'luck' in section 'totals' for wave 4"):
        record.find("totals", "luck", 4)
