"""The import contracts hold, and an attack on one is reported by the contract meant for it.

The tree is copied, one forbidden import per attack is appended to a file of the copy, and the
linter runs once over all of them: a contract that stayed silent would be decoration.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.tree import PACKAGES, ROOT

LINT = "import sys; from importlinter.cli import lint_imports_command as lint; sys.exit(lint())"

ATTACKS = {
    "1.": ("abm/units.py", "abm.rng"),
    "2.": ("abm/citation.py", "experiments"),
    "2b.": ("analysis/estimators.py", "abm.units"),
    "2c.": ("experiments/sampling.py", "analysis.estimators"),
    "3.": ("abm/contagion/__init__.py", "abm.venue.margin"),
    "4.": ("abm/agents/reactions.py", "abm.adl.score"),
    "5.": ("abm/adl/severity.py", "abm.adl.trigger"),
    "6.": ("abm/agents/trading.py", "abm.market.trades"),
    "7a.": ("abm/market/accounting.py", "mesa"),
    "7b.": ("abm/market/book.py", "ray"),
    "7c.": ("abm/market/columns.py", "pandas"),
    "7d.": ("experiments/tasks.py", "networkx"),
    "7e.": ("experiments/worker.py", "pandas"),
    "7f.": ("experiments/tasks.py", "sklearn"),
    "9.": ("tests/oracles/margin.py", "abm.venue.margin"),
}

CYCLE = ("analysis/estimators.py", "analysis.frontier")
"""Contract 8 reports where the circle may be cut, which need not be the line that closed it."""


def _lint(tree: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", LINT, "--no-cache"],
        cwd=tree,
        env={**os.environ, "COLUMNS": "400", "PYTHONPATH": str(tree), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Contracts:" in done.stdout, done.stdout + done.stderr
    return done.stdout


def _sections(report: str) -> dict[str, str]:
    """Each broken contract's number, with the imports reported under it."""
    _, _, broken = report.partition("Broken contracts")
    parts = re.split(r"^(\d+[a-z]?\.) .*\n-+$", broken, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def _copy(tree: Path) -> Path:
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package, tree / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(ROOT / "pyproject.toml", tree)
    return tree


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The broken contracts of a tree under all attacks at once."""
    tree = _copy(tmp_path_factory.mktemp("attacked"))
    for file, imported in (*ATTACKS.values(), CYCLE):
        path = tree / file
        path.parent.mkdir(exist_ok=True)
        before = path.read_text() if path.exists() else ""
        path.write_text(before + f"\n\ndef _attack():\n    import {imported}\n")
    return _sections(_lint(tree))


def test_the_contracts_hold() -> None:
    report = _lint(ROOT)
    assert " 0 broken." in report, report


@pytest.mark.parametrize("contract", ATTACKS)
def test_an_attack_is_reported_by_the_contract_meant_for_it(
    contract: str, reported: dict[str, str]
) -> None:
    file, imported = ATTACKS[contract]
    importer = file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    assert f"{importer} -> {imported}" in reported.get(contract, ""), (contract, reported)


def test_a_cycle_is_reported(reported: dict[str, str]) -> None:
    assert "No cycles are allowed in analysis" in reported.get("8.", ""), reported


def test_no_other_project_shadows_the_packages() -> None:
    import abm
    import analysis
    import experiments

    for package in (abm, analysis, experiments):
        assert package.__file__ is not None
        assert Path(package.__file__).resolve().is_relative_to(ROOT)
