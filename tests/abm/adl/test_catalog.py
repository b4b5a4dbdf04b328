"""The catalog: complete entries, look-up by nearest name, designs from outside."""

import re
import sys

import numpy as np
import pytest

from abm.adl import AdlDesign, Bankruptcy
from abm.adl import encoding as code
from abm.adl.catalog import CATALOG, design, load
from abm.adl.close_price import close_price_of
from abm.adl.design import SLOTS
from abm.adl.exposure import exposure_at
from abm.adl.score import score_of
from tests.strategies import candidates_of


def test_ids_are_unique():
    ids = [entry.id for entry in CATALOG]
    assert len(set(ids)) == len(ids) >= 60


@pytest.mark.parametrize("entry", CATALOG, ids=lambda entry: entry.id)
def test_entry_is_complete(entry):
    assert entry.names
    assert entry.sources
    assert all(re.fullmatch(r"\d{4}(-\d\d-\d\d)?", source.as_of) for source in entry.sources)
    assert entry.note
    assert design(entry.id) is entry
    parameters = entry.parameters()
    assert parameters.shape == (code.LENGTH,)
    assert not np.isnan(parameters).any()


# A short of 1 at 100, mark 80, wallet 20: r = .2, e = 40, N / e = 2, MM / e = .1, M / E = .8.
SHORT_IN_PROFIT = (
    ("bitmex", 0.2 * 2.0, 76.0),
    ("binance", 20.0 / 20.0 * 0.1, 76.0),
    ("bybit", 0.2 * 2.0, 76.0),
    ("okx", 0.2 * 0.1, 80.0),
    ("hyperliquid", 1.25 * 2.0, 79.0),
    ("hyperliquid_literal", 0.8 * 2.0, 79.0),
    ("dydx_v4", 0.3, 76.0),
    ("random_lottery", 0.3, 76.0),
    ("drift", 1.0, np.nan),
    ("wealth_pro_rata", 1.0, np.nan),
)
assert SHORT_IN_PROFIT


@pytest.mark.parametrize(("name", "score", "close_price"), SHORT_IN_PROFIT)
def test_entry_means_its_formula(name, score, close_price):
    parameters = design(name).parameters()
    book = candidates_of([-1.0], 100.0, 20.0, mark=80.0)
    claim = Bankruptcy(1, 1.0, 4.0, 76.0, 80.0, 79.0, 0.0)
    assert score_of(parameters, exposure_at(book, 0), 0.3) == pytest.approx(score)
    np.testing.assert_equal(close_price_of(parameters, claim), close_price)


def test_entries_that_share_a_rule_are_known():
    """Sources that say the same stand apart by name; anything else would be a copy by mistake."""
    by_rule: dict[tuple[object, ...], set[str]] = {}
    for entry in CATALOG:
        rule = tuple(getattr(entry, slot) for slot in SLOTS)
        by_rule.setdefault(rule, set()).add(entry.id)
    shared = {frozenset(ids) for ids in by_rule.values() if len(ids) > 1}
    assert shared == {
        frozenset({"binance", "binance_coin_m"}),
        frozenset({"gate", "kucoin_cross"}),
        frozenset({"kraken", "coinbase", "dydx_v3", "random_lottery"}),
        frozenset({"ccp_vmgh", "deribit_legacy", "wealth_pro_rata"}),
        frozenset({"drift", "mango"}),
        frozenset({"gains", "synthetix", "curie", "jupiter", "no_adl"}),
    }


def test_unknown_id_names_the_nearest():
    with pytest.raises(ValueError, match="write 'bitmex'"):
        design("bitmax")


USER_FILE = '''
"""A user's designs."""
import dataclasses
from abm.adl import CustomScore, Exposure
from abm.adl.catalog import design

def fair(exposure: Exposure) -> float:
    return exposure.pnl_usd / max(1.0, exposure.equity_usd)

FairQueue = dataclasses.replace(design("bitmex"), id="fair", score=CustomScore(fair))

def built():
    return FairQueue

number = 3
'''


def test_load_from_a_users_module(tmp_path, monkeypatch):
    (tmp_path / "users_designs_of_test.py").write_text(USER_FILE)
    monkeypatch.syspath_prepend(str(tmp_path))
    found = load("users_designs_of_test:FairQueue")
    assert isinstance(found, AdlDesign)
    assert design("users_designs_of_test:built") == found
    assert found.parameters()[code.SCORE_PROFIT] == code.PROFIT_CUSTOM
    for path, message in (
        ("users_designs_of_test:Nothing", "check the name after the colon"),
        ("users_designs_of_test:number", "make it an AdlDesign"),
        ("users_designs_of_test:", "write 'module:Name'"),
        ("no_such_module_of_test:X", "PYTHONPATH"),
    ):
        with pytest.raises(ValueError, match=message):
            load(path)
    del sys.modules["users_designs_of_test"]
