"""The README's code runs as it stands: design, strategy, study file, and the files it points to."""

import re
import runpy
import tomllib
from pathlib import Path

import pytest

from abm.adl.catalog import CATALOG
from abm.adl.design import AdlDesign
from experiments.cli import main

REPOSITORY = Path(__file__).resolve().parent.parent
README = (REPOSITORY / "README.md").read_text()


def blocks(language: str) -> list[str]:
    """Fenced code of one language, in order."""
    found = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    assert found
    return found


def test_the_design_of_the_readme_is_a_design_and_short(tmp_path):
    text = next(block for block in blocks("python") if "FairQueue = " in block)
    assert len(text.splitlines()) <= 20
    (tmp_path / "my_designs.py").write_text(text)
    made = runpy.run_path(str(tmp_path / "my_designs.py"))["FairQueue"]
    assert isinstance(made, AdlDesign)


@pytest.mark.compiled
def test_the_strategy_of_the_readme_runs(tmp_path):
    text = next(block for block in blocks("python") if "class Nervous" in block)
    script = tmp_path / "strategy.py"
    script.write_text(text.replace('"crash", ', '"crash", traders=60, ticks=60, '))
    model = runpy.run_path(str(script))["model"]
    assert model.tick == 60


@pytest.mark.compiled
def test_the_study_of_the_readme_runs_and_is_repeated_by_its_frame(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    design = next(block for block in blocks("python") if "FairQueue = " in block)
    (tmp_path / "my_designs.py").write_text(design)
    study = blocks("toml")[0]
    tomllib.loads(study)
    small = study.replace("replicates = 50", "replicates = 1").replace("2000", "60")
    (tmp_path / "leverage.toml").write_text(small.replace("[levers]", "ticks = 40\n\n[levers]"))
    words = ["study", "leverage.toml", "--executor", "in-process", "--no-figures", "--out", "out"]
    assert main(words) == 0
    from experiments import load_results

    assert len(load_results(tmp_path / "out")) == 9
    assert "FairQueue" in capsys.readouterr().out


def test_what_the_readme_names_exists():
    for name in re.findall(r"\]\(([^)h][^)]*)\)", README):
        assert (REPOSITORY / name).is_file(), name
    for word in ("BitMEX", "Binance", "Bybit", "OKX", "Hyperliquid", "dYdX v4", "Drift"):
        assert any(word in "".join(entry.names) for entry in CATALOG)
    assert "SPEED_TABLE" not in README
