"""The oracles against what venues print: worked examples, defaults, and limits that must hold.

Digits come from the pages named at each test (designs 8.1 collects most of them).
"""

import math
from itertools import pairwise

import pytest

from tests.oracles import (
    centralised,
    clearing,
    funds_and_triggers,
    margin,
    measures,
    new_designs,
    on_chain,
    other_designs,
    pools,
    socialised,
    venue_queues,
)
from tests.oracles.pro_rata_lots import pro_rata_lots
from tests.oracles.queue_parts import walk


def account(account_id: int, qty: float, entry: float, mark: float, wallet: float) -> dict:
    """A one-market cross account with everything that follows from its five numbers."""
    pnl = qty * (mark - entry)
    return {
        "account_id": account_id,
        "qty_contracts": qty,
        "entry_price": entry,
        "mark_price": mark,
        "previous_mark_price": mark,
        "wallet_usd": wallet,
        "equity_usd": wallet + pnl,
        "maintenance_margin_usd": 0.01 * abs(qty) * mark,
        "pnl_usd": pnl,
        "account_pnl_usd": pnl,
        "notional_usd": abs(qty) * mark,
        "account_notional_usd": abs(qty) * mark,
        "opening_leverage": 10.0,
        "eligible": True,
        "trader_id": account_id,
        "hedged_share": 0.0,
        "snapshot_profit_usd": 0.0,
    }


def bankruptcy(side: int, contracts: float, price: float, deficit: float = 0.0, lot: float = 1.0):
    return {
        "side": side,
        "contracts": contracts,
        "bankruptcy_price": price,
        "deficit_usd": deficit,
        "lot": lot,
        "trader_id": -1,
    }


# --- published digits --------------------------------------------------------------------------

BITMEX_QTY = [10, 10, 20, 30, 20, 10]  # A1 ... A6
BITMEX_SCORE = [3, 6, 1, 4, 5, 2]


def test_bitmex_quintiles_of_its_own_example() -> None:
    quintiles = measures.quintiles_by_size(BITMEX_SCORE, BITMEX_QTY, list(range(1, 7)))
    by_name = dict(zip(["A1", "A2", "A3", "A4", "A5", "A6"], quintiles, strict=True))
    percent = {name: 20 * quintile for name, quintile in by_name.items()}
    assert percent == {"A2": 20, "A5": 40, "A4": 60, "A1": 80, "A6": 80, "A3": 100}


def test_bitmex_short_of_twenty_closes_a2_and_half_of_a5() -> None:
    order = measures.queue_order(BITMEX_SCORE, list(range(1, 7)))
    queue = [account(i + 1, BITMEX_QTY[i], 600.0, 650.0, 1e4) for i in order]
    assert walk(queue, bankruptcy(-1, 20, 650.0)) == {2: 10, 5: 10}


def test_bybit_passes_on_50k_of_a_350k_loss_on_a_pool_of_1m() -> None:
    rows = funds_and_triggers.bybit_on_off([(0.0, 1e6), (-350e3, 650e3)], window_rows=8)
    assert rows[0] == (False, 0.0)
    on, passed_on = rows[1]
    assert on
    assert passed_on == pytest.approx(50e3)


def test_bybit_at_exactly_minus_thirty_percent_is_not_on() -> None:
    path = [(0.0, 1e6), (1e6, 2e6), (400e3, 1.4e6)]
    assert venue_queues.bybit_pnl_ratio(400e3, 1e6, 2e6) == -0.3
    assert funds_and_triggers.bybit_on_off(path, window_rows=8)[2] == (False, 0.0)


def test_bybit_stays_on_between_its_two_ratios() -> None:
    losses = [0.0, -280e3, -310e3, -280e3, -240e3, -280e3]
    path = [(loss, 1e6 + loss) for loss in losses]
    rows = funds_and_triggers.bybit_on_off(path, window_rows=8)
    assert [on for on, _ in rows] == [False, False, True, True, False, False]
    assert rows[3][1] == 0.0


def test_bybit_pool_without_equity_passes_on_all_it_lacks() -> None:
    path = [(0.0, 0.0), (-100.0, -100.0), (50.0, 50.0)]
    rows = funds_and_triggers.bybit_on_off(path, window_rows=8)
    assert rows == [(True, 0.0), (True, 100.0), (False, 0.0)]


def test_bybit_symbol_on_its_own_knows_only_the_balance_rule() -> None:
    path = [(0.0, 1e6), (-400e3, 600e3), (-400e3, 100e3), (-600e3, -100e3)]
    rows = funds_and_triggers.bybit_on_off(path, window_rows=8, stands_alone_from=2)
    assert [on for on, _ in rows] == [False, True, False, True]
    assert rows[3][1] == pytest.approx(100e3)


def test_bybit_shares_a_pool_shortfall_by_the_losses_of_its_symbols() -> None:
    assert funds_and_triggers.bybit_redistributed_usd(90.0, [-100.0, 50.0, -200.0]) == [30, 0, 60]


def test_dydx_example_closes_at_1_20_with_a_profit_of_100() -> None:
    """docs.dydx.exchange: A long 500 @ 1, B short 500 @ 1, 100 each; the price goes to 2."""
    price = margin.bankruptcy_price(-1, 500, 1.0, 100.0)
    assert price == pytest.approx(1.2)
    a = account(1, 500.0, 1.0, 2.0, 100.0)
    b = bankruptcy(-1, 500, price)
    for taken, close, numeraire in (
        other_designs.dydx_v4([a], b, start=0),
        on_chain.dydx_v1([a], b, [1]),
        on_chain.dydx_v3([a], b, [1]),
    ):
        assert (taken, numeraire) == ({1: 500.0}, "contracts")
        assert taken[1] * (close - 1.0) == pytest.approx(100.0)


@pytest.mark.parametrize("side", [+1, -1])
def test_one_position_keeps_its_ratio_at_the_bankruptcy_price(side: int) -> None:
    mark, qty, value, rate = 2.0, side * 500.0, -400.0, 0.05
    price = on_chain.ratio_keeping_price(mark, side, value, rate * 500.0 * mark, rate)
    assert price == pytest.approx(mark - value / qty)


def test_paradex_factor_of_its_example_is_a_fifth_although_the_page_prints_25_percent() -> None:
    """Alice bankrupt by 2000, a fund of 1000, balances of 4000: the formula gives 1000/5000."""
    assert socialised.paradex_loss_factor(1000.0, 4000.0) == pytest.approx(0.20)
    alice = account(1, 50.0, 100.0, 40.0, 1000.0)
    alice["eligible"] = False
    bob, charlie = account(2, -50.0, 100.0, 40.0, 1000.0), account(3, 0.0, 40.0, 40.0, 1000.0)
    taken, _, _ = socialised.paradex(
        [alice, bob, charlie], bankruptcy(+1, 50, 80.0, 1000.0), fund_balance_usd=1000.0
    )
    assert taken == pytest.approx({2: 200.0, 3: 200.0})
    claims = bob["equity_usd"] + charlie["equity_usd"]
    assert claims * (1 - 0.20) == pytest.approx(4000.0)


@pytest.mark.parametrize(
    ("entry", "mark", "side", "inverse", "percent"),
    [(200, 220, +1, False, 10.0), (220, 200, -1, False, 9.09), (60e3, 62e3, +1, True, 3.23)],
)
def test_kucoin_returns(entry: float, mark: float, side: int, inverse: bool, percent: float):
    found = 100 * funds_and_triggers.kucoin_return(entry, mark, side, inverse)
    assert round(found, 2) == percent


def test_ftx_counterparty_gets_two_thirds_zero_price_and_one_third_mark() -> None:
    short = account(1, -10.0, 120.0, 90.0, 100.0)
    _, price, _ = centralised.ftx([short], bankruptcy(+1, 5, 99.0))
    assert price == pytest.approx(96.0)


def test_ftx_asks_an_eleventh_account_only_when_ten_are_not_enough() -> None:
    shorts = [account(i, -10.0, 120.0, 90.0, 100.0) for i in range(1, 13)]
    ten, _, _ = centralised.ftx(shorts, bankruptcy(+1, 100, 99.0))
    eleven, _, _ = centralised.ftx(shorts, bankruptcy(+1, 101, 99.0))
    assert ten == dict.fromkeys(range(1, 11), 10.0)
    assert sorted(eleven) == list(range(1, 12))
    assert sum(eleven.values()) == 101


def test_deribit_lsp_capacity_is_the_tighter_of_leverage_and_group() -> None:
    assert funds_and_triggers.deribit_lsp_capacity(100.0, 150.0, 80.0, 10.0) == 50.0
    assert funds_and_triggers.deribit_lsp_capacity(100.0, 50.0, 80.0, 10.0) == 70.0
    assert funds_and_triggers.deribit_lsp_capacity(100.0, 250.0, 80.0, 10.0) == 0.0


def test_coinbase_close_out_switches_at_an_initial_margin_of_36_percent() -> None:
    assert funds_and_triggers.coinbase_margins(0.30) == pytest.approx((0.20, 0.10))
    assert funds_and_triggers.coinbase_margins(0.36) == pytest.approx((0.24, 0.12))
    assert funds_and_triggers.coinbase_margins(0.60) == pytest.approx((0.40, 0.28))


def test_gmx_stops_inside_its_band_and_never_below_it() -> None:
    """Defaults 0.85 / 0.77 / 0.90 of config/markets.ts."""
    winners = [account(1, 60.0, 1.0, 2.0, 9.0), account(2, 30.0, 1.0, 2.0, 9.0)]
    closed = pools.gmx_v2(winners, 100.0, [1, 2])
    left = 90.0 - closed[1]
    assert left / (100.0 - closed[1]) == pytest.approx(0.77)
    assert 2 not in closed
    assert pools.gmx_v2(winners, 90.0 / 0.85, [1, 2]) == {}
    constant = pools.gmx_v2(winners, 100.0, [2, 1], pool_pays=False)
    assert constant == pytest.approx({2: 13.0})


def test_gmx_falls_with_every_close_also_when_the_profit_exceeds_the_pool() -> None:
    winners = [account(i, 50.0, 1.0, 2.0, 9.0) for i in range(1, 4)]
    closed = pools.gmx_v2(winners, 100.0, [1, 2, 3], lot=1.0)
    pnl, pool, factors = 150.0, 100.0, [1.5]
    for contracts in closed.values():
        paid = min(1.0, 0.9 / factors[-1])
        pnl, pool = pnl - contracts, pool - paid * contracts
        factors.append(pnl / pool)
    assert all(after < before for before, after in pairwise(factors))
    assert 0.77 <= factors[-1] < 0.85


def test_nasdaq_2018_took_7m_of_the_house_and_107m_of_a_fund_of_166m() -> None:
    """Nasdaq Clearing, 2018-09: EUR 114m beyond the defaulter's own resources."""
    layers = clearing.ccp_waterfall(114.0, 0.0, 0.0, 7.0, 166.0, 0.0)
    assert layers["skin_in_the_game"] == 7.0
    assert layers["survivors_df"] == 107.0
    assert layers["uncovered"] == 0.0


def test_binance_fund_takes_up_to_its_own_size_net() -> None:
    assert funds_and_triggers.binance_2019_fund_takes(100.0, 70.0, 50.0) == 30.0
    assert funds_and_triggers.binance_2019_fund_takes(100.0, -70.0, 50.0) == 50.0
    assert funds_and_triggers.binance_2019_fund_takes(100.0, -100.0, -5.0) == 0.0
    assert funds_and_triggers.binance_2019_fund_takes(100.0, 70.0, -200.0) == -170.0


def test_ethereal_example_ranks_and_never_beats_the_bankruptcy_price() -> None:
    """Its page: long 10 ETH from 4000 at 3600 with equity -2000, so bankrupt at 3800."""
    old, new = account(1, -5.0, 4000.0, 3600.0, 500.0), account(2, -5.0, 4000.0, 3600.0, 500.0)
    poor = account(3, -5.0, 4100.0, 3600.0, 0.0)  # same equity and leverage, larger profit
    taken, price, _ = on_chain.ethereal([old, new, poor], bankruptcy(+1, 8, 3800.0))
    assert taken == {3: 5, 2: 3}
    assert price == 3800.0
    assert on_chain.ethereal([old], bankruptcy(+1, 1, 3500.0))[1] == 3600.0


# --- what follows from the rules ----------------------------------------------------------------


def test_equal_remainders_go_to_the_smaller_account_id() -> None:
    shorts = [account(i, -10.0, 120.0, 90.0, 100.0) for i in (3, 1, 2)]
    assert pro_rata_lots(shorts, bankruptcy(+1, 4, 99.0)) == {3: 1, 1: 2, 2: 1}
    assert pro_rata_lots(shorts, bankruptcy(+1, 99, 99.0)) == {3: 10, 1: 10, 2: 10}


def test_nobody_gives_more_than_its_whole_lots() -> None:
    """Shares 1.57, 1.57, 7.87: the second lot left over would go to account 1, which has none."""
    shorts = [account(i, -1.99, 120.0, 90.0, 100.0) for i in (1, 2)]
    shorts.append(account(3, -10.0, 120.0, 90.0, 100.0))
    assert pro_rata_lots(shorts, bankruptcy(+1, 11, 99.0)) == {1: 1, 2: 1, 3: 9}


def test_lighter_passes_over_whoever_could_not_bear_the_price() -> None:
    strong, weak = account(1, -10.0, 101.0, 100.0, 200.0), account(2, -10.0, 120.0, 100.0, -190.0)
    taken, _, _ = on_chain.lighter([strong, weak], bankruptcy(+1, 15, 105.0))
    assert taken == {1: 10}
    assert on_chain.zero_price(100.0, -1, weak["equity_usd"] / 10.0, 0.01) == pytest.approx(101.0)


def test_injective_ladder_takes_profit_then_principal_then_everything() -> None:
    book = [account(1, -10.0, 110.0, 100.0, 50.0), account(2, 10.0, 105.0, 100.0, 100.0)]
    pays = lambda deficit: socialised.injective(book, bankruptcy(+1, 1, 90.0, deficit))[0]
    assert pays(40.0) == pytest.approx({1: 40.0})
    assert pays(150.0) == pytest.approx({1: 125.0, 2: 25.0})
    assert pays(1e6) == pytest.approx({1: 150.0, 2: 50.0})


def test_percolator_draws_the_fund_between_profit_and_principal() -> None:
    book = [account(1, -10.0, 110.0, 100.0, 50.0), account(2, 0.0, 100.0, 100.0, 150.0)]
    b = bankruptcy(+1, 1, 90.0, 140.0)
    assert socialised.percolator(book, b, fund_usd=40.0)[0] == pytest.approx({1: 100.0})
    assert socialised.percolator(book, b)[0] == pytest.approx({1: 110.0, 2: 30.0})


def test_vertex_and_mango_agree_when_both_sides_are_equal() -> None:
    book = [account(1, -4.0, 1.0, 1.0, 9.0), account(2, 3.0, 1.0, 1.0, 9.0)]
    book.append(account(3, 1.0, 1.0, 1.0, 9.0))
    b = bankruptcy(+1, 1, 1.0, 8.0)
    assert socialised.vertex(book, b)[0] == socialised.mango(book, b)[0] == {1: 4, 2: 3, 3: 1}


def test_capped_seniority_takes_excess_profit_first() -> None:
    rich, poor = account(1, 10.0, 10.0, 40.0, 100.0), account(2, 10.0, 30.0, 40.0, 100.0)
    pays = lambda d: new_designs.capped_seniority([rich, poor], bankruptcy(-1, 1, 1.0, d))[0]
    assert pays(50.0) == pytest.approx({1: 50.0})
    assert pays(75.0) == pytest.approx({1: 62.5, 2: 12.5})
    assert pays(1e6) == pytest.approx({1: 75.0, 2: 25.0})


def test_snapshot_reaches_an_account_that_has_closed_its_position() -> None:
    flat, loser = account(1, 0.0, 10.0, 10.0, 90.0), account(2, 1.0, 20.0, 10.0, 5.0)
    flat["snapshot_profit_usd"], loser["snapshot_profit_usd"] = 300.0, 100.0
    taken, _, _ = new_designs.liability_snapshot([flat, loser], bankruptcy(-1, 1, 1.0, 45.0))
    assert taken == {1: 45.0}


def test_a_hedged_winner_ranks_behind_an_open_one_and_ahead_of_losers() -> None:
    hedged, open_ = account(1, 1.0, 10.0, 20.0, 1.0), account(2, 1.0, 15.0, 20.0, 10.0)
    loser = account(3, 1.0, 21.0, 20.0, 10.0)
    hedged["hedged_share"] = 1.0
    taken, _, _ = new_designs.hedge_aware([loser, hedged, open_], bankruptcy(-1, 2, 1.0))
    assert taken == {2: 1, 1: 1}


@pytest.mark.parametrize("side", [+1, -1])
def test_price_to_adl_is_where_size_and_loss_both_exceed(side: int) -> None:
    mark, fund = 100.0, 30.0
    book = [account(i, side * 4.0, mark - side * i, mark, 50.0) for i in (1, 2, 3)]
    for i, equity in enumerate((20.0, 90.0, 150.0, 9000.0), start=11):
        book.append(account(i, -side * 5.0, mark, mark, equity))
    prices = new_designs.price_to_adl(book, side, fund)
    assert list(prices) == [3, 2, 1]  # the largest return has the highest score
    for rank, price in enumerate(prices.values()):
        for beyond, expected in ((-1e-6, False), (1e-6, True)):
            at = price + side * beyond
            bust = [a for a in book if a["qty_contracts"] * side < 0]
            bust = [a for a in bust if a["wallet_usd"] + a["qty_contracts"] * (at - mark) < 0]
            contracts = sum(abs(a["qty_contracts"]) for a in bust)
            loss = -sum(a["wallet_usd"] + a["qty_contracts"] * (at - mark) for a in bust)
            assert (contracts > 4.0 * rank and loss > fund) is expected


def test_price_to_adl_is_unknown_when_the_price_would_have_to_be_negative() -> None:
    short, long = account(1, -4.0, 110.0, 100.0, 50.0), account(2, 4.0, 100.0, 100.0, 400.0)
    assert math.isnan(new_designs.price_to_adl([short, long], -1, 0.0)[1])
    long["equity_usd"] = 200.0
    assert new_designs.price_to_adl([short, long], -1, 0.0) == {1: 50.0}


def test_own_sub_accounts_of_a_deribit_trader_come_first_and_receivers_gain_the_spread() -> None:
    shorts = [account(i, -10.0, 120.0, 100.0, 100.0) for i in (1, 2, 3)]
    shorts[2]["trader_id"] = -1
    taken, price, _ = centralised.deribit_2026(
        shorts, bankruptcy(+1, 15, 105.0), [2, 3, 1], spread_rate=0.001
    )
    assert taken == {3: 10, 2: 5}
    assert price == pytest.approx(99.9)


def test_losers_of_a_haircut_are_never_asked_twice() -> None:
    book = [account(1, -10.0, 110.0, 100.0, 50.0), account(2, 10.0, 105.0, 100.0, 100.0)]
    b = bankruptcy(+1, 1, 90.0, 60.0)
    assert clearing.ccp_vmgh(book, b) == ({1: 60.0}, None, "usd")
    assert clearing.ccp_full_tear_up(book, b) == ({1: 60.0}, 100.0, "usd")
    assert pools.synthetix_lp_losses([1.0, 3.0], 60.0) == [15.0, 45.0]
