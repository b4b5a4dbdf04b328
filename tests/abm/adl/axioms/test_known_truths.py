"""What is known of rules without any search, put to the axioms' tests on books written by hand."""

from dataclasses import replace

import numpy as np
import pytest

from abm.adl.axioms import AXIOMS, Account, Case, Outcome, Rule, axiom, judge, rule
from abm.adl.axioms.case import random_case
from abm.adl.axioms.manipulation import merged, pieces_of, reopened
from abm.adl.axioms.search import search
from abm.adl.axioms.targeted import TARGETED

LOSER = Account(10, 10.0, 120.0, 100.0)
"""A long of 10 at 120: at a mark of 100 it owes 100 USD."""

EVEN = Case((LOSER, *(Account(10 * i, -5.0, 120.0, 200.0) for i in (2, 3, 4))))
"""Against it three shorts of 5, equal but for their ids."""


def verdict(name: str, demand: str, case: Case, attack: dict[str, float]) -> str | None:
    found = judge(rule(name), axiom(demand), case, attack)
    return found.sentence if found else None


def test_the_book_is_what_its_words_say() -> None:
    assert EVEN.deficit == pytest.approx(100.0)
    assert EVEN.side == 1
    assert EVEN.opposite.tolist() == [False, True, True, True]
    assert EVEN.equity[1:].tolist() == [300.0] * 3


def test_ties_by_id_are_not_anonymous_and_shared_ties_are() -> None:
    swaps = [{"shuffle": float(seed)} for seed in range(6)]
    assert any(verdict("bitmex", "anonymous", EVEN, swap) for swap in swaps)
    for name in ("theory:queue_sharing_ties", "wealth_pro_rata"):
        assert not any(verdict(name, "anonymous", EVEN, swap) for swap in swaps)


def test_a_lottery_is_anonymous_before_the_draw_only() -> None:
    lottery = rule("random_lottery")
    taken = [lottery.run(Case(EVEN.accounts, seed=seed)).taken[1] for seed in range(30)]
    assert min(taken) == 0.0 < max(taken) == 5.0
    assert verdict("random_lottery", "anonymous", EVEN, {"shuffle": 1.0}) is None


def test_a_lottery_is_left_cheaper_in_two_pieces() -> None:
    """Shorts of 2 and 2 against 3: 1.5 contracts whole; over the orders of three, 8/6 in halves."""
    case, attack = TARGETED["split_proportional"][0]
    found = judge(rule("random_lottery"), axiom("split_proportional"), case, attack)
    assert found is not None
    whole, halves = (
        np.mean([_taken(each, seed) for seed in range(2000)])
        for each in (case, pieces_of(case, attack))
    )
    assert whole == pytest.approx(1.5, abs=0.05)
    assert halves == pytest.approx(8 / 6, abs=0.05)


def _taken(case: Case, seed: int) -> float:
    """What accounts 20 and 21 give under one draw."""
    done = rule("random_lottery").run(replace(case, seed=seed))
    return float(done.taken[np.isin(case.id, (20, 21))].sum())


def test_a_queue_by_ratios_ignores_proportional_splits_not_asymmetric_ones() -> None:
    first = EVEN.with_accounts(Account(20, -10.0, 120.0, 100.0))  # leverage 1000 / 300
    even = {"account": 20.0, "share": 0.5}
    assert verdict("bitmex", "split_proportional", first, even) is None
    crowd = first.with_accounts(*(Account(10 * i, -8.0, 120.0, 80.0) for i in (3, 4)))
    assert verdict("bitmex", "split_proportional", crowd, even) is None
    calm = {"account": 20.0, "share": 0.125, "cash_share": 0.0}
    assert verdict("bitmex", "split_asymmetric", crowd, calm)


def test_levelling_and_mirror_descent_reward_a_split_and_equal_dollar_a_merge() -> None:
    unequal = EVEN.with_accounts(Account(20, -10.0, 120.0, 200.0))  # profits 200, 100, 100
    even = {"account": 20.0, "share": 0.5}
    for name in ("theory:levelling", "theory:vector_mirror_descent", "levelling"):
        assert verdict(name, "split_proportional", unequal, even), name
    pair = {"account": 20.0, "other": 30.0, "netting": 0.0}
    for name in ("theory:equal_dollar", "equal_dollar"):
        assert verdict(name, "split_proportional", unequal, even) is None, name
        assert verdict(name, "merge_proof", unequal, pair), name


def test_mirror_descent_pays_a_quarter_per_half() -> None:
    """X ~ w^2: an account of 200 among 100, 100 pays 2/3 of B, its halves 1/4 of B each."""
    unequal = EVEN.with_accounts(Account(20, -10.0, 120.0, 200.0))
    mirror = rule("theory:vector_mirror_descent")
    assert mirror.run(unequal).taken[1] == pytest.approx(100.0 * 2 / 3)
    halves = mirror.run(pieces_of(unequal, {"account": 20.0, "share": 0.5}))
    assert halves.taken[1] == pytest.approx(25.0)


def test_unequal_caps_break_the_order_of_endowments() -> None:
    """A large account without a binding cap ends below a small one whose cap binds."""
    case = Case(
        (
            Account(10, 100.0, 150.0, 3700.0),  # owes 1300
            Account(20, -10.0, 200.0, 1000.0),  # profit 1000, free to give all of it
            Account(30, -90.0, 110.0, 0.0),  # profit 900, needs 450 of it as margin
        )
    )
    assert verdict("theory:capped_pro_rata", "rank_preserving", case, {})
    assert verdict("theory:wealth_pro_rata", "rank_preserving", case, {}) is None


@pytest.mark.parametrize("name", ["bitmex", "binance", "hyperliquid", "theory:queue"])
def test_queues_jump_where_two_scores_cross(name: str) -> None:
    """More cash lowers the score of 20 below that of 30: the whole burden moves over."""
    case = Case((LOSER, Account(20, -10.0, 120.0, 200.0), Account(30, -10.0, 120.0, 300.0)))
    found = judge(rule(name), axiom("continuous"), case, {"account": 20.0, "field": 2.0, "to": 900})
    assert found is not None
    assert found.size == pytest.approx(2.0, abs=0.05)  # |Q(s) - Q(s')| = 2 B (V24)


def test_pro_rata_has_every_property_of_proportionality() -> None:
    for demand in ("split_proportional", "split_asymmetric", "top_up", "merge_proof"):
        found, _ = search(
            rule("theory:wealth_pro_rata"), axiom(demand), 300, np.random.default_rng(5)
        )
        assert found is None, demand


def test_profit_is_gone_after_reopening_so_haircuts_on_it_are_escaped() -> None:
    attack = {"account": 20.0}
    assert verdict("wealth_pro_rata", "entry_reset", EVEN, attack)
    assert verdict("liability_snapshot", "entry_reset", EVEN, attack) is None


def test_binance_floors_the_wallet_at_one_dollar_so_units_matter() -> None:
    poor = Case(
        (
            LOSER,
            Account(20, -10.0, 120.0, 500.0),
            Account(30, -10.0, 150.0, 1000.0),
        )
    )
    found = judge(rule("binance"), axiom("scale_money"), poor, {"factor": 2.0**-7})
    wide = judge(rule("bitmex"), axiom("scale_money"), poor, {"factor": 2.0**-7})
    assert wide is None
    assert (found is None) == (_binance_order(poor, 1.0) == _binance_order(poor, 2.0**-7))


def _binance_order(case: Case, factor: float) -> bool:
    """Whether 20 stands before 30 by PNL / max(1, wallet) x MM / e."""
    scores = []
    for row in (1, 2):
        wallet, pnl = case.cash[row] * factor, case.pnl[row] * factor
        scores.append(pnl / max(1.0, wallet) * case.maintenance[row] / case.equity[row])
    return scores[0] >= scores[1]


def test_the_mark_closes_positions_and_covers_no_deficit() -> None:
    assert verdict("okx", "budget_balanced", EVEN, {}) is None
    assert verdict("okx", "covers_deficit", EVEN, {})


def test_moves_keep_what_the_owner_has() -> None:
    halves = pieces_of(EVEN, {"account": 20.0, "share": 0.25, "cash_share": 0.75})
    owned = [row for row, i in enumerate(halves.id) if i in (20, 21)]
    assert halves.equity[owned].sum() == pytest.approx(300.0)
    assert halves.qty[owned].sum() == -5.0
    assert reopened(EVEN, {"account": 20.0}).equity[1] == pytest.approx(300.0)
    whole = merged(EVEN, {"account": 20.0, "other": 30.0})
    assert whole.equity[whole.row(20)] == pytest.approx(600.0)


def _steal(case: Case) -> Outcome:
    """Takes a dollar too much from account 20 and keeps it."""
    taken = np.where(case.id == 20, case.deficit + 1.0, 0.0)
    received = np.where(case.bankrupt, case.deficit, 0.0)
    endowment = np.where(case.bankrupt, 0.0, np.maximum(case.equity, 0.0))
    return Outcome(False, case.deficit, taken, endowment, case.qty, case.cash - taken + received)


def test_a_wrong_rule_is_caught() -> None:
    thief = Rule("thief", "test", _steal)
    for demand in ("feasible", "conserves", "anonymous"):
        attacks = [{"shuffle": float(seed)} for seed in range(6)]
        assert any(judge(thief, axiom(demand), EVEN, attack) for attack in attacks), demand


def test_every_random_book_is_valid_and_axioms_have_one_name_each() -> None:
    rng = np.random.default_rng(3)
    assert all(random_case(rng, bankrupts=1 + k % 2).valid() for k in range(500))
    assert len({each.id for each in AXIOMS}) == len(AXIOMS) > 15
