"""Every figure: draws, refuses missing columns, says when it cannot be, and is the same twice."""

import dataclasses
import itertools
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.axis import Tick
from matplotlib.figure import Figure
from matplotlib.text import Text

from analysis import style
from analysis.figures import FIGURES, FigureSpec
from analysis.figures.f01_who_pays import shares
from analysis.load import Results, ResultsError, load
from tests.analysis.synthetic import DESIGNS, write_results

DISCLOSURES = ("none", "lights_head", "lights_size", "rank")

each_figure = pytest.mark.parametrize("spec", FIGURES, ids=lambda spec: spec.name)


@pytest.fixture(scope="module")
def few_levers(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """A replay: designs only, two replicates."""
    parent = tmp_path_factory.mktemp("replay")
    levers = {"design": ("pnl_leverage_queue", "pro_rata_notional")}
    return load(write_results(parent, levers=levers, replicates=2, steps=9))


def test_there_are_figures_with_distinct_names() -> None:
    assert FIGURES
    assert len({spec.name for spec in FIGURES}) == len(FIGURES)


@each_figure
def test_caption_is_one_sentence(spec: FigureSpec) -> None:
    assert spec.caption.endswith(".")
    assert spec.caption.count(". ") == 0


@each_figure
def test_figure_has_a_journals_width(spec: FigureSpec, results: Results) -> None:
    figure = spec.draw(results)
    assert isinstance(figure, Figure)
    assert figure.get_figwidth() in (style.COLUMN_IN, style.TEXT_IN)


@each_figure
def test_figure_is_byte_for_byte_the_same_twice(
    spec: FigureSpec, results: Results, tmp_path: Path
) -> None:
    first = style.save(spec.draw(results), tmp_path / "first")
    second = style.save(spec.draw(results), tmp_path / "second")
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes()
    pdf = first[0].read_bytes()
    assert b"/FontFile2" in pdf  # TrueType, embedded
    assert b"/Type3" not in pdf
    assert b"CreationDate" not in pdf


requirements = [
    pytest.param(spec, table, column, id=f"{spec.name}-{column}")
    for spec in FIGURES
    for table, columns in spec.requires.items()
    for column in columns
]


@pytest.mark.parametrize(("spec", "table", "column"), requirements)
def test_figure_refuses_a_missing_column(
    spec: FigureSpec, table: str, column: str, results: Results
) -> None:
    found = results.table(table)
    assert found is not None
    without = found.drop(columns=column)
    spoiled = (
        dataclasses.replace(results, runs=without)
        if table == "results"
        else dataclasses.replace(results, extras={**results.extras, table: without})
    )
    with pytest.raises(ResultsError, match=column):
        spec.draw(spoiled)


@each_figure
def test_facets_collapse_with_few_levers(spec: FigureSpec, few_levers: Results) -> None:
    reason = spec.absent_because(few_levers)
    if spec.name == "f06_disclosure":
        assert reason == 'the study does not vary "disclosure"'
    else:
        assert reason is None
        assert_readable(spec.draw(few_levers))


def test_series_that_were_not_recorded_are_a_reason(few_levers: Results) -> None:
    others = {name: table for name, table in few_levers.extras.items() if name != "series"}
    silent = dataclasses.replace(few_levers, extras=others)
    reasons = {spec.name: spec.absent_because(silent) for spec in FIGURES}
    assert reasons["f04_crash"] == "the study recorded no time series"
    assert reasons["f01_who_pays"] is None


@pytest.fixture(scope="module")
def many_designs(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """As many designs and disclosures as a catalog may hold."""
    names = (*DESIGNS, "a_rule_with_quite_a_long_name", "eleventh_rule", "twelfth_rule")
    levers = {"design": names, "disclosure": DISCLOSURES, "reacting": (False, True)}
    parent = tmp_path_factory.mktemp("many")
    return load(write_results(parent, levers=levers, replicates=7, steps=5))


@each_figure
def test_no_two_labels_overlap_and_none_is_cut(spec: FigureSpec, many_designs: Results) -> None:
    assert_readable(spec.draw(many_designs))


def assert_readable(figure: Figure) -> None:
    """No text is cut, overlaps another or is smaller than 6 pt."""
    with style.theme():
        figure.canvas.draw()  # lays out
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    texts = drawn_texts(figure)
    assert len(texts) > 10
    assert figure.get_figheight() < 9.0
    boxes = {text: text.get_window_extent(renderer).shrunk(0.98, 0.9) for text in texts}
    width, height = figure.bbox.width, figure.bbox.height
    for text, box in boxes.items():
        inside = box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height
        assert inside, f"{text.get_text()!r} is cut"
        assert text.get_fontsize() >= 6.0
    for one, other in itertools.combinations(texts, 2):
        assert not boxes[one].overlaps(boxes[other]), (one.get_text(), other.get_text())


def drawn_texts(figure: Figure) -> list[Text]:
    """Every text on the paper; tick labels beyond an axis' limits exist but are never drawn."""
    ticks = figure.findobj(Tick)
    of_ticks = {id(label) for tick in ticks for label in (tick.label1, tick.label2)}
    texts = [text for text in figure.findobj(Text) if id(text) not in of_ticks]
    for axes in figure.axes:
        for axis, limits in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
            low, high = min(limits) - 1e-9, max(limits) + 1e-9
            shown = [tick for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
            texts += [tick.label1 for tick in shown]
    return [text for text in texts if text.get_visible() and text.get_text().strip()]


def test_shares_are_signed_and_add_up() -> None:
    runs = pd.DataFrame({"a": [3.0, -1.0, 0.0], "b": [1.0, 3.0, 0.0]})
    found = shares(runs, ("a", "b"))
    assert found.loc[:1].to_numpy().tolist() == [[0.75, 0.25], [-0.25, 0.75]]
    assert found.loc[2].isna().all()
