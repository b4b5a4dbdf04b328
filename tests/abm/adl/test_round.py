"""The pipeline: every design of the catalog keeps the books, whatever the candidates."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.adl import (
    AdlDesign,
    Bankruptcy,
    Candidates,
    Capacity,
    CustomScore,
    Fixed,
    Full,
    Level,
    MarkPrice,
    Match,
    NoClose,
    Nothing,
    Queue,
    ResidualDeficit,
    Score,
    WaterFill,
)
from abm.adl.bankruptcy import loss_per_contract
from abm.adl.capacity import fill_capacity
from abm.adl.catalog import CATALOG, design
from abm.adl.close_price import close_price_of
from abm.adl.round import CONTRACTS, USD, Round, run_round
from abm.adl.score import score_candidates
from tests.strategies import QUICK, bankruptcies, candidates, candidates_of

KEY = np.uint64(5)
NO_LOT = 0.0

VARIANTS = (
    dataclasses.replace(design("bitmex"), id="random_ties", allocation=Queue("random")),
    dataclasses.replace(design("bitmex"), id="shared_ties", allocation=Queue("pro_rata")),
    dataclasses.replace(design("bitmex"), id="contracts_pro_rata", allocation=WaterFill()),
    dataclasses.replace(
        design("bitmex"), id="odd_lots_drawn", allocation=WaterFill("one", ties="random")
    ),
    dataclasses.replace(design("bitmex"), id="levelled_contracts", allocation=Level("random")),
    dataclasses.replace(design("bitmex"), id="matched", severity=Match()),
    dataclasses.replace(
        design("bitmex"), id="profit_bounds", capacity=Capacity("pnl_usd", fraction=0.5)
    ),
    dataclasses.replace(design("bitmex"), id="equity_bounds", capacity=Capacity("equity_usd")),
    dataclasses.replace(design("okx"), id="equity_at_mark", capacity=Capacity("equity_usd")),
)
DESIGNS = CATALOG + VARIANTS
assert DESIGNS


def play(
    entry: AdlDesign, book: Candidates, claim: Bankruptcy, key: np.uint64 = KEY
) -> tuple[Round, np.ndarray, np.ndarray]:
    """Round, taken and capacity of a design."""
    parameters = entry.parameters()
    n = book.account_id.size
    scores, taken, capacity = np.empty(n, np.float32), np.full(n, -1.0), np.empty(n)
    score_candidates(parameters, book, key, scores)
    done = run_round(parameters, book, scores, claim, key, taken)
    price = close_price_of(parameters, claim)
    fill_capacity(parameters, book, scores, claim, price, capacity)
    return done, taken, capacity


@pytest.mark.parametrize("entry", DESIGNS, ids=lambda entry: entry.id)
@QUICK
@given(book=candidates(), claim=bankruptcies())
def test_bounds_and_budget(entry, book, claim):
    done, taken, capacity = play(entry, book, claim)
    assert (taken >= 0.0).all() and (taken <= capacity).all()
    assert taken.sum() == pytest.approx(done.filled, rel=1e-12, abs=1e-12)
    assert done.filled <= done.budget
    assert done.touched == np.count_nonzero(taken)
    assert (taken[~book.eligible] == 0.0).all()
    assert (taken[book.equity_usd <= 0.0] == 0.0).all()
    if not entry.capacity.flat_too:
        assert (taken[book.qty_contracts == 0.0] == 0.0).all()
    if isinstance(entry.close_price, NoClose):
        assert done.numeraire == USD and math.isnan(done.close_price)
    else:  # nobody grows or flips, and the other side's contracts are what is closed
        assert done.numeraire == CONTRACTS
        assert (taken[book.qty_contracts * claim.side > 0.0] == 0.0).all()
        assert (taken <= np.abs(book.qty_contracts)).all()
    if isinstance(entry.severity, Full):
        owed = claim.deficit_usd if done.numeraire == USD else claim.contracts
        assert done.budget == owed


@pytest.mark.parametrize("entry", DESIGNS, ids=lambda entry: entry.id)
@QUICK
@given(book=candidates(), claim=bankruptcies(lots=(0.0,)))
def test_the_budget_is_met_when_it_can_be(entry, book, claim):
    done, _, capacity = play(entry, book, claim)
    if entry.allocation == WaterFill("tail_risk", power=1.0):  # weight 0 pays nothing
        leverage = book.account_notional_usd / np.where(book.equity_usd > 0.0, book.equity_usd, 1.0)
        capacity = np.where(leverage > 1.0, capacity, 0.0)
    assert done.filled == pytest.approx(min(done.budget, capacity.sum()), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("entry", DESIGNS, ids=lambda entry: entry.id)
@QUICK
@given(book=candidates(), claim=bankruptcies(lots=(0.5,)))
def test_whole_lots(entry, book, claim):
    done, taken, capacity = play(entry, book, claim)
    if done.numeraire == CONTRACTS:
        lots = taken / claim.lot
        np.testing.assert_allclose(lots, np.round(lots), atol=1e-9)
        payable = np.floor(capacity / claim.lot + 1e-9).sum() * claim.lot
        assert done.filled == pytest.approx(
            math.floor(min(done.budget, payable) / claim.lot + 1e-9) * claim.lot
        )


@pytest.mark.parametrize("entry", DESIGNS, ids=lambda entry: entry.id)
@QUICK
@given(book=candidates(), claim=bankruptcies())
def test_same_input_same_output(entry, book, claim):
    first, taken, _ = play(entry, book, claim)
    second, again, _ = play(entry, book, claim)
    assert taken.tolist() == again.tolist()
    np.testing.assert_equal(first, second)


@pytest.mark.parametrize("entry", DESIGNS, ids=lambda entry: entry.id)
@QUICK
@given(book=candidates(), claim=bankruptcies(lots=(0.0,)))
def test_scale_does_not_matter(entry, book, claim):
    names = [
        name for name in Candidates._fields if name.endswith("_usd") or name in ("qty_contracts",)
    ]
    larger = book._replace(**{name: 4.0 * getattr(book, name) for name in names})
    claim_4 = claim._replace(contracts=4.0 * claim.contracts, deficit_usd=4.0 * claim.deficit_usd)
    _, taken, _ = play(entry, book, claim)
    _, taken_4, _ = play(entry, larger, claim_4)
    np.testing.assert_allclose(taken_4, 4.0 * taken, rtol=1e-12, atol=1e-12)


NOT_FLAT = [entry for entry in DESIGNS if not entry.capacity.flat_too]
assert NOT_FLAT


@pytest.mark.parametrize("entry", NOT_FLAT, ids=lambda entry: entry.id)
@QUICK
@given(book=candidates(), claim=bankruptcies())
def test_flat_rows_change_nothing(entry, book, claim):
    held = book.qty_contracts != 0.0
    without = Candidates(*(column[held] for column in book))
    _, taken, _ = play(entry, book, claim)
    _, fewer, _ = play(entry, without, claim)
    np.testing.assert_allclose(fewer, taken[held], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("entry", DESIGNS, ids=lambda entry: entry.id)
@pytest.mark.parametrize("kind", ["empty", "all bankrupt", "own side only", "not eligible"])
def test_nobody_to_take_from(entry, kind):
    claim = Bankruptcy(1, 5.0, 50.0, 110.0, 100.0, 105.0, NO_LOT)
    rows = {
        "empty": candidates_of([], 100.0, 100.0),
        "all bankrupt": candidates_of([-1.0, -2.0], 90.0, 5.0),
        "own side only": candidates_of([1.0, 2.0], 100.0, 300.0),
        "not eligible": candidates_of([-1.0, -2.0], 110.0, 300.0, eligible=[False, False]),
    }
    done, taken, _ = play(entry, rows[kind], claim)
    if not (kind == "own side only" and entry.capacity.both_sides):
        assert (done.filled, done.touched, taken.sum()) == (0.0, 0, 0.0)


def test_bitmex_closes_the_top_of_the_queue():
    # Shorts of 20 contracts at 650 are bankrupt: A2 (10, first) closes all, A5 (20) closes 10.
    qty = [10.0, 10.0, 20.0, 30.0, 20.0, 10.0]
    book = candidates_of(qty, 500.0, 1e5, mark=600.0)
    scores = np.array([3, 6, 1, 4, 5, 2], np.float32)
    taken = np.zeros(6)
    claim = Bankruptcy(-1, 20.0, 20.0 * 50.0, 650.0, 600.0, 600.0, 1.0)
    done = run_round(design("bitmex").parameters(), book, scores, claim, KEY, taken)
    assert taken.tolist() == [0.0, 10.0, 0.0, 0.0, 10.0, 0.0]
    assert done == Round(CONTRACTS, 650.0, 20.0, 20.0, 2)


def test_dydx_example():
    # A long 500 at 1, B short 500 at 1, 100 each; at 2 B is bankrupt at 1.2, A closes there.
    book = candidates_of([500.0], 1.0, 100.0, mark=2.0)
    claim = Bankruptcy(-1, 500.0, 400.0, 1.2, 2.0, 2.0, NO_LOT)
    done, taken, _ = play(design("dydx_v4"), book, claim)
    assert taken.tolist() == [500.0]
    assert done.close_price == 1.2
    assert 500.0 * (done.close_price - 1.0) == pytest.approx(100.0)


def test_dydx_skips_prices_that_do_not_overlap():
    book = candidates_of([-5.0, -5.0], 100.0, [49.0, 51.0])
    claim = Bankruptcy(1, 8.0, 80.0, 110.0, 100.0, 100.0, NO_LOT)
    _, taken, _ = play(design("dydx_v4"), book, claim)
    assert taken.tolist() == [0.0, 5.0]


def test_dydx_visits_at_most_500():
    book = candidates_of(np.full(600, -1.0), 100.0, 1e3)
    claim = Bankruptcy(1, 600.0, 600.0, 101.0, 100.0, 100.0, NO_LOT)
    done, taken, _ = play(design("dydx_v4"), book, claim)
    assert (done.filled, done.touched) == (500.0, 500)
    gaps = np.flatnonzero(np.diff(np.concatenate([taken, taken[:1]])) != 0.0)
    assert gaps.size == 2  # one arc of the circle


def test_drift_charges_every_open_contract():
    book = candidates_of([3.0, -1.0, 0.0, -6.0], [90.0, 120.0, 100.0, 90.0], 200.0)
    claim = Bankruptcy(1, 10.0, 40.0, 104.0, 100.0, 100.0, NO_LOT)
    done, taken, _ = play(design("drift"), book, claim)
    np.testing.assert_allclose(taken, [12.0, 4.0, 0.0, 24.0])
    assert (done.numeraire, done.filled) == (USD, 40.0)


def literature_book() -> Candidates:
    # c = (2, 1, .5, 0, 0), PNL = (8, 4, .5, -3, -12)
    mark, qty = 100.0, np.ones(5)
    pnl = np.array([8.0, 4.0, 0.5, -3.0, -12.0])
    return candidates_of(qty, mark - pnl, [2.0, 1.0, 0.5, 0.0, 0.0])


def literature_design(allocation: Queue | WaterFill | Level) -> AdlDesign:
    return AdlDesign(
        "literature", (), ResidualDeficit(), Fixed(0.5), Capacity("pnl_usd", both_sides=True),
        CustomScore(lambda exposure: exposure.pnl_usd), allocation, NoClose(), Nothing(),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("allocation", "expected", "equity"),
    [
        (Queue(), [3.5, 4.0, 0.0, 0.0, 0.0], [6.5, 1.0, 1.0]),
        (WaterFill(), [4.8, 2.4, 0.3, 0.0, 0.0], [5.2, 2.6, 0.7]),
        (WaterFill("one"), [3.5, 3.5, 0.5, 0.0, 0.0], [6.5, 1.5, 0.5]),
        (Level(), [5.75, 1.75, 0.0, 0.0, 0.0], [4.25, 3.25, 1.0]),
    ],
)
def test_numbers_of_the_literature(allocation, expected, equity):
    book = literature_book()
    scores = np.array([1, 2, 0, 0, 0], np.float32)  # queue order (2, 1)
    taken = np.zeros(5)
    claim = Bankruptcy(-1, 5.0, 15.0, 97.0, 100.0, 100.0, NO_LOT)  # D = 15
    parameters = literature_design(allocation).parameters()
    done = run_round(parameters, book, scores, claim, KEY, taken)
    assert done.budget == 7.5
    np.testing.assert_allclose(taken, expected, rtol=1e-14)
    np.testing.assert_allclose((book.equity_usd - taken)[:3], equity)


def test_levelled_power_and_zero_power_nest():
    book = candidates_of([-1.0, -2.0, -4.0], [120.0, 140.0, 160.0], 200.0)
    claim = Bankruptcy(1, 7.0, 70.0, 110.0, 100.0, 100.0, NO_LOT)
    base = design("wealth_pro_rata")
    flat = dataclasses.replace(base, allocation=WaterFill("risk", 0.0))
    np.testing.assert_allclose(play(flat, book, claim)[1], play(base, book, claim)[1])
    risky = dataclasses.replace(base, allocation=WaterFill("risk", 2.0))
    leverage = book.account_notional_usd / book.equity_usd
    taken = play(risky, book, claim)[1]
    fraction = taken / book.pnl_usd
    np.testing.assert_allclose(fraction / leverage**2, (fraction / leverage**2)[0])


def test_severity_match_never_asks_for_more_than_there_is():
    book = candidates_of([-1.0, -2.0], 110.0, 100.0)
    claim = Bankruptcy(1, 10.0, 20.0, 102.0, 100.0, 100.0, NO_LOT)
    done, _, _ = play(VARIANTS[5], book, claim)
    assert (done.budget, done.filled) == (3.0, 3.0)


def test_dollar_bounds_become_contracts_through_the_loss_per_contract():
    # profit 20 each, at most half of it; loss 4 per contract: 2.5 contracts of 10.
    book = candidates_of([-10.0, -1.0], [102.0, 120.0], 1000.0)
    claim = Bankruptcy(1, 20.0, 80.0, 104.0, 100.0, 100.0, NO_LOT)
    done, taken, _ = play(VARIANTS[6], book, claim)
    np.testing.assert_allclose(taken, [2.5, 0.5])
    loss = loss_per_contract(claim, done.close_price)
    assert (taken * loss <= 0.5 * book.pnl_usd).all()
    at_mark = dataclasses.replace(VARIANTS[6], close_price=MarkPrice())
    np.testing.assert_allclose(play(at_mark, book, claim)[1], [5.0, 0.5])


def test_profit_counts_up_to_equity():
    book = candidates_of([-1.0], 130.0, -10.0, other_pnl=-15.0)
    claim = Bankruptcy(1, 9.0, 90.0, 110.0, 100.0, 100.0, NO_LOT)
    assert play(design("wealth_pro_rata"), book, claim)[1].tolist() == [5.0]


def test_ties_by_id_random_and_shared():
    book = candidates_of([-2.0, -2.0, -4.0], 110.0, 100.0, ids=[4, 7, 9])
    book = book._replace(
        **{
            name: np.full(3, getattr(book, name)[0])
            for name in ("pnl_usd", "equity_usd", "notional_usd")
        }
    )
    scores = np.ones(3, np.float32)
    claim = Bankruptcy(1, 3.0, 3.0, 101.0, 100.0, 100.0, NO_LOT)

    def taken_by(allocation: Queue, key: int) -> tuple[float, ...]:
        entry = dataclasses.replace(design("bitmex"), allocation=allocation)
        taken = np.zeros(3)
        run_round(entry.parameters(), book, scores, claim, np.uint64(key), taken)
        return tuple(taken.tolist())

    assert taken_by(Queue("id"), 1) == (2.0, 1.0, 0.0)
    assert taken_by(Queue("pro_rata"), 1) == (0.75, 0.75, 1.5)
    drawn = {taken_by(Queue("random"), key) for key in range(40)}
    assert drawn == {(2, 1, 0), (2, 0, 1), (1, 2, 0), (0, 2, 1), (0, 0, 3)}


def test_lottery_is_fair_on_average():
    book = candidates_of([-1.0, -1.0, -1.0, -1.0], 110.0, 100.0)
    claim = Bankruptcy(1, 1.0, 1.0, 101.0, 100.0, 100.0, NO_LOT)
    hits = sum(play(design("random_lottery"), book, claim, np.uint64(k))[1] for k in range(400))
    assert hits.sum() == 400
    assert (np.abs(hits - 100) < 45).all()  # 5 standard deviations


def test_insolvent_and_excluded_never_pay_even_if_first():
    book = candidates_of([-1.0, -1.0, -1.0], [150.0, 90.0, 110.0], [-60.0, 100.0, 100.0])
    claim = Bankruptcy(1, 3.0, 3.0, 101.0, 100.0, 101.0, NO_LOT)
    assert play(design("hyperliquid"), book, claim)[1].tolist() == [0.0, 0.0, 1.0]
    assert play(design("bitmex"), book, claim)[1].tolist() == [0.0, 1.0, 1.0]


@QUICK
@given(book=candidates(), claim=bankruptcies(), key=st.integers(0, 9))
def test_score_order_is_served_in_order(book, claim, key):
    """A queue leaves nobody ahead of the last payer with capacity unused."""
    entry = dataclasses.replace(design("bitmex"), score=Score("draw"))
    claim = claim._replace(lot=0.0)
    _, taken, capacity = play(entry, book, claim, np.uint64(key))
    scores = np.empty(book.account_id.size, np.float32)
    score_candidates(entry.parameters(), book, np.uint64(key), scores)
    payers = np.flatnonzero(taken > 0.0)
    if payers.size:
        ahead = (scores > scores[payers].min()) & (capacity > 0.0)
        assert (taken[ahead] == capacity[ahead]).all()
