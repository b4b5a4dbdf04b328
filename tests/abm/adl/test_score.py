"""Slot 4 against the formulas of the venues' pages, by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.adl import CustomScore, Exposure, Score
from abm.adl import encoding as code
from abm.adl.catalog import CATALOG, design
from abm.adl.exposure import exposure_at
from abm.adl.score import score_candidates, score_candidates_by, score_of
from abm.kernel import kernel, plain
from tests.strategies import QUICK, candidates, candidates_of

KEY = np.uint64(11)


def parameters_of(score: Score | CustomScore) -> np.ndarray:
    parameters = np.zeros(code.LENGTH)
    score.write(parameters)
    return parameters


def score_one(score: Score, qty: float, entry: float, mark: float, wallet: float) -> float:
    book = candidates_of([qty], entry, wallet, mark=mark)
    return score_of(parameters_of(score), exposure_at(book, 0), 0.5)


FIXTURES = [
    # KuCoin's example: SOL long from 200 to 220 gains 10 %, short from 220 to 200 gains 9.09 %.
    (Score("return"), (1.0, 200.0, 220.0, 50.0), 0.10),
    (Score("return"), (-1.0, 220.0, 200.0, 50.0), 20.0 / 220.0),
    (Score("margin_return"), (1.0, 200.0, 220.0, 50.0), 0.10 * 10.0),
    # BitMEX: winner r lambda, loser r / lambda; lambda = 110 / 20 and 90 / 20.
    (Score("return", "leverage", "divide"), (1.0, 100.0, 110.0, 10.0), 0.1 * 110.0 / 20.0),
    (Score("return", "leverage", "divide"), (1.0, 100.0, 90.0, 30.0), -0.1 / (90.0 / 20.0)),
    (Score("return", "leverage", "multiply"), (1.0, 100.0, 90.0, 30.0), -0.1 * (90.0 / 20.0)),
    # Binance: (u)+ / max(1, W) x MM / (W + u); 0 for a loser and for an insolvent account.
    (Score("wallet_return", "maintenance", "zero", "account"), (1.0, 100.0, 110.0, 10.0), 0.275),
    (
        Score("wallet_return", "maintenance", "zero", "account"),
        (1.0, 100.0, 110.0, 0.5),
        10 * 5.5 / 10.5,
    ),
    (Score("wallet_return", "maintenance", "zero", "account"), (1.0, 100.0, 90.0, 30.0), 0.0),
    (Score("wallet_return", "maintenance", "zero", "account"), (1.0, 100.0, 110.0, -10.0), 0.0),
    # Hyperliquid: M / E x N / e, short side E / M or as printed; losers are out.
    (Score("price_ratio", "leverage", "exclude"), (1.0, 100.0, 110.0, 10.0), 1.1 * 5.5),
    (Score("price_ratio", "leverage", "exclude"), (-1.0, 100.0, 80.0, 20.0), 1.25 * 2.0),
    (Score("price_ratio_literal", "leverage", "exclude"), (-1.0, 100.0, 80.0, 20.0), 0.8 * 2.0),
    (Score("price_ratio", "leverage", "exclude"), (1.0, 100.0, 90.0, 30.0), -math.inf),
    (Score("price_ratio", "leverage", "exclude"), (1.0, 100.0, 100.0, 30.0), -math.inf),
    (Score("pnl_usd"), (2.0, 100.0, 110.0, 10.0), 20.0),
    (Score("pnl_usd", losers="zero"), (2.0, 100.0, 90.0, 50.0), 0.0),
    (Score("one", "leverage"), (1.0, 100.0, 110.0, 10.0), 5.5),
    (Score("one", "opening_leverage"), (1.0, 100.0, 110.0, 10.0), 10.0),
    (Score("return"), (0.0, 100.0, 110.0, 10.0), 0.0),
    (Score("price_ratio"), (1.0, 0.0, 110.0, 10.0), 0.0),
    (Score("draw"), (1.0, 100.0, 110.0, 10.0), 0.5),
]
assert FIXTURES


@pytest.mark.parametrize(("score", "position", "expected"), FIXTURES)
def test_score_by_hand(score, position, expected):
    assert score_one(score, *position) == pytest.approx(expected, rel=1e-14)


def test_okx_ratio_is_inverse_of_margin_ratio():
    score = design("okx").score
    assert isinstance(score, Score)
    margin_ratio = 20.0 / (0.05 * 110.0)
    assert score_one(score, 1.0, 100.0, 110.0, 10.0) == pytest.approx(0.1 / margin_ratio)
    margin_ratio = 20.0 / (0.05 * 90.0)
    assert score_one(score, 1.0, 100.0, 90.0, 30.0) == pytest.approx(-0.1 * margin_ratio)


def test_safest_loser_of_a_divide_rule_stays_finite():
    book = candidates_of([1.0], 110.0, 50.0, maintenance_rate=0.0)
    score = score_of(
        parameters_of(Score("return", "maintenance", "divide")), exposure_at(book, 0), 0.5
    )
    assert math.isfinite(score)
    assert score < -1e9


def test_bitmex_puts_risky_losers_first_and_all_behind_winners():
    book = candidates_of([1.0, 1.0, 1.0], [90.0, 110.0, 110.0], [10.0, 15.0, 500.0])
    scores = np.empty(3, np.float32)
    score_candidates(design("bitmex").parameters(), book, KEY, scores)
    assert scores[0] > 0.0 > scores[1] > scores[2]


def test_scores_are_rounded_to_float32():
    book = candidates_of([3.0], 90.0, 7.0)
    scores = np.empty(1, np.float32)
    parameters = parameters_of(Score("return", "leverage"))
    score_candidates(parameters, book, KEY, scores)
    assert scores[0] == np.float32(score_of(parameters, exposure_at(book, 0), 0.5))


def test_unknown_input_is_an_error():
    book = candidates_of([1.0, -1.0], [90.0, np.nan], 10.0)
    with pytest.raises(ValueError, match="score is NaN"):
        score_candidates(parameters_of(Score("return")), book, KEY, np.empty(2, np.float32))


@pytest.mark.parametrize("losers", sorted(code.LOSERS))
@pytest.mark.parametrize("profit", ["return", "wallet_return", "pnl_usd", "price_ratio"])
def test_unknown_profit_is_never_hidden(profit, losers):
    book = candidates_of([1.0], np.nan, 10.0)
    score = score_of(parameters_of(Score(profit, "leverage", losers)), exposure_at(book, 0), 0.5)
    assert math.isnan(score)


def test_scan_starts_at_random_and_walks_once_around_each_side():
    book = candidates_of([1, -1, 2, 0, 3, -2, 4, -1, 5], 90.0, 10.0)
    parameters = parameters_of(Score("scan"))
    starts = set()
    for key in range(40):
        scores = np.empty(9, np.float32)
        score_candidates(parameters, book, np.uint64(key), scores)
        for side in (1, -1):
            rows = np.flatnonzero(book.qty_contracts * side > 0)
            order = rows[np.argsort(-scores[rows], kind="stable")]
            begin = int(np.flatnonzero(rows == order[0])[0])
            assert order.tolist() == np.roll(rows, -begin).tolist()
            starts.add((side, begin))
    assert len(starts) == 5 + 3


def test_lottery_depends_on_id_and_key_only():
    parameters = parameters_of(Score("draw"))
    a = candidates_of([1, 1, -1], 90.0, 10.0, ids=[3, 5, 9])
    b = candidates_of([2, -3], 80.0, 20.0, ids=[5, 9])
    one, two = np.empty(3, np.float32), np.empty(2, np.float32)
    score_candidates(parameters, a, KEY, one)
    score_candidates(parameters, b, KEY, two)
    assert one[1:].tolist() == two.tolist()
    assert len(set(one.tolist())) == 3


def by_hand(exposure: Exposure) -> float:
    return exposure.pnl_usd / max(1.0, exposure.equity_usd)


def test_custom_score_is_the_same_plain_and_compiled():
    book = candidates_of([1, 2, -3], [90.0, 110.0, 120.0], 30.0)
    compiled, interpreted = np.empty(3, np.float32), np.empty(3, np.float32)
    score_candidates_by(kernel(by_hand), book, compiled)
    plain(score_candidates_by)(by_hand, book, interpreted)
    assert compiled.tolist() == interpreted.tolist()
    assert interpreted[0] == np.float32(10.0 / 40.0)


def test_custom_score_must_be_a_number():
    book = candidates_of([1.0], 90.0, 30.0)
    with pytest.raises(ValueError, match="custom score is NaN"):
        plain(score_candidates_by)(lambda _: math.nan, book, np.empty(1, np.float32))
    with pytest.raises(ValueError, match="function of an Exposure"):
        CustomScore(3.0)  # type: ignore[arg-type]
    parameters = parameters_of(CustomScore(by_hand))
    with pytest.raises(ValueError, match="score is NaN"):
        score_candidates(parameters, book, KEY, np.empty(1, np.float32))


@QUICK
@given(candidates(), st.sampled_from(CATALOG))
def test_compiled_and_plain_scores_agree(book, entry):
    parameters = entry.parameters()
    for i in range(book.account_id.size):
        exposure = exposure_at(book, i)
        assert score_of(parameters, exposure, 0.3) == plain(score_of)(parameters, exposure, 0.3)


REFUSED = [
    (lambda: Score("retrun"), "write 'return'"),
    (lambda: Score("return", "levrage"), "write 'leverage'"),
    (lambda: Score("return", "one", "dvide"), "write 'divide'"),
    (lambda: Score("pnl_usd", scope="acount"), "write 'account'"),
    (lambda: Score("return", scope="account"), "scope='position'"),
    (lambda: Score("draw", "leverage"), "pure luck"),
]
assert REFUSED


@pytest.mark.parametrize(("build", "message"), REFUSED)
def test_refused(build, message):
    with pytest.raises(ValueError, match=message):
        build()
