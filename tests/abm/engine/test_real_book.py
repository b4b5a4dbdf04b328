"""A world from a real book: positions as they are, open interest closed by the makers."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from abm.engine.build import build_world
from abm.engine.real_book import RealBook
from abm.engine.run import simulate
from abm.market.columns import MAKER
from tests.abm.engine.worlds import ANXIOUS, harsh

BOOK = {
    "account_id": [7, 3, 9, 12],
    "instrument": [0, 0, 0, 0],
    "qty_contracts": [40.0, -10.0, -25.0, 2.0],
    "entry_price": [101.0, 130.0, 104.0, 99.0],
    "cash_usd": [300.0, 5000.0, 900.0, 50.0],
}


def write(tmp_path, columns):
    path = tmp_path / "book.parquet"
    pq.write_table(pa.table(columns), path)
    return str(path)


def scenario_of(path, **changes):
    return harsh(population=RealBook(path=path, behaviour=ANXIOUS), **changes)


def test_positions_entries_and_cash_are_those_of_the_file(tmp_path):
    world = build_world(scenario_of(write(tmp_path, BOOK)), 1, 0)
    accounts = world.state.accounts
    for i, identity in enumerate(BOOK["account_id"]):
        (row,) = np.flatnonzero(accounts.account_id == identity)
        assert accounts.qty_contracts[row, 0] == BOOK["qty_contracts"][i]
        assert accounts.entry_price[row, 0] == BOOK["entry_price"][i]
        assert accounts.cash_usd[row] == BOOK["cash_usd"][i]
    assert accounts.qty_contracts.sum() == pytest.approx(0.0, abs=1e-9)
    makers = accounts.kind == MAKER
    assert accounts.qty_contracts[makers].sum() == pytest.approx(-7.0)
    owner = accounts.trader[accounts.account_id == 9][0]
    assert world.traders.target_leverage[owner] == pytest.approx(2500.0 / 1000.0)
    assert world.traders.wallet_usd[owner] == pytest.approx(0.5 * 1000.0)
    winner = accounts.account_id == 3
    assert (accounts.qty_contracts * (100.0 - accounts.entry_price))[winner, 0] == 300.0


def test_it_runs_with_every_invariant_and_crashes_like_any_world(tmp_path):
    record = simulate(scenario_of(write(tmp_path, BOOK)), 4, 0, check=True)
    assert record.outcomes["liquidated_notional_usd"] > 0.0


def test_isolated_margin_venues_and_traders_are_read(tmp_path):
    columns = {
        **BOOK,
        "venue": [0, 0, 1, 1],
        "trader_id": [1, 2, 1, 3],
        "isolated_margin_usd": [200.0, None, None, 25.0],
    }
    two = (harsh().venues[0], replace(harsh().venues[0], name="beta"))
    world = build_world(scenario_of(write(tmp_path, columns), venues=two), 1, 0)
    accounts = world.state.accounts
    assert accounts.margin_usd[accounts.account_id == 7, 0] == 200.0
    assert accounts.is_isolated[accounts.account_id == 12, 0]
    assert not accounts.is_isolated[accounts.account_id == 3, 0]
    owners = accounts.trader[np.isin(accounts.account_id, [7, 9])]
    assert owners[0] == owners[1]
    for v in range(2):
        held = accounts.qty_contracts[accounts.venue == v]
        assert held.sum() == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"entry_price": None}, "column entry_price is missing"),
        ({"qty_contracts": [1.0, float("nan"), 1.0, 1.0]}, "not a number in row 1"),
        ({"instrument": [0, 0, 0, 3]}, "the scenario has 1"),
        ({"entry_price": [101.0, -1.0, 104.0, 99.0]}, "0 or less"),
        ({"account_id": [7, 7, 9, 12]}, "two rows for one instrument"),
        ({"account_id": [7, None, 9, 12]}, "empty cells"),
        ({name: [] for name in BOOK}, "is empty"),
    ],
)
def test_a_bad_book_is_refused_in_one_sentence(tmp_path, change, says):
    columns = {k: v for k, v in {**BOOK, **change}.items() if v is not None}
    with pytest.raises(ValueError, match=says):
        build_world(scenario_of(write(tmp_path, columns)), 1, 0)


def test_two_cash_balances_of_one_account_are_refused(tmp_path):
    columns = {**BOOK, "account_id": [7, 7, 9, 12], "instrument": [0, 1, 0, 0]}
    price = replace(harsh().price, initial_price=(100.0, 50.0))
    with pytest.raises(ValueError, match="two values of cash_usd"):
        build_world(scenario_of(write(tmp_path, columns), price=price), 1, 0)


def test_a_missing_file_is_named():
    with pytest.raises(ValueError, match=r"no_such\.parquet: no such file"):
        build_world(scenario_of("no_such.parquet"), 1, 0)
