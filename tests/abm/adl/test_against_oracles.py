"""Every catalog entry against the oracle that was written from its source by somebody else.

Settled in the open, where the two readings differed and the source is silent:

* A source's own accounts count as candidates or not by `eligible`; both take the flag as given.
* Insolvent counterparties pay nothing under any rule (a payment would be a new deficit). Some texts
  keep them in the queue or charge them (Binance, Aevo, dYdX, Perennial, tear-ups, Drift, Mango);
  their books in the comparison are solvent.
* A charge per open contract has no ceiling in the code of Drift, Mango and Vertex; here nobody pays
  more than the position is worth, so deficits above the whole open interest are left out.
* Vertex charges half per side; should a side be empty, the oracle leaves its half unpaid and the
  other side pays all here: such books are left out.
* Rules of the literature cap the endowment by equity; the oracles get the capped endowment where
  they take one, and the four that compute their own get plain books, where the cap never binds.
* Injective: the payout of an account is its equity; its profit counts up to it. Percolator burns
  profit beyond equity, too, which only losses elsewhere make possible: its books are plain.
* An unpublished pick (operator, keeper, venue) is a lottery: the oracle gets the drawn order.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from abm.adl import Candidates
from abm.adl.catalog import CATALOG, design
from abm.adl.rank import order_descending, rank_buffers
from abm.adl.round import CONTRACTS, Round, run_round
from abm.adl.score import score_candidates
from abm.units import Floats32
from tests.abm.adl.oracle_books import as_dicts, random_books
from tests.oracles import (
    cash_rules,
    centralised,
    clearing,
    new_designs,
    on_chain,
    other_designs,
    pools,
    pro_rata_lots,
    socialised,
    theory_rules,
    venue_queues,
)

KEY = np.uint64(7)
BOOKS = 2000


def on_endowments(rule: Callable[..., Any], *reads: str) -> Callable[..., Any]:
    """A rule of the theory on w = min((PNL)+, e) of the winners, with further columns of theirs."""

    def oracle(rows: list[dict[str, Any]], claim: dict[str, Any]) -> Any:
        equity = {row["account_id"]: row["equity_usd"] for row in rows}
        w = {i: min(x, equity[i]) for i, x in cash_rules.endowments(rows).items()}
        by_id = {row["account_id"]: row for row in rows}
        columns = [[by_id[i][name] for i in w] for name in reads]
        taken = rule(list(w.values()), *columns, claim["deficit_usd"])[0]
        return dict(zip(w, taken, strict=True)), None, "usd"

    return oracle


def leverage_of(notional: list[float], equity: list[float]) -> list[float]:
    return [n / e for n, e in zip(notional, equity, strict=True)]


def levered(w: list[float], notional: list[float], equity: list[float], budget: float) -> Any:
    return theory_rules.levered_pro_rata(w, leverage_of(notional, equity), budget)


def tail_risk(w: list[float], notional: list[float], equity: list[float], budget: float) -> Any:
    risk = theory_rules.cvar_risk(leverage_of(notional, equity), 1.0)
    return theory_rules.rap(w, risk, budget, [1.0] * len(w))


def half_capped(w: list[float], budget: float) -> Any:
    return theory_rules.capped_pro_rata(w, [0.5] * len(w), budget)


def greedy(w: list[float], notional: list[float], budget: float) -> Any:
    return theory_rules.queue(
        w, [np.float32(n / x) for n, x in zip(notional, w, strict=True)], budget
    )


def top_winner_first(w: list[float], budget: float) -> Any:
    return theory_rules.smart_queue(w, [np.float32(x) for x in w], budget)


def contract_pro_rata(rows: list[dict[str, Any]], claim: dict[str, Any]) -> Any:
    solvent = [r for r in rows if r["eligible"] and r["qty_contracts"] * claim["side"] < 0]
    return pro_rata_lots.pro_rata_lots(solvent, claim), claim["bankruptcy_price"], "contracts"


PLAIN = {
    "binance": venue_queues.binance,
    "binance_coin_m": centralised.binance_coin_m,
    "aevo": on_chain.aevo,
    "drift": other_designs.drift,
    "mango": socialised.mango,
    "vertex": socialised.vertex,
    "paradex": socialised.paradex,
    "percolator": socialised.percolator,
    "perennial": pools.perennial,
    "ccp_vmgh": clearing.ccp_vmgh,
    "ccp_partial_tear_up": clearing.ccp_partial_tear_up,
    "deribit_legacy": centralised.deribit_legacy,
    "wealth_pro_rata": cash_rules.wealth_pro_rata,
    "equal_dollar": cash_rules.equal_dollar,
    "levelling": cash_rules.levelling,
    "risk_weighted_pro_rata": cash_rules.risk_weighted_pro_rata,
    "contract_pro_rata": contract_pro_rata,
}
RICH = {
    "bitmex": venue_queues.bitmex,
    "bybit": venue_queues.bybit,
    "bybit_alone": venue_queues.bybit,
    "okx": venue_queues.okx,
    "hyperliquid": venue_queues.hyperliquid,
    "hyperliquid_literal": venue_queues.hyperliquid_literal,
    "htx": centralised.htx,
    "bitget": centralised.bitget,
    "kucoin_isolated": centralised.kucoin_isolated,
    "kucoin_cross": centralised.kucoin_cross,
    "gate": centralised.gate,
    "ftx": centralised.ftx,
    "lighter": on_chain.lighter,
    "polymarket": on_chain.polymarket,
    "polymarket_isolated": lambda rows, claim: on_chain.polymarket(rows, claim, isolated=True),
    "ethereal": on_chain.ethereal,
    "cvex": on_chain.cvex,
    "dango": lambda rows, claim: (
        on_chain.cvex(rows, claim)[0],
        claim["bankruptcy_price"],
        "contracts",
    ),
    "injective": lambda rows, claim: (socialised.injective(rows, claim)[0], None, "usd"),
    "price_to_adl": venue_queues.bitmex,
    "compensated_queue": venue_queues.bitmex,
    "early_margin": venue_queues.bitmex,
    "hedge_aware": new_designs.hedge_aware,
    "cross_venue_queue": new_designs.cross_venue_queue,
    "liability_snapshot": new_designs.liability_snapshot,
    "smart_queue": on_endowments(top_winner_first),
    "equity_pro_rata": on_endowments(theory_rules.equity_pro_rata, "equity_usd"),
    "levered_pro_rata": on_endowments(levered, "account_notional_usd", "equity_usd"),
    "tail_risk_pro_rata": on_endowments(tail_risk, "account_notional_usd", "equity_usd"),
    "capped_pro_rata": on_endowments(half_capped),
    "knapsack_greedy": on_endowments(greedy, "account_notional_usd"),
    "vector_mirror_descent": on_endowments(theory_rules.vector_mirror_descent),
    "capped_seniority": new_designs.capped_seniority,
}
NOBODY = {
    "no_adl": other_designs.no_adl,
    "gains": pools.gains,
    "synthetix": pools.synthetix,
    "curie": pools.curie,
    "jupiter": pools.jupiter,
}
DRAWN = {
    "random_lottery": other_designs.random_lottery,
    "kraken": centralised.kraken,
    "coinbase": centralised.coinbase,
    "dydx_v1": on_chain.dydx_v1,
    "dydx_v3": on_chain.dydx_v3,
    "deribit_2026": lambda rows, claim, order: centralised.deribit_2026(rows, claim, order, 0.001),
    "whitebit": lambda rows, claim, order: centralised.kraken(
        [row for row in rows if row["pnl_usd"] > 0.0], claim, order
    ),
}
ELSEWHERE = {
    "dydx_v4": "the scan, below",
    "gmx_v2": "test_pool.py",
    "ccp_full_tear_up": "test_deleverage.py",
}
PER_CONTRACT = ("drift", "mango", "vertex")
KINDS = [("plain", PLAIN), ("rich", RICH), ("plain", NOBODY)]
CASES = [(kind, name, oracle) for kind, table in KINDS for name, oracle in table.items()]
assert CASES


def test_every_entry_has_an_oracle():
    compared = [name for _, name, _ in CASES] + list(DRAWN) + list(ELSEWHERE)
    assert sorted(compared) == sorted(entry.id for entry in CATALOG)


def run(
    name: str, candidates: Candidates, bankruptcy: Any
) -> tuple[dict[int, float], Round, Floats32]:
    """Our pipeline's answer: who gives how much, the round, the scores."""
    parameters = design(name).parameters()
    scores = np.empty(candidates.account_id.size, np.float32)
    taken = np.zeros(scores.size)
    score_candidates(parameters, candidates, KEY, scores)
    done = run_round(parameters, candidates, scores, bankruptcy, KEY, taken)
    ids = candidates.account_id.tolist()
    return {i: x for i, x in zip(ids, taken.tolist(), strict=True) if x > 0.0}, done, scores


def compare(found: dict[int, float], expected: dict[int, float]) -> None:
    # what is left of the last claim after many subtractions is dust
    assert {i for i, x in found.items() if x > 1e-9} == {i for i, x in expected.items() if x > 1e-9}
    for identity, amount in found.items():
        assert amount == pytest.approx(expected.get(identity, 0.0), rel=1e-8, abs=1e-8)


@pytest.mark.parametrize(("kind", "name", "oracle"), CASES, ids=[name for _, name, _ in CASES])
def test_entry_agrees_with_its_oracle(kind, name, oracle):
    touched = 0
    for candidates, bankruptcy in random_books(BOOKS, kind, seed=11):
        qty = candidates.qty_contracts
        if name in PER_CONTRACT:
            charged = candidates.eligible & (candidates.equity_usd > 0.0)
            if bankruptcy.deficit_usd > candidates.notional_usd[charged].sum():
                continue
            halves = [candidates.notional_usd[charged & (s * qty > 0.0)].sum() for s in (1, -1)]
            if name == "vertex" and min(halves) < 0.5 * bankruptcy.deficit_usd:
                continue
        found, done, _ = run(name, candidates, bankruptcy)
        expected, close_price, numeraire = oracle(*as_dicts(candidates, bankruptcy))
        compare(found, expected)
        touched += len(found)
        if name in NOBODY:
            continue
        assert (done.numeraire == CONTRACTS) == (numeraire == "contracts")
        if close_price is None:
            assert np.isnan(done.close_price) or not expected
        else:
            assert done.close_price == pytest.approx(close_price)
    assert (touched == 0) == (name in NOBODY)


@pytest.mark.parametrize("name", sorted(DRAWN))
def test_an_unpublished_pick_is_a_queue_in_the_drawn_order(name):
    touched = 0
    for candidates, bankruptcy in random_books(BOOKS, "plain", seed=12):
        found, done, scores = run(name, candidates, bankruptcy)
        order = np.empty(scores.size, np.int64)
        order_descending(scores, scores.size, order, rank_buffers(scores.size))
        drawn = candidates.account_id[order].tolist()
        rows, claim = as_dicts(candidates, bankruptcy)
        expected, close_price, _ = DRAWN[name](rows, claim, drawn)
        compare(found, expected)
        touched += len(found)
        if close_price is not None:
            assert done.close_price == pytest.approx(close_price)
    assert touched > 0


def test_dydx_walks_the_circle_that_its_start_names():
    """Our draw names the start; from there the oracle's circular scan must agree."""
    touched = 0
    for candidates, bankruptcy in random_books(BOOKS, "plain", seed=13):
        found, _, scores = run("dydx_v4", candidates, bankruptcy)
        order = np.empty(scores.size, np.int64)
        order_descending(scores, scores.size, order, rank_buffers(scores.size))
        able = [
            i
            for i in range(scores.size)
            if candidates.eligible[i] and candidates.qty_contracts[i] * bankruptcy.side < 0.0
        ]
        first = next((i for i in order.tolist() if i in able), None)
        start = able.index(first) if first is not None else 0
        rows, claim = as_dicts(candidates, bankruptcy)
        expected, _, _ = other_designs.dydx_v4(rows, claim, start)
        compare(found, expected)
        touched += len(found)
    assert touched > 0


def test_checked_entries_are_the_ones_whose_rule_is_published():
    for entry in CATALOG:
        assert (entry.status == "provisional") == bool(entry.unpublished), entry.id
