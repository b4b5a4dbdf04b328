"""A book without ticks: sourced digits, conservation over random books, refused input."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given

from abm.adl import AdlDesign, Aftermath, Book, CustomScore, Queue, deleverage
from abm.adl.catalog import CATALOG, design
from tests.strategies import QUICK, book_columns

assert CATALOG


def book_of(**columns: list) -> Book:
    count = len(columns["account_id"])
    filled = {"instrument": ["BTC"] * count, "mark_price": [100.0] * count, **columns}
    return Book.from_columns(filled)


def dydx_book() -> Book:
    return book_of(
        account_id=[7, 3],
        qty_contracts=[-500.0, 500.0],
        entry_price=[1.0, 1.0],
        cash_usd=[100.0, 100.0],
        mark_price=[2.0, 2.0],
    )


def ledger(book: Book) -> float:
    """Cash less what the positions cost: moved by trades at any price, but never created."""
    return float(book.cash_usd.sum() - (book.qty_contracts * book.entry_price).sum())


def test_dydx_example():
    result = deleverage(dydx_book(), design("dydx_v4"))
    assert result.account_id.tolist() == [3]
    assert result.contracts.tolist() == [500.0]
    assert result.close_price.tolist() == pytest.approx([1.2])
    assert result.burden_usd.tolist() == pytest.approx([400.0])
    np.testing.assert_allclose(result.book.cash_usd, [200.0, 0.0], atol=1e-9)
    assert result.book.qty_contracts.tolist() == [0.0, 0.0]
    assert (result.deficit_usd, result.fund_paid_usd) == (400.0, 0.0)
    assert result.residual_deficit_usd == pytest.approx(0.0, abs=1e-9)
    assert "1.2" in str(result) and "dydx_v4" in str(result)


def test_bybit_example_with_a_fund():
    # Pool 1 M at its peak, deficit 350 k: the fund pays 300 k, ADL passes on 50 k.
    book = book_of(
        account_id=[1, 2],
        qty_contracts=[-35_000.0, 35_000.0],
        entry_price=[90.0, 90.0],
        cash_usd=[0.0, 1e6],
    )
    result = deleverage(book, design("bybit"), fund_usd=1e6)
    assert result.fund_paid_usd == pytest.approx(300e3)
    assert result.burden_usd.sum() == pytest.approx(50e3)
    assert result.close_price[0] == pytest.approx(100.0 - 50e3 / 35e3)
    below_the_line = deleverage(book, design("bybit"), fund_usd=700e3, fund_peak_usd=1e6)
    assert below_the_line.fund_paid_usd == 0.0
    assert deleverage(book, design("bitmex"), fund_usd=1e6).rounds == ()
    assert deleverage(book, design("dydx_v4"), fund_usd=1e6).fund_paid_usd == 0.0


def test_deficit_is_spread_by_maintenance_margin():
    # Account 1: equity -30; requirements 5 (BTC) and 10 (ETH): deficits 10 and 20.
    book = Book.from_columns(
        {
            "account_id": [1, 1, 2, 3],
            "instrument": ["BTC", "ETH", "BTC", "ETH"],
            "qty_contracts": [1.0, -2.0, -1.0, 2.0],
            "entry_price": [100.0, 50.0, 110.0, 40.0],
            "cash_usd": [-30.0, -30.0, 90.0, 90.0],
            "mark_price": [100.0, 50.0, 100.0, 50.0],
            "maintenance_rate": [0.05, 0.1, 0.05, 0.1],
        }
    )
    result = deleverage(book, design("bitmex"))
    assert dict(zip(result.instrument, result.close_price, strict=True)) == pytest.approx(
        {"BTC": 110.0, "ETH": 40.0}
    )
    assert result.burden_usd.tolist() == pytest.approx([10.0, 20.0])
    np.testing.assert_allclose(result.book.equity_usd, [0.0, 90.0, 90.0], atol=1e-9)


def test_each_bankrupt_account_closes_at_its_own_price():
    book = book_of(
        account_id=[1, 2, 3],
        qty_contracts=[2.0, 6.0, -20.0],
        entry_price=[100.0, 100.0, 120.0],
        cash_usd=[-8.0, -8.0, 500.0],
    )
    result = deleverage(book, design("bitmex"))
    assert result.close_price.tolist() == pytest.approx([102.0])
    np.testing.assert_allclose(result.book.equity_usd[:2], 0.0, atol=1e-9)
    assert result.book.qty_contracts.tolist() == [0.0, 0.0, -12.0]


def test_a_queue_that_is_too_short_closes_losers_pro_rata_in_lots():
    columns = {
        "account_id": [1, 2, 3],
        "qty_contracts": [3.0, 6.0, -4.0],
        "entry_price": [100.0, 100.0, 120.0],
        "cash_usd": [-9.0, -9.0, 500.0],
    }
    result = deleverage(book_of(**columns), design("bitmex"))
    np.testing.assert_allclose(result.book.qty_contracts, [3 - 4 / 3, 6 - 8 / 3, 0.0])
    in_lots = deleverage(book_of(**columns, lot_contracts=[1.0] * 3), design("bitmex"))
    assert in_lots.book.qty_contracts.tolist() == [2.0, 3.0, 0.0]
    for each in (result, in_lots):
        assert ledger(each.book) == pytest.approx(ledger(book_of(**columns)), abs=1e-9)


def test_bankrupt_on_both_sides_are_served_by_the_solvent():
    book = book_of(
        account_id=[1, 2, 3, 4],
        qty_contracts=[2.0, -2.0, 5.0, -5.0],
        entry_price=[100.0] * 4,
        cash_usd=[-4.0, -6.0, 100.0, 100.0],
    )
    result = deleverage(book, design("bitmex"))
    assert [done.close_price for done in result.rounds] == pytest.approx([102.0, 97.0])
    assert result.account_id.tolist() == [4, 3]
    assert result.residual_deficit_usd == pytest.approx(0.0, abs=1e-9)


def test_fees_are_paid_by_counterparties():
    charged = dataclasses.replace(design("dydx_v4"), aftermath=Aftermath(fee_rate=0.001))
    result = deleverage(dydx_book(), charged)
    assert result.fee_usd.tolist() == pytest.approx([0.001 * 500.0 * 1.2])
    assert ledger(result.book) + result.fee_usd.sum() == pytest.approx(ledger(dydx_book()))


def test_debt_without_a_position_stays():
    book = book_of(account_id=[1], qty_contracts=[0.0], entry_price=[100.0], cash_usd=[-9.0])
    result = deleverage(book, design("bitmex"))
    assert (result.rounds, result.residual_deficit_usd) == ((), 9.0)


def test_a_short_cannot_owe_more_than_its_notional():
    book = book_of(
        account_id=[1, 2],
        qty_contracts=[-1.0, 1.0],
        entry_price=[100.0, 100.0],
        cash_usd=[-150.0, 500.0],
    )
    result = deleverage(book, design("bitmex"))
    assert result.close_price.tolist() == [0.0]
    assert result.residual_deficit_usd == pytest.approx(50.0)


ON_BOOKS = [entry for entry in CATALOG if entry.id != "gmx_v2"]
assert ON_BOOKS


def one_instrument(columns: dict, entry: AdlDesign) -> dict:
    """The book of the first instrument, for designs that charge accounts whatever they hold."""
    if not entry.capacity.flat_too:
        return columns
    first = columns["instrument"] == "BTC"
    return {name: column[first] for name, column in columns.items()}


@pytest.mark.parametrize("entry", ON_BOOKS, ids=lambda entry: entry.id)
@QUICK
@given(columns=book_columns())
def test_positions_and_cash_are_conserved(entry, columns):
    book = Book.from_columns(one_instrument(columns, entry))
    result = deleverage(book, entry, fund_usd=20.0, revenue_usd=5.0)
    after = result.book
    count = len(book.instrument)
    before_qty = np.bincount(book.position_instrument, book.qty_contracts, count)
    after_qty = np.bincount(after.position_instrument, after.qty_contracts, count)
    paid_in = result.fund_paid_usd - result.fee_usd.sum() + result.compensation_usd.sum()
    if entry.aftermath.settles_market:  # an instrument with a round ends flat, the others stay
        assert np.logical_or(after_qty == 0.0, after_qty == before_qty).all()
    else:
        np.testing.assert_allclose(after_qty, before_qty, atol=1e-9)
        assert ledger(after) == pytest.approx(ledger(book) + paid_in, abs=1e-8)
    total = book.equity_usd.sum() + result.fund_paid_usd + result.compensation_usd.sum()
    assert after.equity_usd.sum() == pytest.approx(total, abs=1e-8)
    assert (after.qty_contracts * book.qty_contracts >= 0.0).all()  # nobody flips
    assert (np.abs(after.qty_contracts) <= np.abs(book.qty_contracts) + 1e-12).all()
    assert result.fund_paid_usd <= min(20.0, result.deficit_usd)
    if not book.account_id.size or (book.equity_usd >= 0.0).all():
        assert result.rounds == ()
    assert not np.isnan(after.cash_usd).any()


@pytest.mark.parametrize("entry", ON_BOOKS, ids=lambda entry: entry.id)
@QUICK
@given(columns=book_columns())
def test_row_order_does_not_matter(entry, columns):
    columns = one_instrument(columns, entry)
    backwards = {name: column[::-1] for name, column in columns.items()}
    one = deleverage(Book.from_columns(columns), entry, seed=3)
    two = deleverage(Book.from_columns(backwards), entry, seed=3)
    assert one.account_id.tolist() == two.account_id.tolist()
    np.testing.assert_array_equal(one.contracts, two.contracts)
    np.testing.assert_array_equal(one.book.cash_usd, two.book.cash_usd)


def test_seed_decides_a_random_order():
    book = book_of(
        account_id=list(range(1, 8)),
        qty_contracts=[6.0, -1.0, -1.0, -1.0, -1.0, -1.0, -1.0],
        entry_price=[100.0] * 7,
        cash_usd=[-1.0] + [50.0] * 6,
    )
    book = dataclasses.replace(book, qty_contracts=np.array([2.0, *[-1.0] * 6]))
    drawn = {
        tuple(deleverage(book, design("random_lottery"), seed=seed).account_id.tolist())
        for seed in range(12)
    }
    assert len(drawn) > 3


def test_custom_score_without_compiling():
    names = ["b", "a"]  # a closure over a Python list: numba would refuse it
    smallest_first = dataclasses.replace(
        design("bitmex"),
        score=CustomScore(lambda exposure: -abs(exposure.qty_contracts) * len(names)),
        allocation=Queue(),
    )
    book = book_of(
        account_id=[1, 2, 3],
        qty_contracts=[3.0, -5.0, -2.0],
        entry_price=[100.0] * 3,
        cash_usd=[-3.0, 90.0, 90.0],
    )
    result = deleverage(book, smallest_first)
    assert dict(zip(result.account_id.tolist(), result.contracts, strict=True)) == {3: -2, 2: -1}


def test_parquet_round_trip(tmp_path):
    book = dydx_book()
    book.to_parquet(tmp_path / "book.parquet")
    again = Book.from_parquet(tmp_path / "book.parquet")
    for field in dataclasses.fields(Book):
        np.testing.assert_array_equal(getattr(again, field.name), getattr(book, field.name))


def good() -> dict:
    return {
        "account_id": np.array([1, 2]),
        "instrument": np.array(["BTC", "BTC"]),
        "qty_contracts": np.array([1.0, -1.0]),
        "entry_price": np.array([100.0, 100.0]),
        "cash_usd": np.array([-5.0, 50.0]),
        "mark_price": np.array([100.0, 100.0]),
    }


BAD_COLUMNS = [
    ({"cash_usd": None}, "lacks cash_usd"),
    ({"account_id": np.array([1.5, 2.0])}, "must be integers"),
    ({"account_id": np.array([1, 1]), "cash_usd": np.array([5.0, 5.0])}, "one instrument twice"),
    ({"mark_price": np.array([100.0, 101.0])}, "mark_price differs"),
    ({"mark_price": np.array([0.0, 0.0])}, "not above 0"),
    ({"entry_price": np.array([np.nan, 1.0])}, "not finite"),
    ({"lot_contracts": np.array([-1.0, -1.0])}, "lot_contracts is below 0"),
    ({"maintenance_rate": np.array([0.0, 0.0])}, "maintenance_rate is not above 0"),
    ({"qty_contracts": np.array([1.0])}, "differ in length"),
]
assert BAD_COLUMNS


@pytest.mark.parametrize(("change", "message"), BAD_COLUMNS)
def test_bad_columns(change, message):
    columns = {**good(), **change}
    with pytest.raises(ValueError, match=message):
        Book.from_columns({name: value for name, value in columns.items() if value is not None})


def test_cash_of_an_account_is_one_number():
    columns = {**good(), "account_id": np.array([1, 1]), "instrument": np.array(["BTC", "ETH"])}
    with pytest.raises(ValueError, match="cash_usd differs"):
        Book.from_columns(columns)


def test_unknown_columns_are_asked_for_when_read():
    book = Book.from_columns(good())
    with pytest.raises(ValueError, match="add previous_mark_price"):
        deleverage(book, design("hyperliquid"))
    with pytest.raises(ValueError, match="score is NaN"):
        deleverage(book, design("binance"))
    with pytest.raises(ValueError, match="fund_usd"):
        deleverage(book, design("bitmex"), fund_usd=-1.0)
    two = {
        "account_id": np.array([1, 1]),
        "instrument": np.array(["BTC", "ETH"]),
        "qty_contracts": np.array([1.0, 1.0]),
        "entry_price": np.array([100.0, 100.0]),
        "cash_usd": np.array([-5.0, -5.0]),
        "mark_price": np.array([100.0, 100.0]),
    }
    with pytest.raises(ValueError, match="add maintenance_rate"):
        deleverage(Book.from_columns(two), design("bitmex"))


def squeeze(**columns: list) -> Book:
    """A long of 10 bankrupt by 40 USD at a mark of 100, two shorts with profit, one at a loss."""
    filled = {
        "account_id": [1, 2, 3, 4],
        "qty_contracts": [10.0, -6.0, -2.0, -2.0],
        "entry_price": [120.0, 150.0, 110.0, 90.0],
        "cash_usd": [160.0, 100.0, 50.0, 80.0],
        **columns,
    }
    return book_of(**filled)


def test_full_tear_up_takes_the_haircut_and_ends_every_position_at_the_mark():
    """The oracle's haircut of gains; the equity of everybody else stays what it was."""
    book = squeeze()
    result = deleverage(book, design("ccp_full_tear_up"))
    gains = {2: 300.0, 3: 20.0}
    haircut = 40.0 / 320.0
    assert result.account_id.tolist() == [2, 3]
    assert result.burden_usd.tolist() == pytest.approx([haircut * g for g in gains.values()])
    assert result.book.qty_contracts.tolist() == [0.0] * 4
    expected = book.equity_usd + np.array([40.0, -haircut * 300.0, -haircut * 20.0, 0.0])
    np.testing.assert_allclose(result.book.equity_usd, expected)


def test_injective_settles_the_market_it_touched_and_no_other():
    book = squeeze(
        account_id=[1, 2, 3, 4],
        instrument=["BTC", "BTC", "BTC", "ETH"],
    )
    result = deleverage(book, design("injective"))
    assert result.book.qty_contracts.tolist() == [0.0, 0.0, 0.0, -2.0]


def test_percolator_draws_on_the_fund_after_the_profits():
    """Profits of 320 suffice for 40: the fund keeps all. With 10 of profit it pays the other 30."""
    result = deleverage(squeeze(), design("percolator"), fund_usd=100.0)
    assert result.fund_paid_usd == 0.0
    assert result.burden_usd.sum() == pytest.approx(40.0)
    poor = squeeze(entry_price=[120.0, 101.0, 102.0, 90.0])
    result = deleverage(poor, design("percolator"), fund_usd=100.0)
    assert result.fund_paid_usd == pytest.approx(30.0)
    assert result.burden_usd.sum() == pytest.approx(10.0)


def test_compensation_is_paid_out_of_revenue_as_far_as_there_is_any():
    book = squeeze()
    without = deleverage(book, design("compensated_queue"))
    assert without.compensation_usd.tolist() == [0.0] * without.account_id.size
    rich = deleverage(book, design("compensated_queue"), revenue_usd=1e3)
    np.testing.assert_allclose(rich.compensation_usd, 0.5 * rich.burden_usd)
    poor = deleverage(book, design("compensated_queue"), revenue_usd=10.0)
    assert poor.compensation_usd.sum() == pytest.approx(10.0)
    gained = rich.book.equity_usd - without.book.equity_usd
    assert gained.sum() == pytest.approx(rich.compensation_usd.sum())
    with pytest.raises(ValueError, match="revenue_usd"):
        deleverage(book, design("compensated_queue"), revenue_usd=-1.0)


@pytest.mark.parametrize(
    ("name", "column"),
    [("hedge_aware", "hedged_share"), ("liability_snapshot", "snapshot_profit_usd")],
)
def test_a_missing_column_is_named(name, column):
    with pytest.raises(ValueError, match=column):
        deleverage(squeeze(), design(name))
    assert deleverage(squeeze(**{column: [0.0] * 4}), design(name)).design == name


def test_what_cannot_be_run_on_a_book_is_refused():
    with pytest.raises(ValueError, match="use deleverage_pool"):
        deleverage(squeeze(), design("gmx_v2"))
    two = squeeze(instrument=["BTC", "BTC", "BTC", "ETH"])
    for name in ("paradex", "percolator"):
        with pytest.raises(ValueError, match="a book of one instrument"):
            deleverage(two, design(name))


def test_vertex_charges_half_of_the_deficit_to_each_side():
    """Deficit 40: the longs, 5 contracts, pay 20; the shorts, 10 and 5, pay 13.33 and 6.67."""
    book = book_of(
        account_id=[1, 2, 3, 4],
        qty_contracts=[10.0, 5.0, -10.0, -5.0],
        entry_price=[120.0, 100.0, 100.0, 100.0],
        cash_usd=[160.0, 500.0, 500.0, 500.0],
    )
    result = deleverage(book, design("vertex"))
    assert result.account_id.tolist() == [2, 3, 4]
    assert result.burden_usd.tolist() == pytest.approx([20.0, 40.0 / 3.0, 20.0 / 3.0])
