"""Figures of other levers than the design show the known answers of their synthetic studies."""

import dataclasses
import itertools
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.contour import QuadContourSet
from matplotlib.figure import Figure

from analysis import style
from analysis.figures import FIGURES, f08_phase, f09_matrix, f10_variants, f11_sweep
from analysis.load import Results
from analysis.slices import held
from tests.analysis import worlds


@pytest.fixture(scope="module")
def phase(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return worlds.phase(tmp_path_factory.mktemp("phase"))


@pytest.fixture(scope="module")
def variants(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return worlds.variants(tmp_path_factory.mktemp("variants"))


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return worlds.sweep(tmp_path_factory.mktemp("sweep"))


def middle_severity(results: Results) -> float:
    return float(np.median([worlds.severity(r) for r in range(results.study.replicates)]))


def colours(axes: Axes, cells: tuple[int, int]) -> np.ndarray:
    """What the cells of a panel are coloured by."""
    return np.asarray(axes.collections[0].get_array()).reshape(cells)


def test_the_neutral_line_is_the_inverse_of_what_comes_back(phase: Results) -> None:
    across = np.array(worlds.CUTS)
    found = f08_phase.neutral(phase, across)
    assert np.isnan(found[0])  # nobody cuts: nothing comes back, no depth is neutral
    assert found[1:] == pytest.approx([worlds.neutral_multiple(cut) for cut in worlds.CUTS[1:]])
    assert found[1:].tolist() == pytest.approx([8.0, 4.0, 2.0])


def test_the_phase_diagram_draws_line_cells_and_contour(phase: Results) -> None:
    first, second = f08_phase.draw(phase).axes[:2]
    for axes in (first, second):
        assert np.asarray(axes.lines[-1].get_ydata())[1:] == pytest.approx([3.0, 2.0, 1.0])
    shape = (len(worlds.MULTIPLES), len(worlds.CUTS))
    assert colours(first, shape) == pytest.approx(np.full(shape, 2.0))  # [pp]
    on_b = [
        [4.0 if c == 0.0 else np.log2(worlds.neutral_multiple(c) / m) for c in worlds.CUTS]
        for m in worlds.MULTIPLES
    ]
    assert colours(second, shape) == pytest.approx(np.array(on_b), abs=1e-9)


def test_the_zero_contour_meets_the_neutral_line(phase: Results) -> None:
    first, second = f08_phase.draw(phase).axes[:2]
    assert not [c for c in first.collections if isinstance(c, QuadContourSet)]  # never zero
    (contour,) = (c for c in second.collections if isinstance(c, QuadContourSet))
    points = np.concatenate([path.vertices for path in contour.get_paths()])
    for cut in worlds.CUTS[1:]:
        heights = points[np.isclose(points[:, 0], cut), 1]
        assert heights.size
        assert heights == pytest.approx(np.log2(worlds.neutral_multiple(cut)), abs=1e-6)


def test_dots_mark_the_cells_that_differ_from_zero(phase: Results, tmp_path: Path) -> None:
    cells = len(worlds.CUTS) * len(worlds.MULTIPLES)
    for results, dots in ((phase, 0), (worlds.phase(tmp_path, replicates=12), cells)):
        panel = f08_phase.draw(results).axes[0]  # 2 pp in every cell
        # a sign test of n equal signs has p = 2 / 2^n, which Holm multiplies by 20 cells
        assert len(np.asarray(panel.lines[0].get_xdata())) == dots


def texts(axes: Axes) -> dict[tuple[int, int], str]:
    """What is written into the cells: (row, column) -> text."""
    return {
        (round(text.get_position()[1]), round(text.get_position()[0])): text.get_text()
        for text in axes.texts
    }


@pytest.mark.parametrize(("replicates", "starred"), [(9, True), (7, False)])
def test_cells_are_paired_medians_against_the_first_row(
    tmp_path: Path, replicates: int, starred: bool
) -> None:
    results = worlds.matrix(tmp_path, replicates)
    runs = results.runs.loc[results.runs["latency"] == "slow"]  # held
    table = runs.pivot(index="replicate", columns="designs", values="deficit_others_usd")
    names = ("no_adl", "queue", "cross_queue")
    panel = f09_matrix.draw(results).axes[0]
    written, shaded = texts(panel), np.asarray(panel.images[0].get_array())
    for (row, first), (column, second) in itertools.product(enumerate(names), enumerate(names)):
        own = table[f'["{first}", "{second}"]']
        change = float((own - table[f'["no_adl", "{second}"]']).median())
        assert change == pytest.approx(2.0 * worlds.on_b(row, column) * middle_severity(results))
        if row == 0:
            assert written[row, column] == style.short_number(float(f"{own.median():.3g}"))
            continue
        assert shaded[row, column] == pytest.approx(change)
        sign = "+" if change > 0.0 else ""
        number = sign + style.short_number(float(f"{change:.2g}"))
        # p = 2 / 2^9 holds against four tests, 2 / 2^7 does not; zero is never starred
        assert written[row, column] == number + ("*" if starred and change != 0.0 else "")


def test_more_is_orange_and_less_is_purple(tmp_path: Path) -> None:
    image = f09_matrix.draw(worlds.matrix(tmp_path)).axes[0].images[0]
    less, middle, more = np.asarray(image.norm(np.array([-1e9, 0.0, 1e9])))
    assert middle == 0.5
    more, less = image.cmap(more), image.cmap(less)
    assert more[0] > more[2]
    assert less[2] > less[0]


def marks_of(axes: Axes) -> list[float]:
    """Where the marks of a panel of rows stand."""
    return [float(np.asarray(line.get_xdata())[0]) for line in axes.lines]


def test_variants_stand_at_their_medians_with_other_levers_held(variants: Results) -> None:
    figure = f10_variants.draw(variants)
    scale = middle_severity(variants)
    places = [max(at - 1, 0) for at in range(len(worlds.NAMES))]
    expected = [scale * worlds.variant_median(place, 0.0) for place in places]
    assert marks_of(figure.axes[0]) == pytest.approx(expected)
    assert held(variants, f10_variants.separates(variants)) == "correlation = 0.0"


def test_an_asterisk_marks_variants_that_differ_from_the_first(variants: Results) -> None:
    figure = f10_variants.draw(variants)
    starred = {round(text.get_position()[1]) for text in figure.axes[0].texts}
    assert starred == {2, 3, 4, 5}  # the second is like the first
    assert not figure.axes[1].texts  # help is zero everywhere


def test_long_names_of_variants_are_wrapped(variants: Results) -> None:
    labels = [label.get_text() for label in f10_variants.draw(variants).axes[0].get_yticklabels()]
    assert labels[2] == "clearinghouse with\nassessments"
    assert labels[0] == "stand alone"


def test_a_count_that_never_varies_has_an_axis_from_zero(variants: Results) -> None:
    low, high = f10_variants.draw(variants).axes[2].get_xlim()
    assert low == 0.0
    assert high > 3.0


def legend_of(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_lines_follow_the_only_other_lever(sweep: Results) -> None:
    assert f11_sweep.told_by(sweep, "share") == "valued_by"
    figure = f11_sweep.draw(sweep)
    assert legend_of(figure)[:-1] == ["own book", "median", "redemption"]
    assert held(sweep, f11_sweep.separates(sweep)) == ""
    scale = middle_severity(sweep)
    for line, rule in zip(figure.axes[0].lines, worlds.RULES, strict=True):
        expected = [scale * worlds.swept_median(rule, share) for share in worlds.SHARES]
        assert np.asarray(line.get_ydata()) == pytest.approx(expected)
        assert np.asarray(line.get_xdata()) == pytest.approx(worlds.SHARES, abs=0.5)


def test_intervals_of_lines_do_not_cover_each_other(sweep: Results) -> None:
    panel = f11_sweep.draw(sweep).axes[0]
    places = [np.asarray(line.get_xdata()) for line in panel.lines]
    for one, other in itertools.combinations(places, 2):
        assert (np.abs(one - other) > 0.0).all()
    assert sum(places) / len(places) == pytest.approx(np.array(worlds.SHARES))


def test_designs_are_lines_before_any_other_lever(sweep: Results) -> None:
    levers = {"valued_by": worlds.RULES, "share": worlds.SHARES, "design": ("a", "b")}
    told = f11_sweep.told_by(dataclasses.replace(sweep, levers=levers), "share")
    assert told == "design"


def test_levers_are_called_by_their_path(sweep: Results) -> None:
    paths = [{"column": "share", "path": "collateral.0.market.shocks.0.share"}]
    told = dataclasses.replace(sweep, provenance={"levers": paths})
    assert style.lever_words(told, "share").startswith("flow sold / depth")
    assert style.lever_words(told, "valued_by") == style.words("valued_by")
    assert style.lever_words(sweep, "share") == "share"


def test_figures_separate_what_they_show(phase: Results, variants: Results) -> None:
    shown = {spec.name: spec for spec in FIGURES}
    assert shown["f08_phase"].shown_in(phase) == (
        "cut_share",
        "impact_multiple",
        "bankrupt_to_book",
    )
    follows = ("name", "fund_usd_per_open_interest")
    assert shown["f10_variants"].shown_in(variants) == follows
