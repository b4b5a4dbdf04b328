"""The figure of a forecast: drawn from three tables, hollow where nothing followed."""

from pathlib import Path

import pandas as pd
import pytest
from matplotlib.colors import to_rgba

from analysis.validation.build import build
from analysis.validation.forecast import FIGURES, FLOOR, KINDS, MODELS, SCORES


def tables() -> dict[str, pd.DataFrame]:
    bins = [
        (kind, model, p, 0.0 if p < 0.01 else p, 0.5 * p, min(1.0, 2.0 * p), 100)
        for kind in KINDS
        for model in MODELS
        for p in (0.0001, 0.02, 0.2, 0.7)
    ]
    curves = [
        (kind, model, x, x**0.5) for kind in KINDS for model in MODELS for x in (0.0, 0.5, 1.0)
    ]
    scores = [
        (kind, model, score, 0.4, 0.3, 0.5)
        for kind in KINDS
        for model in MODELS
        for score in SCORES
    ]
    return {
        "forecast_reliability": pd.DataFrame(
            bins, columns=["looks", "model", "forecast", "frequency", "low", "high", "count"]
        ),
        "forecast_roc": pd.DataFrame(curves, columns=["looks", "model", "false_alarms", "hits"]),
        "forecast_skill": pd.DataFrame(
            scores, columns=["looks", "model", "measure", "value", "low", "high"]
        ),
    }


def test_every_part_is_there():
    figure = FIGURES[0].draw(tables())
    reliability, warnings, skill = figure.axes
    hollow = [
        line for line in reliability.lines if to_rgba(line.get_markerfacecolor()) == (1, 1, 1, 1)
    ]
    assert len(hollow) == len(MODELS)
    for line in hollow:
        assert list(line.get_ydata()) == [FLOOR]
    assert sum(line.get_linestyle() == ":" for line in warnings.lines) == len(MODELS) + 1
    labels = [label.get_text() for label in skill.get_yticklabels()]
    assert labels == [name for head in KINDS.values() for name in (head, *SCORES.values())]


def test_it_is_built_from_its_folder(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    for name, table in tables().items():
        table.to_csv(tmp_path / "data" / f"{name}.csv", index=False)
    written = {path.name for path in build(tmp_path)}
    assert written == {"forecast_skill.pdf", "forecast_skill.png"}


def test_skill_below_zero_is_in_sight():
    found = tables()
    found["forecast_skill"].loc[0, ["value", "low", "high"]] = [-0.3, -0.5, -0.1]
    figure = FIGURES[0].draw(found)
    assert figure.axes[2].get_xlim()[0] == pytest.approx(-0.58)
