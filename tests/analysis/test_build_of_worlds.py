"""The report of a study without designs shows its own figures, the others with a reason."""

import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from analysis.build import build
from analysis.figures import FIGURES, FigureSpec
from analysis.figures.f01_who_pays import roles_of
from analysis.load import Results
from analysis.page import escape
from tests.analysis import worlds

SPECS: dict[str, FigureSpec] = {spec.name: spec for spec in FIGURES}


@pytest.mark.parametrize(
    ("write", "name", "fixed"),
    [
        (worlds.phase, "f08_phase", "latency = slow"),
        (worlds.matrix, "f09_matrix", "latency = slow"),
        (worlds.variants, "f10_variants", "correlation = 0.0"),
        (worlds.sweep, "f11_sweep", ""),
    ],
)
def test_the_report_has_one_figure_with_its_caption_and_a_reason_for_each_other(
    write: Callable[[Path], Results], name: str, fixed: str, tmp_path: Path
) -> None:
    results: Results = write(tmp_path)
    build(results.folder)
    page = (results.folder / "report.html").read_text(encoding="utf-8")
    text = re.sub(r"base64,[^\"]+", "", page)
    notes = (results.folder / "figures" / "notes.txt").read_text(encoding="utf-8")
    assert {file.stem for file in results.folder.glob("figures/*.png")} == {name}
    spec = SPECS[name]
    held = f" Held: {fixed}." if fixed else ""
    heading = text.index(f"<h3>1. {escape(spec.title)}</h3>")
    caption = text.index(escape(spec.caption + held))
    absent = [
        text.index(escape(f'There is no figure "{other.title}": {other.absent_because(results)}.'))
        for other in FIGURES
        if other.name != name
    ]
    assert heading < caption < min(absent)
    assert absent == sorted(absent)
    assert len(absent) == len(FIGURES) - 1
    assert (f'"{spec.title}" holds {fixed}.' in notes) == bool(fixed)


def test_arbitrageurs_are_a_role_where_they_ever_paid() -> None:
    usual = ("directional", "hedger", "maker")
    assert roles_of(pd.DataFrame({"taken_maker_usd": [1.0]})) == usual
    assert roles_of(pd.DataFrame({"taken_arbitrageur_usd": [0.0, 0.0]})) == usual
    assert roles_of(pd.DataFrame({"taken_arbitrageur_usd": [0.0, -1.0]})) == (*usual, "arbitrageur")
