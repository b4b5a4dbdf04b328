"""One identity per design, and words and numbers as they are printed."""

import matplotlib as mpl
import pytest

from analysis import style
from analysis.load import Results
from analysis.marks import family_words, interval_words, offsets


def test_up_to_105_designs_differ_in_colour_or_marker() -> None:
    looks = style.looks([f"design_{i}" for i in range(105)]).values()
    assert len({(look.colour, look.marker) for look in looks}) == 105


def test_fifteen_designs_differ_in_marker_alone_and_in_line() -> None:
    looks = list(style.looks([f"design_{i}" for i in range(15)]).values())
    assert len({look.marker for look in looks}) == 15
    assert len({(look.colour, look.line) for look in looks}) == 15
    assert len({(look.colour, look.hatch) for look in looks}) == 15


def test_a_design_keeps_its_look_when_others_are_added_behind_it() -> None:
    assert style.looks(["a", "b"])["b"] == style.looks(["a", "b", "c"])["b"]


def test_colours_stand_out_on_white() -> None:
    """WCAG relative luminance: contrast of at least 2:1 with the page."""
    for colour in style.COLOURS:
        channels = [
            c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4
            for c in mpl.colors.to_rgb(colour)
        ]
        luminance = 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]
        assert 1.05 / (luminance + 0.05) >= 2.0


def test_the_theme_leaves_no_trace() -> None:
    before = dict(mpl.rcParams)
    with style.theme():
        assert mpl.rcParams["pdf.fonttype"] == 42
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        (0.0, "0"),
        (1e-4, "1e\u22124"),
        (950.0, "950"),
        (1500.0, "1.5k"),
        (-2.5e6, "\u22122.5M"),
        (3e9, "3B"),
    ],
)
def test_short_numbers(value: float, printed: str) -> None:
    assert style.short_number(value) == printed


@pytest.mark.parametrize("axis", ["x", "y"])
def test_a_scale_is_linear_until_a_tail_would_squeeze_the_rest(axis: str) -> None:
    axes = style.canvas(3.0, 3.0).subplots()
    style.spread_scale(axes, [1.0, 2.0, -3.0], [0.5, 20.0], axis)
    assert getattr(axes, f"get_{axis}scale")() == "linear"
    style.spread_scale(axes, [1.0, 2.0, -3.0], [0.5, 2000.0, float("nan")], axis)
    assert getattr(axes, f"get_{axis}scale")() == "symlog"
    low, high = getattr(axes, f"get_{axis}lim")()
    assert low < -3.0
    assert high > 2000.0
    assert 0.0 in getattr(axes, f"get_{axis}ticks")()


def test_a_scale_of_zeros_has_one_tick() -> None:
    axes = style.canvas(3.0, 3.0).subplots()
    style.spread_scale(axes, [0.0, float("nan")])
    assert axes.get_xticks().tolist() == [0.0]


def test_axis_labels_take_the_unit_from_the_dictionary(results: Results) -> None:
    assert style.axis_label(results, "taken_usd", "median") == "Median taken [USD]"
    assert style.axis_label(results, "residual_share") == "Residual share of deficit"


def test_design_labels_are_words() -> None:
    assert style.design_label("my_rules:pnl_first") == "PnL first"
    assert style.words("some_new_outcome_usd") == "some new outcome"


def test_marks_share_a_row_symmetrically() -> None:
    assert offsets(1).tolist() == [0.0]
    for count in range(2, 9):
        places = offsets(count)
        assert places.sum() == pytest.approx(0.0)
        assert abs(places).max() < 0.5


def test_the_legend_admits_when_an_interval_is_only_a_range() -> None:
    assert interval_words(20) == "95 % interval"
    assert interval_words(3) == "range of 3 replicates (confidence 75 %)"
    assert family_words(20, 9) == "95 % for all effects at once"
    assert "too few" in family_words(8, 9)
    assert interval_words(1) == "range of 1 replicates (confidence unknown)"
