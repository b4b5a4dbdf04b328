"""The worked example against numbers worked out by hand from the table in its docstring."""

import math

import numpy as np
import pytest

from abm.adl.allocation import Queue
from abm.adl.catalog import CATALOG, design
from experiments.words import work_out
from experiments.words.told import takes_cash
from experiments.words.worked_example import Example, book, table

LOSS = 93.0 - 90.0  # bankruptcy price less mark, per contract
SIZE = {1: 100.0, 2: 40.0, 3: 60.0, 4: 80.0, 5: 20.0, 6: 100.0, 7: 0.0}


def _taken(example: Example) -> dict[int, float]:
    return {line.account: line.taken for line in example.lines if line.taken}


def _burdens(example: Example) -> dict[int, float]:
    return {line.account: line.burden_usd for line in example.lines if line.burden_usd}


def _scores(example: Example) -> dict[int, float]:
    return {line.account: line.score for line in example.lines if not math.isnan(line.score)}


def _places(example: Example) -> dict[int, int]:
    return {line.account: line.place for line in example.lines if line.place}


def test_the_book_is_the_one_of_the_docstring() -> None:
    before = book()
    assert before.qty_contracts.sum() == 0.0
    assert before.equity_usd.tolist() == [-300.0, 600.0, 5400.0, 3600.0, 900.0, 3000.0, 700.0]
    leverage = (before.notional_usd / before.equity_usd)[1:]
    np.testing.assert_allclose(leverage, [6.0, 1.0, 2.0, 2.0, 3.0, 0.0])
    # a mark of 95, for the snapshot: q (95 - E), of those who held the same position then
    snapshot = (before.qty_contracts * (95.0 - before.entry_price))[:6]
    np.testing.assert_allclose(before.snapshot_profit_usd[:6], snapshot)


def test_bitmex_by_hand() -> None:
    example = work_out(design("bitmex"))
    # r: 10/100, 60/150, 30/120, -15/75; leverage 6, 1, 2, 2; the loser is divided
    assert _scores(example) == pytest.approx({2: 0.6, 3: 0.4, 4: 0.5, 5: -0.1})
    assert _places(example) == {2: 1, 4: 2, 3: 3, 5: 4}
    assert _taken(example) == pytest.approx({2: 40.0, 4: 60.0})  # 100 contracts in all
    assert _burdens(example) == pytest.approx({2: 40.0 * LOSS, 4: 60.0 * LOSS})
    assert "Close price 93 (bankruptcy price 93, mark 90, mark before 94)" in example.sentence
    assert "the deficit was 300. 0 USD of deficit remain." in example.sentence


def test_drift_by_hand() -> None:
    example = work_out(design("drift"))
    # 300 USD over 200 short and 100 long contracts of solvent accounts: 1 USD per contract
    assert _taken(example) == pytest.approx({2: 40.0, 3: 60.0, 4: 80.0, 5: 20.0, 6: 100.0})
    assert _burdens(example) == pytest.approx(_taken(example))
    assert not example.in_contracts
    assert not _places(example)
    assert "300 USD of cash meet a deficit of 300 USD. 0 USD" in example.sentence


def test_ftx_by_hand() -> None:
    example = work_out(design("ftx"))
    # all four shorts are among the largest ten: 100 of 200 contracts, at 2/3 93 + 1/3 90 = 92
    assert _places(example) == {4: 1, 3: 2, 2: 3, 5: 4}
    assert _taken(example) == pytest.approx({2: 20.0, 3: 30.0, 4: 40.0, 5: 10.0})
    assert _burdens(example) == pytest.approx({2: 40.0, 3: 60.0, 4: 80.0, 5: 20.0})
    assert "Close price 92" in example.sentence
    assert "100 USD of deficit remain." in example.sentence


def test_hyperliquid_by_hand() -> None:
    example = work_out(design("hyperliquid"))
    # entry over mark of the shorts in profit, times leverage; closed at the mark before, 94
    expected = {2: 100 / 90 * 6, 3: 150 / 90, 4: 120 / 90 * 2}
    assert _scores(example) == pytest.approx(expected)
    assert _places(example) == {2: 1, 4: 2, 3: 3}
    assert _taken(example) == pytest.approx({2: 40.0, 4: 60.0})
    assert _burdens(example) == pytest.approx({2: 160.0, 4: 240.0})
    assert "0 USD of deficit remain." in example.sentence
    assert "The bankrupt account is left with 100 USD." in example.sentence


def test_binance_and_wealth_pro_rata_by_hand() -> None:
    # u / W times MM / e: 400/200 180/600, 3600/1800 270/5400, 2400/1200 360/3600; a loser has 0
    assert _scores(work_out(design("binance"))) == pytest.approx({2: 0.6, 3: 0.1, 4: 0.2, 5: 0.0})
    # profits 400, 3600, 2400, 1100: a haircut of 300 / 7500 = 4 %
    pro_rata = work_out(design("wealth_pro_rata"))
    assert _taken(pro_rata) == pytest.approx({2: 16.0, 3: 144.0, 4: 96.0, 6: 44.0})


def test_gmx_by_hand() -> None:
    example = work_out(design("gmx_v2"))
    profit, pool = 400.0 + 3600.0 + 2400.0 - 300.0, 7000.0
    of_one = {2: 10.0, 3: 60.0, 4: 30.0}  # profit per contract
    closed = sum(of_one[account] * taken for account, taken in _taken(example).items())
    after = (profit - closed) / (pool - closed)  # below a factor of 0.9 profits are paid in full
    assert 0.77 <= after <= 0.85
    assert f"bring it to {after:.3g}" in example.sentence
    assert f"{profit:,.0f} USD is {profit / pool:.3g} of a pool" in example.sentence
    assert set(_taken(example)) <= set(of_one)


def test_what_remains_is_said_for_every_design() -> None:
    said = {entry.id: work_out(entry).sentence for entry in CATALOG}
    assert "the deficit of 300 USD stays" in said["no_adl"]
    assert "300 USD of deficit remain" in said["okx"]  # closed at the mark
    assert "210 USD of cash meet a deficit of 300 USD. 90 USD" in said["paradex"]  # 3 % of 7,000
    assert "pays back 150 USD" in said["compensated_queue"]
    assert "every position ends at the mark" in said["injective"]
    assert "The order is drawn." in said["random_lottery"]


def test_places_are_the_order_in_which_a_queue_takes() -> None:
    queues = [
        entry
        for entry in CATALOG
        if isinstance(entry.allocation, Queue) and not takes_cash(entry) and entry.id != "gmx_v2"
    ]
    seen = 0
    for entry in queues:
        lines = sorted(
            (line for line in work_out(entry).lines if line.place), key=lambda x: x.place
        )
        left = 100.0
        for line in lines:
            assert line.taken == pytest.approx(min(SIZE[line.account], left)), entry.id
            left -= line.taken
        falling = [line.score for line in lines]
        assert falling == sorted(falling, reverse=True), entry.id
        seen += bool(lines)
    assert seen > 25


def test_the_table_is_narrow() -> None:
    for entry in CATALOG:
        lines = list(table(work_out(entry)))
        assert len(lines) == 9
        assert max(map(len, lines)) <= 80
        assert len(set(map(len, lines))) == 1
