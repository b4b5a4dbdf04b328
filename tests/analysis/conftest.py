"""A small synthetic study, written once and loaded afresh where a test changes it."""

from pathlib import Path

import pytest

from analysis.load import Results, load
from tests.analysis.synthetic import write_results

SMALL = {
    "design": ("no_adl", "pnl_leverage_queue", "pro_rata_notional"),
    "disclosure": ("none", "rank"),
    "reacting": (False, True),
}


@pytest.fixture(scope="session")
def study_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three designs, two disclosures, reacting or not, eight replicates, one failed run."""
    parent = tmp_path_factory.mktemp("results")
    return write_results(parent, levers=SMALL, replicates=8, steps=13, failing=((5, 3),))


@pytest.fixture(scope="session")
def results(study_folder: Path) -> Results:
    return load(study_folder)
