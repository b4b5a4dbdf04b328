"""The closing table: means of known values per design, 80 columns wide at most."""

import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console

from experiments.summary import FIRST_OUTCOMES, summary_table

NAN = float("nan")


def drawn(folder: Path, levers: list[str], wanted: list[str]) -> list[str]:
    out = io.StringIO()
    Console(file=out, width=80).print(summary_table(folder, levers, wanted))
    return out.getvalue().splitlines()


def test_means_leave_out_failed_runs_and_unknown_values(tmp_path: Path) -> None:
    columns = {
        "design": ["a", "a", "a", "b", "b"],
        "status": ["ok", "ok", "error", "ok", "ok"],
        "taken_gini": [0.25, NAN, NAN, NAN, NAN],
        "adl_notional_usd": [1e6, 3e6, NAN, 0.0, 1e-13],
    }
    pq.write_table(pa.table(columns), tmp_path / "results.parquet")
    lines = drawn(tmp_path, ["x", "design"], ["taken_gini", "adl_notional_usd"])
    rows = [line.split() for line in lines if line.split()[:1] in (["a"], ["b"])]
    assert rows == [["a", "0.25", "2", "M"], ["b", "-", "~0"]]
    assert "mean over 4 runs" in " ".join(" ".join(lines).split())


def test_the_widest_names_and_numbers_fit(tmp_path: Path) -> None:
    columns = {
        "design": ["risk_weighted_pro_rata", "my_own_designs:TheFairestQueueOfThemAll"],
        "status": ["ok", "ok"],
        **{name: [-1.23456e-7, -987654.0] for name in FIRST_OUTCOMES},
    }
    pq.write_table(pa.table(columns), tmp_path / "results.parquet")
    lines = drawn(tmp_path, ["design"], [])
    assert max(map(len, lines)) <= 80
    assert sum("-1.23e-07" in line for line in lines) == 1
    assert not any("…" in line for line in lines)


def test_a_study_without_levers_is_one_row(tmp_path: Path) -> None:
    pq.write_table(pa.table({"status": ["ok"], "taken_gini": [0.5]}), tmp_path / "results.parquet")
    assert any("all runs" in line for line in drawn(tmp_path, [], []))
