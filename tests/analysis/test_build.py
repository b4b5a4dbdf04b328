"""From a folder to figures, tables, claims and a report; the same bytes twice."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.build import build, main
from analysis.claims import claims, macro_name, printed, write_claims
from analysis.load import Results, load
from analysis.summary import contrast_table, summary_table
from tests.analysis.synthetic import write_results


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Path]]:
    """A study without disclosure, built once."""
    levers = {"design": ("no_adl", "pro_rata"), "reacting": (False, True)}
    folder = write_results(tmp_path_factory.mktemp("study"), levers=levers, replicates=6, steps=7)
    return folder, build(folder)


def test_build_writes_all_it_lists(built: tuple[Path, list[Path]]) -> None:
    folder, written = built
    assert all(path.is_file() for path in written)
    names = [path.relative_to(folder).as_posix() for path in written]
    assert names[-1] == "report.html"
    for name in ("summary.csv", "contrasts.csv", "claims.json", "claims.tex"):
        assert name in names
    assert sum(name.endswith(".pdf") for name in names) == 6
    assert sum(name.endswith(".png") for name in names) == 6


def test_build_says_which_figure_is_absent(built: tuple[Path, list[Path]]) -> None:
    folder, _ = built
    sentence = 'the study does not vary "disclosure"'
    assert sentence in (folder / "figures" / "notes.txt").read_text()
    assert sentence in (folder / "report.html").read_text().replace("&quot;", '"')


def test_the_command_line_writes_the_same_bytes_again(
    built: tuple[Path, list[Path]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, written = built
    copy = Path(shutil.copytree(folder, tmp_path / folder.name))
    assert main([str(copy)]) == 0
    assert capsys.readouterr().out.splitlines()[-1].endswith("report.html")
    for path in written:
        assert path.read_bytes() == (copy / path.relative_to(folder)).read_bytes(), path.name


def test_the_command_line_refuses_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path)]) == 1
    assert "has no run.json" in capsys.readouterr().err


def test_summary_has_every_point_and_outcome(results: Results) -> None:
    table = summary_table(results)
    assert len(table) == 12 * len(results.outcomes())
    row = table[(table["point"] == 4) & (table["outcome"] == "residual_share")].iloc[0]
    values = results.runs.loc[results.runs["point"] == 4, "residual_share"]
    assert row["mean"] == pytest.approx(values.mean())
    assert row["median"] == pytest.approx(values.median())
    assert row["mean_low"] <= row["mean"] <= row["mean_high"]
    assert row["n"] + row["unknown"] == 8


def test_summary_counts_failed_runs(results: Results) -> None:
    table = summary_table(results)
    assert set(table.loc[table["point"] == 5, "failed"]) == {1}
    assert set(table.loc[table["point"] == 5, "n"]) <= set(range(8))


def test_contrast_table_has_both_levers(results: Results) -> None:
    table = contrast_table(results)
    assert set(table["lever"]) == {"design", "disclosure"}
    assert (table["holm_p_value"].dropna() >= table["p_value"].dropna()).all()
    narrow = table["effect_high"] - table["effect_low"]
    wide = table["family_high"] - table["family_low"]
    assert (wide[narrow.notna()] >= narrow.dropna()).all()


def test_claims_carry_the_study_and_agree_with_the_data(results: Results, tmp_path: Path) -> None:
    json_file, tex_file = write_claims(results, tmp_path)
    content = json.loads(json_file.read_text())
    assert content["study_hash"] == results.study.hash
    by_name = {claim["name"]: claim for claim in content["claims"]}
    held = results.runs.query("design == 'pro_rata_notional' and disclosure == 'rank' and reacting")
    claim = by_name["ResidualShareProRataNotional"]
    assert claim["value"] == pytest.approx(held["residual_share"].median())
    assert by_name["StudyFailedRuns"]["value"] == 1.0
    assert by_name["TakenGiniNoAdl"]["value"] is None
    assert results.study.hash in tex_file.read_text().splitlines()[0]


def test_macros_are_letters_only_and_distinct(results: Results, tmp_path: Path) -> None:
    lines = write_claims(results, tmp_path)[1].read_text().splitlines()[1:]
    names = [re.fullmatch(r"\\newcommand\{\\([A-Za-z]+)\}\{.+\}", line) for line in lines]
    assert all(names)
    assert len({match[1] for match in names if match}) == len(lines)
    assert len(claims(results)) > 50


def test_macro_names() -> None:
    assert macro_name("taken_top1_share", "pro_rata") == "TakenTopOneShareProRata"
    assert macro_name("fees_usd", "mine:Rule_v2") == "FeesMineRuleVTwo"


def test_designs_with_the_same_macro_are_refused(tmp_path: Path) -> None:
    levers = {"design": ("pro_rata", "pro-rata")}
    found = load(write_results(tmp_path, levers=levers, replicates=2, with_series=False))
    with pytest.raises(ValueError, match="rename a design"):
        write_claims(found, tmp_path)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (2.0, "2"),
        (0.012345, "0.0123"),
        (2_345_678.0, r"2\,350\,000"),
        (-0.5, "$-$0.500"),
        (np.nan, "unknown"),
        (np.inf, r"$\infty$"),
    ],
)
def test_printed_numbers(value: float, text: str) -> None:
    assert printed(value) == text


def test_a_single_replicate_still_builds(tmp_path: Path) -> None:
    levers = {"design": ("no_adl", "pro_rata")}
    folder = write_results(tmp_path, levers=levers, replicates=1, with_series=False)
    build(folder)
    table = pd.read_csv(folder / "summary.csv")
    assert table["median_low"].isna().all()
