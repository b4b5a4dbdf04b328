"""The fit, and the verb from its words to its files and figure."""

import csv
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from abm.engine.presets import PRESETS
from abm.engine.run import simulate
from abm.venue.forecast import FEATURES, Forecast
from experiments.cli import main
from experiments.engine import shipped_engine
from experiments.errors import StudyError
from experiments.forecast.command import scenario_of
from experiments.forecast.fitting import fit
from experiments.forecast.report import BASE, FIT, RULE, Fits, Verdict, base_rates, judge, sentence
from experiments.forecast.skill import Row, probabilities
from experiments.forecast.worlds import Looks, Settings
from experiments.overrides import with_overrides


def made(looks: int = 20_000) -> tuple[np.ndarray, np.ndarray, Forecast]:
    """Looks whose labels come from a known forecast, on features of very different scales."""
    generator = np.random.default_rng(11)
    features = generator.normal(size=(looks, len(FEATURES))) * np.geomspace(1e-3, 10.0, 11)
    features[:, FEATURES.index("cover")] = 0.7  # never changes
    truth = Forecast(("volatility", "forced"), (800.0, -0.1), -1.0)
    return features, generator.random(looks) < probabilities(truth, features), truth


def test_a_fit_finds_what_made_the_labels():
    features, label, truth = made()
    found = fit(features, label, 30.0)
    weights = dict(zip(found.features, found.coefficients, strict=True))
    assert found.horizon_s == 30.0
    assert weights["volatility"] == pytest.approx(800.0, rel=0.1)
    assert weights["forced"] == pytest.approx(-0.1, rel=0.1)
    assert weights["cover"] == 0.0
    assert found.intercept == pytest.approx(-1.0, abs=0.1)
    gap = probabilities(found, features) - probabilities(truth, features)
    assert np.abs(gap).mean() < 0.02
    assert probabilities(found, features).mean() == pytest.approx(label.mean(), abs=1e-4)


def test_a_fit_of_some_features_uses_no_others():
    features, label, _ = made()
    found = fit(features, label, 60.0, ("volatility",))
    assert found.features == ("volatility",)
    assert fit(features, label, 60.0, ("volatility",)) == found


def test_nothing_to_learn():
    features, label, _ = made(100)
    with pytest.raises(StudyError, match="in no window"):
        fit(features, np.zeros_like(label), 60.0)
    with pytest.raises(StudyError, match="in every window"):
        fit(features, np.ones_like(label), 60.0)


def test_without_the_package_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)
    monkeypatch.setitem(sys.modules, "sklearn.linear_model", None)
    assert main(["forecast", "crash", "--out", str(tmp_path / "out")]) == 1
    assert "uv sync --extra forecast" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_scenario_is_a_presets_or_a_studys():
    engine = shipped_engine()
    assert scenario_of("two_venues", engine) is PRESETS["two_venues"]
    assert scenario_of("october_2025", engine).traders == 3000
    with pytest.raises(StudyError, match="moon"):
        scenario_of("moon", engine)


def test_the_sentence_says_who_wins_by_what():
    gaps = {"auc": (0.01, 0.03), "brier": (-0.02, 0.01), "log_loss": (0.1, 0.2)}
    rows = [Row("all", f"{FIT} - {RULE}", m, sum(g) / 2, *g) for m, g in gaps.items()]
    found = sentence(Verdict(tuple(rows), (), ()), "all")
    assert found.endswith("better by auc; worse by log loss; not told apart by brier")


def looks_at(worlds: int, early_rate: float, late_rate: float) -> Looks:
    """Of each world ten early looks and ten late ones, which have rates of their own."""
    block, early = np.repeat(np.arange(worlds), 20), np.tile(np.arange(20) < 10, worlds)
    rate = np.where(early, early_rate, late_rate)
    label = np.arange(block.size) % 10 < np.round(10 * rate)
    return Looks(np.zeros((block.size, len(FEATURES))), label, early, block)


def test_each_kind_of_looks_has_the_base_rate_of_its_own_training_looks():
    rates = base_rates(looks_at(30, 0.2, 0.8))
    assert rates == {"all": pytest.approx(0.5), "early": pytest.approx(0.2)}
    none = looks_at(3, 0.2, 0.8)
    late = Looks(none.features, none.label, np.zeros_like(none.is_early), none.block)
    assert np.isnan(base_rates(late)["early"])


def test_skill_on_early_looks_is_against_their_own_training_rate():
    """A forecast that always says 0.2 knows nothing of early looks; against 0.5 it seemed to."""
    seen = looks_at(30, 0.2, 0.8)
    constant = Forecast(("volatility",), (0.0,), float(np.log(0.2 / 0.8)))
    fits = Fits(constant, constant, base_rates(seen))
    rows = judge(fits, seen, Settings(seeds=30, fresh=30)).rows
    at = {(row.looks, row.model, row.measure): row.value for row in rows}
    assert at["early", FIT, "brier_skill"] == pytest.approx(0.0, abs=1e-12)
    assert at["early", FIT, "log_loss_skill"] == pytest.approx(0.0, abs=1e-12)
    assert at["early", BASE, "brier"] == pytest.approx(0.2 * 0.8)
    assert at["all", BASE, "brier"] == pytest.approx(0.25)
    assert at["all", FIT, "brier_skill"] == pytest.approx(1.0 - (0.25 + 0.3**2) / 0.25)


def test_the_base_rate_is_of_training_looks_and_not_of_those_judged():
    even = Forecast(("volatility",), (0.0,), 0.0)
    fits = Fits(even, even, base_rates(looks_at(30, 0.2, 0.8)))
    rows = judge(fits, looks_at(30, 0.4, 0.6), Settings(seeds=30, fresh=30)).rows
    at = {(row.looks, row.model, row.measure): row.value for row in rows}
    assert at["early", BASE, "brier"] == pytest.approx(0.4 * 0.8**2 + 0.6 * 0.2**2)


@pytest.mark.compiled
def test_the_command_learns_judges_writes_and_draws(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    words = ["forecast", "crash", "--seeds", "12", "--fresh", "8", "--out", str(out)]
    assert main(words) == 0
    assert "against the volatility rule" in " ".join(capsys.readouterr().out.split())
    with (out / "skill.csv").open() as stream:
        rows = [*csv.DictReader(stream)]
    at = {(r["looks"], r["model"], r["measure"]): float(r["value"] or "nan") for r in rows}
    assert at["all", "base rate", "auc"] == 0.5
    assert at["all", "forecast", "auc"] > 0.7
    assert (out / "data" / "forecast_skill.csv").read_bytes() == (out / "skill.csv").read_bytes()
    record = json.loads((out / "forecast_run.json").read_text())
    assert record["looks_judged"]["looks"] == 8 * (230 - 6)
    learnt = record["looks_learnt"]
    assert record["fits"]["base_rates"] == {
        "all": learnt["base_rate"],
        "early": learnt["early_base_rate"],
    }
    assert learnt["early_base_rate"] < learnt["base_rate"]
    assert {file.name for file in (out / "figures").iterdir()} == {
        "forecast_skill.png",
        "forecast_skill.pdf",
    }
    fitted = json.loads((out / "forecast.json").read_text())
    armed = with_overrides(
        PRESETS["crash"],
        {"venues.0.guards.margin_rule": "predictive", "venues.0.guards.forecast": fitted},
    )
    assert simulate(armed, 1, 0).outcomes["largest_margin_factor"] > 1.2
    again = tmp_path / "again"
    assert main([*words[:-1], str(again), "--workers", "2", "--no-figures"]) == 0
    for name in ("forecast.json", "skill.csv", "forecast_run.json"):
        assert (again / name).read_bytes() == (out / name).read_bytes()
