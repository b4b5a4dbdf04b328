"""Measures on inputs with an answer in closed form, and what they refuse."""

import math

import numpy as np
import pytest

from abm.adl import Book, deleverage, deleverage_pool, measures
from abm.adl.catalog import CATALOG, design
from abm.adl.mechanisms import levelling, wealth_pro_rata
from abm.adl.trigger import PoolFactor

NAN = pytest.approx(math.nan, nan_ok=True)


def test_paper_and_code_move_apart_in_severity() -> None:
    """More severity lowers the PTSR of the paper and raises that of the code."""
    w = np.array([10.0, 10.0])
    half, most = wealth_pro_rata(w, 5.0).taken_usd, wealth_pro_rata(w, 9.0).taken_usd
    assert measures.ptsr_paper(w, half, 0.5, 10.0) == pytest.approx(7.5 / 5.0)
    assert measures.ptsr_paper(w, most, 0.9, 10.0) == pytest.approx(5.5 / 9.0)
    assert measures.ptsr_code(w, half, 10.0) == pytest.approx(7.5 / 5.0)
    assert measures.ptsr_code(w, most, 10.0) == pytest.approx(5.5 / 1.0)
    all_of_it = wealth_pro_rata(w, 10.0).taken_usd
    assert measures.ptsr_code(w, all_of_it, 10.0) == NAN
    assert measures.rd_nse(w, np.array([7.0, 7.0]), 10.0) == NAN  # 3 / (3 + 10 - 14)


def test_rd_nse_exceeds_one_when_too_much_is_taken() -> None:
    assert measures.rd_nse(np.array([20.0]), np.array([12.0]), 10.0) == pytest.approx(8.0 / 6.0)


def test_levelling_has_the_smallest_top_survivor() -> None:
    """T-c: w = (10, 10, 1), B = 10 leaves 10 under the queue, 5.24 pro-rata, 5 levelled."""
    w = np.array([10.0, 10.0, 1.0])
    assert measures.top_survivor(w, np.array([10.0, 0.0, 0.0])) == 10.0
    assert measures.top_survivor(w, wealth_pro_rata(w, 10.0).taken_usd) == pytest.approx(110 / 21)
    assert measures.top_survivor(w, levelling(w, 10.0).taken_usd) == 5.0


def test_gini_and_lorenz_of_one_payer_and_of_equals() -> None:
    one, equals = np.array([0.0, 0.0, 0.0, 8.0]), np.full(4, 2.0)
    assert (measures.gini(one), measures.gini(equals)) == (0.75, 0.0)
    assert measures.lorenz(one).tolist() == [0.0, 0.0, 0.0, 0.0, 1.0]
    assert measures.lorenz(equals).tolist() == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert measures.gini(np.zeros(3)) == NAN
    assert np.isnan(measures.lorenz(np.zeros(3))).all()
    area = np.trapezoid(measures.lorenz(np.array([1.0, 2.0, 7.0])), dx=1 / 3)
    assert measures.gini(np.array([1.0, 2.0, 7.0])) == pytest.approx(1.0 - 2.0 * area)


def test_indices_of_two_payers() -> None:
    values = np.array([1.0, 3.0])
    assert measures.jain(values) == pytest.approx(16 / 20)
    assert measures.herfindahl(values) == pytest.approx(10 / 16)
    assert measures.atkinson(values, 1.0) == pytest.approx(1.0 - math.sqrt(3.0) / 2.0)
    assert measures.atkinson(values, 2.0) == pytest.approx(1.0 - 1.5 / 2.0)
    assert measures.kolm(values, 1.0) == pytest.approx(math.log(math.cosh(1.0)))
    assert measures.kolm(1e6 * values, 1.0) == pytest.approx(1e6 - math.log(2.0))


def test_majorisation_is_not_total() -> None:
    a, b = np.array([0.6, 0.2, 0.2]), np.array([0.5, 0.4, 0.1])
    assert not measures.majorises(a, b)
    assert not measures.majorises(b, a)
    assert measures.majorises(np.array([1.0, 0.0, 0.0]), a)


def test_constant_severity_has_two_regrets() -> None:
    """T-d: theta* alternates 0, 0.3 at D = 1: constant 0.15 costs 0.15 T, and no static regret."""
    needed = np.tile([0.0, 0.3], 50)
    constant = np.full(100, 0.15)
    assert measures.dynamic_regret(constant, needed, np.ones(100)) == pytest.approx(15.0)
    assert measures.static_regret(constant, needed, np.ones(100)) == pytest.approx(0.0, abs=1e-9)
    assert measures.static_regret(needed, needed, np.ones(100)) == pytest.approx(-15.0)


def test_instance_bound_of_a_constant_path() -> None:
    needed, deficit = np.full(4, 0.5), np.array([3.0, 0.0, 4.0, 0.0])
    assert measures.instance_bound(needed, deficit) == 5.0


def test_discounting_a_constant_keeps_it() -> None:
    horizons = np.array([0.0, 0.5, 1.0, 2.0, 5.0])
    assert measures.discounted(horizons, np.full(5, 7.0), 1.0) == pytest.approx(7.0)


def test_tails_of_one_to_ten() -> None:
    losses = np.arange(1.0, 11.0)
    assert measures.value_at_risk(losses, 0.8) == 8.0
    assert measures.expected_shortfall(losses, 0.8) == pytest.approx(9.5)
    assert measures.expected_shortfall(losses, 0.85) == pytest.approx((10.0 + 0.5 * 9.0) / 1.5)
    pareto = (1.0 - (np.arange(200_000) + 0.5) / 200_000) ** (-1.0 / 2.0)
    ratio = measures.expected_shortfall(pareto, 0.99) / measures.value_at_risk(pareto, 0.99)
    assert ratio == pytest.approx(2.0, rel=0.01)  # alpha / (alpha - 1), V6


def test_lipschitz_of_a_jump_and_of_a_line() -> None:
    points = np.array([[0.0], [1.0], [1.5]])
    assert measures.lipschitz(points, 3.0 * points) == pytest.approx(3.0)
    assert measures.lipschitz(np.array([[1.0], [1.0]]), np.array([[0.0], [2.0]])) == math.inf
    assert measures.lipschitz(points[:1], points[:1]) == 0.0


def test_exploitability_names_the_best_deviation() -> None:
    found = measures.exploitability(-10.0, {"top up": -9.0, "split": -4.0, "reopen": -10.0})
    assert found == ("split", 6.0)
    assert measures.exploitability(1.0, {"top up": 0.5}) == ("truth", 0.0)
    unknown = measures.exploitability(1.0, {"top up": math.nan, "split": 2.0})
    assert unknown.deviation == "top up"
    assert math.isnan(unknown.gain)


def test_externality_adds_up_to_what_the_deviator_saves() -> None:
    before, after = np.array([6.0, 2.0, 2.0]), np.array([2.0, 4.0, 4.0])
    assert measures.externality(before, after, 0).tolist() == [0.0, 2.0, 2.0]


def test_overcollateralisation_trims_both_ends() -> None:
    equity, pnl = np.array([1.0, 2.0, 3.0, 400.0, 5.0]), np.array([1.0, 1.0, 1.0, 1.0, -1.0])
    assert measures.overcollateralisation(equity, pnl, 0.25) == (2.5, 2.5)
    assert all(math.isnan(x) for x in measures.overcollateralisation(equity, -np.abs(pnl)))


def _book() -> Book:
    rows = [(1, 10.0, 120.0, 100.0), (2, -6.0, 130.0, 300.0), (3, -8.0, 110.0, 300.0)]
    account, qty, entry, cash = (np.array(column) for column in zip(*rows, strict=True))
    return Book.from_columns(
        {
            "account_id": account,
            "instrument": np.full(3, "X"),
            "qty_contracts": qty,
            "entry_price": entry,
            "cash_usd": cash,
            "mark_price": np.full(3, 100.0),
            "previous_mark_price": np.full(3, 103.0),
            "maintenance_rate": np.full(3, 0.05),
            "opening_leverage": np.full(3, 5.0),
            "hedged_share": np.zeros(3),
            "snapshot_profit_usd": np.maximum(0.0, qty * (100.0 - entry)),
        }
    )


@pytest.mark.parametrize(
    "name", [entry.id for entry in CATALOG if not isinstance(entry.trigger, PoolFactor)]
)
def test_transfer_at_the_mark_is_what_accounts_lose(name: str) -> None:
    """At Delta = 0 the transfer of every fill is the payer's loss of equity."""
    book = _book()
    result = deleverage(book, design(name))
    transfer = measures.design_transfers(result, {"X": 100.0})
    assert transfer == pytest.approx(result.burden_usd + result.fee_usd)
    lost = book.equity_usd - result.book.equity_usd
    for row, account in enumerate(result.account_id):
        assert transfer[row] == pytest.approx(lost[account - 1])


def test_markout_charges_a_close_and_not_a_haircut() -> None:
    """The mark falls by 10 after the round: a closed short misses 10 per contract."""
    closed = deleverage(_book(), design("bitmex"))
    haircut = deleverage(_book(), design("wealth_pro_rata"))
    at_once = measures.design_transfers(closed, {"X": 100.0}).sum()
    later = measures.design_transfers(closed, {"X": 90.0}).sum()
    assert later - at_once == pytest.approx(10.0 * np.abs(closed.contracts).sum())
    assert measures.design_transfers(haircut, {"X": 90.0}).sum() == pytest.approx(100.0)
    with pytest.raises(ValueError, match="lacks X"):
        measures.design_transfers(closed, {"Y": 90.0})


def test_a_pool_keeps_what_it_does_not_pay_and_the_rest_is_markout() -> None:
    """Two shorts in profit by 260 USD against a pool of 200; the mark falls by 10 afterwards."""
    result = deleverage_pool(_book(), design("gmx_v2"), "X", -1, 200.0)
    at_once = measures.pool_transfers(result, 100.0, 100.0)
    assert result.contracts.size > 0
    assert at_once == pytest.approx(result.profit_usd - result.paid_usd)
    later = measures.pool_transfers(result, 100.0, 90.0)
    assert later - at_once == pytest.approx(10.0 * np.abs(result.contracts))


@pytest.mark.parametrize(
    "call",
    [
        lambda: measures.top_share(np.ones(3), 0.0),
        lambda: measures.top_count_share(np.ones(3), 0),
        lambda: measures.atkinson(np.ones(3), 0.0),
        lambda: measures.kolm(np.empty(0), 1.0),
        lambda: measures.submajorises(np.ones(2), np.ones(3)),
        lambda: measures.value_at_risk(np.ones(3), 1.0),
        lambda: measures.expected_shortfall(np.empty(0), 0.5),
        lambda: measures.exploitability(0.0, {}),
        lambda: measures.class_regret(1.0, np.empty(0)),
        lambda: measures.discounted(np.zeros(1), np.zeros(1), 1.0),
        lambda: measures.rank_entropy(np.empty((0, 3), np.int64)),
        lambda: measures.overcollateralisation(np.ones(1), np.ones(1), 0.5),
    ],
)
def test_bad_input_is_refused(call: object) -> None:
    with pytest.raises(ValueError, match=r"give|differ|empty|is 0|is 1"):
        call()  # type: ignore[operator]
