"""Figures of the claims: tables as the claims write them, nothing cut off, words in place."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis import style
from analysis.validation import ValidationFigure, build, churn, coordination, panels, regret, spiral
from experiments.validate.claim import Settings, Table, run_claim
from experiments.validate.theory import CLAIMS

FIGURES = (*regret.FIGURES, *churn.FIGURES, *spiral.FIGURES, *coordination.FIGURES)
ROUNDS = (256, 512, 1024, 2048)


def powers(key: str, slopes: dict[str, float], value: str) -> pd.DataFrame:
    """Cases that grow as a power of the rounds, with intervals of a tenth."""
    rows = []
    for case, slope in slopes.items():
        for rounds in ROUNDS:
            mean = float(rounds) ** slope if slope else 0.0
            rows.append((case, rounds, mean, 0.9 * mean, 1.1 * mean, slope))
    return pd.DataFrame(rows, columns=[key, "rounds", value, "low", "high", "slope"])


def v17() -> pd.DataFrame:
    made = []
    for regimes in ("alternating", "persistent"):
        for policy in ("static rule", "OGD"):
            for notion, slope in (("dynamic", 1.0), ("static", 0.5)):
                rows = powers("regimes", {regimes: slope}, "regret")
                if (regimes, policy, notion) == ("persistent", "OGD", "static"):
                    rows[["regret", "low", "high"]] *= -1.0
                made.append(rows.assign(policy=policy, notion=notion))
    return pd.concat(made)


def two_phases() -> pd.DataFrame:
    rounds = np.array(ROUNDS, np.float64)
    return pd.DataFrame(
        {
            "rounds": ROUNDS,
            "shrinking": rounds / 3.0,
            "fixed": 0.4 * np.sqrt(rounds),
            "dual_averaging": 0.3 * np.sqrt(rounds),
            "bound": np.sqrt(rounds),
        }
    )


def ratios() -> pd.DataFrame:
    shares = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
    rows = [
        (kind, rounds, share, 0.2 + 0.5 * share)
        for kind, rounds in (("uniform", 16), ("uniform", 400), ("searched", 16))
        for share in shares
    ]
    return pd.DataFrame(rows, columns=["paths", "rounds", "share", "ratio"])


def spiral_rounds() -> pd.DataFrame:
    rows = [
        (rule, carried, number, trader, 10.0, 12.0 if trader == "H" else np.nan, 6.0 * carried)
        for rule in ("pro-rata", "RAP")
        for carried in (False, True)
        for number in (1, 2)
        for trader in "LH"
    ]
    columns = ["rule", "carry_over", "round", "trader", "taken", "utility", "unfunded"]
    return pd.DataFrame(rows, columns=columns)


def grid() -> pd.DataFrame:
    rows = [
        (rule, outside, churned, max(0.0, 1.0 - churned / 10.0), float(churned > 5.0))
        for rule in ("pro-rata", "RAP", "queue")
        for outside in (-0.05, 0.0, 0.05)
        for churned in (0.0, 5.0, 10.0)
    ]
    return pd.DataFrame(rows, columns=["rule", "outside", "churn", "kept", "spiral"])


TABLES: dict[str, Callable[[], pd.DataFrame]] = {
    "v17_regret": v17,
    "v18_two_phases": two_phases,
    "v19_ratios": ratios,
    "v22_undershoot": lambda: powers(
        "error", {"constant bias down": 1.0, "constant bias up": 0.0}, "undershoot"
    ),
    "v23_jumps": lambda: powers(
        "estimator", {"OGD, best step": 0.75, "sqrt(T) + P": 0.5}, "undershoot"
    ),
    "queue_jump": lambda: pd.DataFrame(
        {
            "rule": ["queue", "shares"] * 3,
            "noise": [0.001, 0.001, 0.01, 0.01, 0.1, 0.1],
            "mean": [0.002, 0.001, 0.02, 0.01, 0.2, 0.1],
            "low": [0.001, 0.0009, 0.019, 0.009, 0.19, 0.09],
            "high": [0.003, 0.0011, 0.021, 0.011, 0.21, 0.11],
            "predicted": [0.0016, np.nan, 0.016, np.nan, 0.16, np.nan],
        }
    ),
    "queue_churn_path": lambda: pd.concat(
        powers("order", {order: slope}, "mean")
        for order, slope in zip((*churn.ORDERS, "pro-rata"), (1.0, 0.9, 0.8, 0.1, 0.0), strict=True)
    ).drop(columns="slope"),
    "queue_churn_several": lambda: pd.DataFrame(
        {
            "accounts": [1.0, 4.0, 16.0],
            "mean": [0.3, 0.15, 0.08],
            "low": [0.28, 0.14, 0.07],
            "high": [0.32, 0.16, 0.09],
            "predicted": [0.33, 0.16, 0.08],
        }
    ),
    "death_spiral": spiral_rounds,
    "participation_grid": grid,
    "participation_basin": lambda: pd.DataFrame(
        {
            "rule": ["pro-rata"] * 3 + ["RAP"] * 3,
            "churn": [2.0, 8.0, 18.0] * 2,
            "edge": [0.0, 0.05, 0.3, 0.0, 1.0, 1.0],
            "predicted": [0.0, 0.05, 0.3] + [np.nan] * 3,
        }
    ),
    "newsvendor": lambda: pd.DataFrame(
        {
            "law": ["exponential"] * 2 + ["Pareto 1.5"] * 2,
            "ratio": [0.02, 0.5] * 2,
            "var": [3.9, 0.7, 13.0, 1.6],
            "fund": [1.0, 0.999, 1.01, 1.0],
            "low": [0.99, 0.99, 0.99, 0.99],
            "high": [1.01, 1.01, 1.03, 1.01],
        }
    ),
    "coordination_mixed": lambda: pd.DataFrame(
        {"penalty": [2.0, 5.0, 20.0], "traders": [3.0, 21.0, 338.0], "predicted": [3.4, 21, 340]}
    ),
    "coordination_rank": lambda: pd.DataFrame(
        {
            "traders": [2.0, 10.0, 50.0] * 2,
            "noise": [0.05] * 3 + [2.0] * 3,
            "threshold": [1.9, 9.9, 49.9, -0.1, 7.0, 45.0],
            "predicted": [1.9, 9.9, 49.9, -0.1, 7.0, 45.0],
            "complete": [1.0] * 6,
        }
    ),
    "venue_choice": lambda: pd.DataFrame(
        {
            "formula": ["utility", "printed difference"] * 2,
            "ratio": [0.5, 0.5, 2.0, 2.0],
            "share": [0.0, 0.2, 1.0, 0.6],
            "low": [0.0, 0.1, 0.9, 0.5],
            "high": [0.1, 0.3, 1.0, 0.7],
        }
    ),
}


type Found = Mapping[str, Table]


@pytest.fixture(scope="module")
def found() -> dict[str, Found]:
    """Tables of every claim but the slowest, in the quick setting."""
    return {claim.id: run_claim(claim, Settings()).tables for claim in CLAIMS if claim.id != "V33"}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    for name, made in TABLES.items():
        made().to_csv(folder / f"{name}.csv", index=False)
    return folder


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.name)
def test_a_figure_is_drawn_with_titles_and_labels(figure: ValidationFigure, data: Path) -> None:
    drawn = figure.draw_from(data)
    assert drawn.get_figwidth() in (style.COLUMN_IN, style.TEXT_IN)
    cells = [axes for axes in drawn.axes if axes.get_label() != "<colorbar>"]
    for axes in cells:
        assert axes.get_xlabel() or axes.get_xticklabels()
    titles = [axes.get_title(loc="left") for axes in cells]
    assert all(titles) == (len(cells) > 1), titles


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.name)
def test_no_word_is_cut_off_at_the_edge(figure: ValidationFigure, data: Path) -> None:
    no_word_is_cut_off(figure.draw_from(data))


def no_word_is_cut_off(drawn: Figure) -> None:
    drawn.canvas.draw()
    page = drawn.bbox
    for axes in drawn.axes:
        for text in (*axes.texts, axes.title, axes.xaxis.label, axes.yaxis.label):
            if text.get_text():
                box = text.get_window_extent()
                assert box.x0 >= page.x0 - 1.0, text.get_text()
                assert box.x1 <= page.x1 + 1.0, text.get_text()


def test_a_figure_without_its_tables_says_which(tmp_path: Path) -> None:
    for figure in FIGURES:
        assert figure.missing(tmp_path) == figure.requires


def test_a_table_the_claims_no_longer_write_would_be_noticed(found: dict[str, Found]) -> None:
    """Stems and columns here are those that the experiments write."""
    written = {stem: table for tables in found.values() for stem, table in tables.items()}
    for stem in set(TABLES) - {"participation_grid", "participation_basin"}:
        assert set(TABLES[stem]().columns) == set(written[stem]), stem


def test_every_claim_with_tables_has_a_figure_of_its_own_tables(
    found: dict[str, Found], tmp_path: Path
) -> None:
    """`--only V17` draws something, and nothing of another claim is needed for it."""
    for claim, tables in found.items():
        for stem, table in tables.items():
            pd.DataFrame(table).to_csv(tmp_path / f"{stem}.csv", index=False)
        own = [figure for figure in build.FIGURES if set(figure.requires) <= set(tables)]
        assert bool(own) == bool(tables), claim
        drawn = {stem for figure in own for stem in figure.requires}
        assert drawn == set(tables), claim
        for figure in own:
            no_word_is_cut_off(figure.draw_from(tmp_path))


def test_a_negative_regret_is_hollow_and_drawn_as_its_size(data: Path) -> None:
    drawn = regret.FIGURES[0].draw_from(data)
    persistent = drawn.axes[1]
    hollow = [line for line in persistent.lines if line.get_markerfacecolor() == "white"]
    assert len(hollow) == 1
    assert min(hollow[0].get_ydata()) > 0.0  # type: ignore[type-var]


# --- words at the ends of curves -----------------------------------------------------------------


def panel() -> tuple[Figure, Axes]:
    figure = style.canvas(style.COLUMN_IN, 2.5)
    axes = figure.subplots()
    axes.set(xlim=(0.0, 2.0), ylim=(0.0, 1.0))
    figure.canvas.draw()
    return figure, axes


def heights_pt(figure: Figure, axes: Axes) -> dict[str, float]:
    figure.canvas.draw()
    return {
        text.get_text(): float(np.mean(text.get_window_extent().intervaly)) * 72.0 / figure.dpi
        for text in axes.texts
    }


def test_words_at_one_height_are_moved_apart_in_the_order_of_their_curves() -> None:
    figure, axes = panel()
    ends = {"high": (1.0, 0.502, "k"), "low": (1.0, 0.5, "k"), "middle": (1.0, 0.501, "k")}
    panels.end_labels(axes, ends, gap_pt=8.0)
    heights = heights_pt(figure, axes)
    assert heights["middle"] - heights["low"] > 7.0
    assert heights["high"] - heights["middle"] > 7.0


def test_words_far_apart_stay_at_their_curves() -> None:
    figure, axes = panel()
    panels.end_labels(axes, {"high": (1.0, 0.9, "k"), "low": (1.0, 0.1, "k")})
    heights = heights_pt(figure, axes)
    for text, y in (("high", 0.9), ("low", 0.1)):
        curve = axes.transData.transform((1.0, y))[1] * 72.0 / figure.dpi
        assert heights[text] == pytest.approx(curve, abs=1.5)


def test_signed_numbers_have_a_real_minus() -> None:
    assert panels.signed(-1.234) == "\u22121.23"
    assert panels.signed(12.0, 0) == "12"
