"""Every figure: draws, refuses missing columns, says when it cannot be, and is the same twice.

Each is drawn on a study that can have it: designs for most, a world of its own for the others.
"""

import dataclasses
import itertools
from collections.abc import Callable
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
from analysis.slices import baseline, cut
from tests.analysis import worlds
from tests.analysis.synthetic import write_results

type Study = Callable[[FigureSpec], Results]

OWN_WORLDS: dict[str, Callable[[Path], Results]] = {
    "f08_phase": worlds.phase,
    "f09_matrix": worlds.large_matrix,
    "f10_variants": worlds.variants,
    "f11_sweep": worlds.sweep,
}
"""Figures that a study of designs cannot have, and the study that they are drawn on."""

OUTCOMES_SHOWN = {
    "f10_variants": ("deficit_before_adl_usd", "failed_venues"),
    "f11_sweep": ("liquidated_notional_usd", "help_usd"),
}
"""Columns of figures that show what the study puts first."""

each_figure = pytest.mark.parametrize("spec", FIGURES, ids=lambda spec: spec.name)


@pytest.fixture(scope="session")
def own_worlds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Results]:
    """The study of each figure that needs one of its own."""
    return {name: write(tmp_path_factory.mktemp(name)) for name, write in OWN_WORLDS.items()}


@pytest.fixture
def study_of(results: Results, own_worlds: dict[str, Results]) -> Study:
    """From a figure to a study that has it."""
    return lambda spec: own_worlds.get(spec.name, results)


@pytest.fixture(scope="module")
def few_levers(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return worlds.few_designs(tmp_path_factory.mktemp("replay"))


def test_there_are_figures_with_distinct_names() -> None:
    assert FIGURES
    assert len({spec.name for spec in FIGURES}) == len(FIGURES)


@each_figure
def test_caption_is_one_sentence(spec: FigureSpec) -> None:
    assert spec.caption.endswith(".")
    assert spec.caption.count(". ") == 0


@each_figure
def test_figure_can_be_drawn_on_its_study(spec: FigureSpec, study_of: Study) -> None:
    assert spec.absent_because(study_of(spec)) is None


@each_figure
def test_figure_has_a_journals_width(spec: FigureSpec, study_of: Study) -> None:
    figure = spec.draw(study_of(spec))
    assert isinstance(figure, Figure)
    assert figure.get_figwidth() in (style.COLUMN_IN, style.TEXT_IN)


@each_figure
def test_figure_is_byte_for_byte_the_same_twice(
    spec: FigureSpec, study_of: Study, tmp_path: Path
) -> None:
    first = style.save(spec.draw(study_of(spec)), tmp_path / "first")
    second = style.save(spec.draw(study_of(spec)), tmp_path / "second")
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
    spec: FigureSpec, table: str, column: str, study_of: Study
) -> None:
    with pytest.raises(ResultsError, match=column):
        spec.draw(without(study_of(spec), table, column))


@each_figure
def test_figure_requires_or_chooses_its_columns(spec: FigureSpec) -> None:
    required = [column for columns in spec.requires.values() for column in columns]
    assert required or spec.name in OUTCOMES_SHOWN


@pytest.mark.parametrize("name", OUTCOMES_SHOWN)
def test_an_outcome_put_first_but_not_measured_has_no_panel(
    name: str, own_worlds: dict[str, Results]
) -> None:
    spec = next(spec for spec in FIGURES if spec.name == name)
    lacking = own_worlds[name]
    panels = panels_of(spec.draw(lacking))
    for column in OUTCOMES_SHOWN[name]:
        assert f" {style.words(column)}".lower() in " ".join(panels).lower()
        lacking = without(lacking, "results", column)
    assert len(panels_of(spec.draw(lacking))) == len(panels) - len(OUTCOMES_SHOWN[name])


def test_a_study_that_measured_none_of_them_has_no_such_figure(
    own_worlds: dict[str, Results],
) -> None:
    for spec in FIGURES:
        if spec.name in OUTCOMES_SHOWN:
            found = own_worlds[spec.name]
            bare = found.runs[["point", "replicate", "status", "error", *found.levers]]
            reason = spec.absent_because(dataclasses.replace(found, runs=bare))
            assert reason == "the study has none of the outcomes it shows"


def without(results: Results, table: str, column: str) -> Results:
    """The study with a column of one of its tables gone."""
    found = results.table(table)
    assert found is not None
    rest = found.drop(columns=column)
    if table == "results":
        return dataclasses.replace(results, runs=rest)
    return dataclasses.replace(results, extras={**results.extras, table: rest})


def panels_of(figure: Figure) -> list[str]:
    """Titles of the panels that are drawn."""
    return [axes.get_title("left") for axes in figure.axes if axes.axison]


@each_figure
def test_facets_collapse_with_few_levers(spec: FigureSpec, few_levers: Results) -> None:
    reason = spec.absent_because(few_levers)
    if spec.name in REASONS_OF_A_STUDY_OF_DESIGNS:
        assert reason == REASONS_OF_A_STUDY_OF_DESIGNS[spec.name]
    else:
        assert reason is None
        assert_readable(spec.draw(few_levers))


REASONS_OF_A_STUDY_OF_DESIGNS = {
    "f06_disclosure": 'the study does not vary "disclosure"',
    "f08_phase": 'the study does not vary "cut_share"',
    "f09_matrix": 'the study does not vary "designs"',
    "f10_variants": 'the study does not vary "name"',
    "f11_sweep": "the study sweeps no number",
}


@pytest.mark.parametrize("name", ["f01_who_pays", "f02_concentration"])
def test_one_point_of_many_does_not_stand_for_a_study_without_designs(
    name: str, own_worlds: dict[str, Results]
) -> None:
    spec = next(spec for spec in FIGURES if spec.name == name)
    assert spec.absent_because(own_worlds["f10_variants"]) == (
        "the study compares no designs, and one of its 12 points would stand for all"
    )


def test_a_single_world_and_a_lever_of_disclosure_keep_their_figures(tmp_path: Path) -> None:
    for at, levers in enumerate(({}, {"disclosure": ("none", "rank")})):
        found = load(write_results(tmp_path / str(at), levers=levers, replicates=2, steps=5))
        reasons = {spec.name: spec.absent_because(found) for spec in FIGURES}
        for name in ("f01_who_pays", "f02_concentration", "f04_crash", "f07_network"):
            assert reasons[name] is None


def test_where_no_run_has_every_usual_value_the_first_point_is_the_baseline(
    tmp_path: Path,
) -> None:
    points = [{"name": "a", "size": 1, "depth": 9}, {"name": "b", "size": 2, "depth": 8}]
    points += [{"name": "c", "size": 3, "depth": 7}]
    found = load(write_results(tmp_path, levers={}, points=points, replicates=2, steps=5))
    assert baseline(found) == points[0]
    assert set(cut(found, ()).frame["point"]) == {0}


def test_several_swept_numbers_are_a_reason(own_worlds: dict[str, Results]) -> None:
    spec = next(spec for spec in FIGURES if spec.name == "f11_sweep")
    assert spec.absent_because(own_worlds["f08_phase"]) == "the study sweeps several numbers"
    assert spec.absent_because(own_worlds["f10_variants"]) == "the study sweeps no number"


def test_series_that_were_not_recorded_are_a_reason(few_levers: Results) -> None:
    others = {name: table for name, table in few_levers.extras.items() if name != "series"}
    silent = dataclasses.replace(few_levers, extras=others)
    reasons = {spec.name: spec.absent_because(silent) for spec in FIGURES}
    assert reasons["f04_crash"] == "the study recorded no time series"
    assert reasons["f01_who_pays"] is None


@pytest.fixture(scope="module")
def many_designs(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return worlds.many_designs(tmp_path_factory.mktemp("many"))


@each_figure
def test_no_two_labels_overlap_and_none_is_cut(
    spec: FigureSpec, many_designs: Results, own_worlds: dict[str, Results]
) -> None:
    assert_readable(spec.draw(own_worlds.get(spec.name, many_designs)))


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
