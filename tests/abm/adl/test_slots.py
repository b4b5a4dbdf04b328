"""Trigger, severity, close price, disclosure, aftermath: sourced digits, limits, refused input."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.adl import (
    Aftermath,
    Bankruptcy,
    BankruptcyPrice,
    Blend,
    EarlyMargin,
    EqualClaims,
    ExactRank,
    Fixed,
    Full,
    FundAfterProfits,
    FundDrawdown,
    FundNotUsed,
    InventoryCap,
    Lights,
    MarkPrice,
    Match,
    NoClose,
    Nothing,
    PoolDrawdown,
    PreviousMarkPrice,
    ResidualDeficit,
)
from abm.adl import encoding as code
from abm.adl.bankruptcy import loss_per_contract
from abm.adl.close_price import close_price_of
from abm.adl.disclosure import publish
from abm.adl.rank import rank_buffers
from abm.adl.severity import budget_of
from abm.adl.trigger import Fund, Trigger, fund_floor, inventory_limit, margin_factor
from tests.oracles.funds_and_triggers import bybit_on_off
from tests.strategies import QUICK


def parameters_of(slot: object) -> np.ndarray:
    parameters = np.zeros(code.LENGTH)
    slot.write(parameters)  # type: ignore[attr-defined]
    return parameters


def floor_of(
    slot: Trigger, fund: float, peak: float, is_on: bool, pnl: float = 0.0, pnl_peak: float = 0.0
) -> tuple[float, bool]:
    """Floor and state of a trigger; the symbol's profit matters to `PoolDrawdown` alone."""
    return fund_floor(parameters_of(slot), Fund(fund, peak, pnl, pnl_peak), is_on)


def test_bybit_passes_on_what_is_beyond_the_line():
    floor, is_on = floor_of(PoolDrawdown(), 1e6, 1e6, False)
    assert not is_on
    assert 350e3 - (1e6 - floor) == pytest.approx(50e3)


def test_bybit_second_example_reaches_the_line():
    # The pool peaks at 2 M after +1 M; a loss of 600 k leads to exactly -30 %: the line, not
    # beyond it. The fund pays no cent more.
    floor, is_on = floor_of(PoolDrawdown(), 1.4e6, 2e6, False, pnl=0.4e6, pnl_peak=1e6)
    assert not is_on
    assert floor == 1.4e6


@settings(max_examples=200)
@given(
    steps=st.lists(st.integers(-60, 40).map(lambda k: 1e4 * k), min_size=1, max_size=12),
    start=st.sampled_from([2e5, 1e6, 3e6]),
    alone=st.booleans(),
)
def test_bybit_switches_and_passes_on_as_its_oracle(steps, start, alone):
    """A pool of one symbol: its balance is the start plus what the symbol brought."""
    parameters = parameters_of(PoolDrawdown(alone=alone))
    pnl = np.concatenate([[0.0], np.cumsum(steps)])
    path = [(x, start + x) for x in pnl.tolist()]
    expected = bybit_on_off(path, len(path), stands_alone_from=0 if alone else None)
    is_on = False
    for t, (on, passed_on_usd) in enumerate(expected):
        peak, pnl_peak = max(balance for _, balance in path[: t + 1]), max(pnl[: t + 1])
        if t > 0 and pnl[t] < pnl[t - 1]:  # a loss meets the fund as it was before
            before = Fund(path[t - 1][1], peak, pnl[t - 1], pnl_peak)
            floor, _ = fund_floor(parameters, before, is_on)
            paid = min(pnl[t - 1] - pnl[t], max(0.0, before.balance_usd - floor))
            line = pnl_peak - 0.3 * peak if not alone else pnl_peak - peak
            above_line = before.pnl_usd >= line and before.balance_usd > 1e4
            if above_line and on and path[t][1] > 0.0:
                assert pnl[t - 1] - pnl[t] - paid == pytest.approx(passed_on_usd, abs=1e-6)
        _, is_on = fund_floor(parameters, Fund(path[t][1], peak, pnl[t], pnl_peak), is_on)
        assert (is_on or path[t][1] <= 0.0) == on  # rule 1, or rule 2


def test_fund_drawdown_and_its_hysteresis():
    trigger = FundDrawdown(on=0.30, off=0.25)
    assert floor_of(trigger, 72.0, 100.0, False) == (pytest.approx(70.0), False)
    assert floor_of(trigger, 70.0, 100.0, False) == (70.0, True)
    assert floor_of(trigger, 72.0, 100.0, True) == (72.0, True)
    assert floor_of(trigger, 76.0, 100.0, True) == (pytest.approx(70.0), False)
    assert floor_of(trigger, 0.0, 0.0, False) == (0.0, True)


def test_margins_are_raised_while_losses_outgrow_the_fund():
    parameters = parameters_of(EarlyMargin(stress=0.5, largest=2.0))
    assert margin_factor(parameters, 0.0, 0.0) == 1.0
    assert margin_factor(parameters, 40.0, 100.0) == 1.0
    assert margin_factor(parameters, 75.0, 100.0) == 1.5
    assert margin_factor(parameters, 300.0, 100.0) == 2.0
    assert margin_factor(parameters, 1.0, 0.0) == 2.0
    assert margin_factor(parameters_of(ResidualDeficit()), 300.0, 1.0) == 1.0


def test_other_triggers():
    assert floor_of(ResidualDeficit(), 5.0, 9.0, False) == (0.0, False)
    assert floor_of(ResidualDeficit(), 0.0, 9.0, False) == (0.0, True)
    assert floor_of(FundNotUsed(), 5.0, 9.0, False) == (math.inf, True)
    assert floor_of(FundAfterProfits(), 5.0, 9.0, False) == (math.inf, True)
    assert floor_of(InventoryCap(), 5.0, 9.0, False) == (0.0, False)
    assert inventory_limit(parameters_of(InventoryCap(0.5)), 8.0) == 4.0
    assert inventory_limit(parameters_of(InventoryCap()), -8.0) == 0.0
    for trigger in (ResidualDeficit(), FundDrawdown(), FundNotUsed()):
        assert inventory_limit(parameters_of(trigger), 0.0) == math.inf


def test_severity():
    capacity = np.array([2.0, 3.0])
    assert budget_of(parameters_of(Full()), 8.0, capacity, 0.0) == 8.0
    assert budget_of(parameters_of(Fixed(0.25)), 8.0, capacity, 0.0) == 2.0
    assert budget_of(parameters_of(Match()), 8.0, capacity, 0.0) == 5.0
    assert budget_of(parameters_of(Match()), 4.0, capacity, 0.0) == 4.0
    # Paradex: X = 8, T = 32, so that a fifth of what is withdrawn stays (not a quarter)
    assert budget_of(parameters_of(EqualClaims()), 8.0, capacity, 32.0) == pytest.approx(1.0)
    assert budget_of(parameters_of(EqualClaims()), 8.0, capacity, -1.0) == 5.0


def test_close_prices():
    claim = Bankruptcy(1, 10.0, 60.0, 106.0, 100.0, 103.0, 0.0)
    assert close_price_of(parameters_of(BankruptcyPrice()), claim) == 106.0
    assert close_price_of(parameters_of(MarkPrice()), claim) == 100.0
    assert close_price_of(parameters_of(PreviousMarkPrice()), claim) == 103.0
    ftx = close_price_of(parameters_of(Blend(2.0 / 3.0)), claim)  # 2/3 zero price + 1/3 mark
    assert ftx == pytest.approx(104.0)
    assert math.isnan(close_price_of(parameters_of(NoClose()), claim))


def test_dollars_per_contract():
    long_is_bankrupt = Bankruptcy(1, 10.0, 60.0, 106.0, 100.0, 103.0, 0.0)
    short_is_bankrupt = Bankruptcy(-1, 10.0, 60.0, 94.0, 100.0, 103.0, 0.0)
    for claim in (long_is_bankrupt, short_is_bankrupt):
        loss = loss_per_contract(claim, claim.bankruptcy_price)
        assert claim.contracts * loss == claim.deficit_usd
        assert loss_per_contract(claim, claim.mark_price) == 0.0
        assert loss_per_contract(claim, math.nan) == 0.0
    assert loss_per_contract(short_is_bankrupt, 103.0) == 0.0  # better than the mark: no loss


def signal_of(disclosure: object, scores: list[float], qty: list[float]) -> list[float]:
    signal = np.empty(len(qty))
    publish(
        parameters_of(disclosure),
        np.array(scores, np.float32),
        np.array(qty, np.float64),
        len(qty),
        signal,
        rank_buffers(len(qty)),
    )
    return signal.tolist()


def test_bitmex_lights_count_contracts():
    # A1..A6: quintiles by cumulated size A2 20, A5 40, A4 60, A1 80, A6 80, A3 100.
    lights = signal_of(Lights("size"), [3, 6, 1, 4, 5, 2], [10, 10, 20, 30, 20, 10])
    quintiles = [20 * round(6 - 5 * light) for light in lights]
    assert quintiles == [80, 20, 100, 60, 40, 80]


def test_a_share_that_is_a_fifth_but_for_rounding_is_that_fifth():
    lights = signal_of(Lights("size"), list(range(10, 0, -1)), [0.1] * 10)
    assert lights == pytest.approx([1.0, 1.0, 0.8, 0.8, 0.6, 0.6, 0.4, 0.4, 0.2, 0.2])


def test_lights_count_heads_on_each_side():
    lights = signal_of(Lights("head"), [1, 2, 3, 4, 5, 9, 8], [1, 7, 1, 1, 1, -1, -3])
    assert lights == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0, 1.0, 0.6])


def test_exact_rank_and_nothing():
    assert signal_of(ExactRank(), [1, 4, 2, 3], [1, -1, 1, 1]) == pytest.approx(
        [1 / 3, 1.0, 2 / 3, 1.0]
    )
    assert np.isnan(signal_of(Nothing(), [1, 2], [1, -1])).all()
    assert np.isnan(signal_of(Lights(), [1, 2], [0, -1])).tolist() == [True, False]
    for disclosure in (ExactRank(), Nothing(), Lights("head"), Lights("size")):
        assert signal_of(disclosure, [], []) == []


@QUICK
@given(st.lists(st.tuples(st.integers(-4, 4), st.integers(-9, 9)), max_size=70), st.data())
def test_signals_are_in_range_and_never_rise_down_the_queue(rows, data):
    disclosure = data.draw(st.sampled_from([ExactRank(), Lights("head"), Lights("size")]))
    scores, qty = [float(s) for s, _ in rows], [float(q) for _, q in rows]
    signal = np.array(signal_of(disclosure, scores, qty))
    held = np.array(qty) != 0.0
    assert np.isnan(signal[~held]).all()
    assert ((signal[held] > 0.0) & (signal[held] <= 1.0)).all()
    for side in (1, -1):
        own = np.flatnonzero(np.array(qty) * side > 0)
        order = own[np.lexsort((own, -np.array(scores)[own]))] if own.size else own
        assert (np.diff(signal[order]) <= 0.0).all()
        if own.size and isinstance(disclosure, ExactRank):
            assert signal[order[0]] == 1.0


REFUSED = [
    (lambda: FundDrawdown(on=0.0), "FundDrawdown.on"),
    (lambda: FundDrawdown(on=0.2, off=0.3), "swap the two"),
    (lambda: FundDrawdown(off=1.5), "FundDrawdown.off"),
    (lambda: FundDrawdown(window_s=-1.0), "window_s"),
    (lambda: InventoryCap(-1.0), "InventoryCap.share"),
    (lambda: Fixed(1.1), "Fixed.theta"),
    (lambda: Fixed(math.nan), "Fixed.theta"),
    (lambda: Blend(-0.1), "Blend.alpha"),
    (lambda: Lights("heads"), "write 'head'"),
    (lambda: Lights(refresh_s=-1.0), "refresh_s"),
    (lambda: Lights(delay_s=math.nan), "delay_s"),
    (lambda: ExactRank(refresh_s=-1.0), "refresh_s"),
    (lambda: ExactRank(delay_s=-1.0), "delay_s"),
    (lambda: Aftermath(fee_rate=2.0), "fee_rate"),
]
assert REFUSED


@pytest.mark.parametrize(("build", "message"), REFUSED)
def test_refused(build, message):
    with pytest.raises(ValueError, match=message):
        build()


def test_aftermath_is_written():
    parameters = parameters_of(Aftermath(fee_rate=-0.0002, cancel_orders=True, notice=False))
    assert parameters[code.AFTERMATH_FEE_RATE] == -0.0002
    assert parameters[code.AFTERMATH_CANCEL_ORDERS] == 1.0
    assert parameters[code.AFTERMATH_NOTICE] == 0.0
