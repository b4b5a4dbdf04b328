"""V7 to V10: rules and deficits against the oracles, tables by hand, and verdicts that can flip."""

import numpy as np
import pytest

from abm.adl.mechanisms.risk import knapsack_greedy
from abm.adl.mechanisms.shares import wealth_pro_rata
from abm.adl.mechanisms.split import Split
from abm.adl.mechanisms.vector import vector_mirror_descent
from abm.units import Floats
from experiments.validate.claim import Settings
from experiments.validate.theory import axiom_tests, fair_claims, risk_claims
from tests.oracles import theory_rules

QUICK = Settings(seed=5)
RNG = np.random.default_rng


def oracle_paid(name: str, book: axiom_tests.Book, budget: float) -> list[float]:
    """What a rule of the sybil table takes, by its oracle."""
    w, lev = book.endowment_usd.tolist(), book.leverage.tolist()
    equity, ones = book.equity_usd.tolist(), [1.0] * book.endowment_usd.size
    threshold = axiom_tests.CVAR_LEVERAGE
    oracles = {
        "wealth pro-rata": lambda: theory_rules.wealth_pro_rata(w, budget)[0],
        "capped pro-rata, different caps": lambda: theory_rules.capped_pro_rata(
            w, book.caps.tolist(), budget
        )[0],
        "equity pro-rata": lambda: theory_rules.equity_pro_rata(w, equity, budget)[0],
        "min-max of equity": lambda: theory_rules.min_max_equity(w, equity, budget)[1],
        "RAP, linear g": lambda: theory_rules.rap(w, theory_rules.linear_risk(lev), budget, ones)[
            0
        ],
        "RAP, CVaR g": lambda: theory_rules.rap(
            w, theory_rules.cvar_risk(lev, threshold), budget, ones
        )[0],
        "queue by leverage": lambda: theory_rules.queue_sharing_ties(w, lev, budget)[0],
        "queue by size": lambda: theory_rules.queue_sharing_ties(w, w, budget)[0],
        "levelling": lambda: theory_rules.levelling(w, budget)[0],
        "equal dollar": lambda: theory_rules.equal_dollar(w, budget)[0],
        "vector mirror descent": lambda: theory_rules.vector_mirror_descent(w, budget)[0],
    }
    return oracles[name]()


FIXED_RULES = [rule for rule in axiom_tests.RULES if rule.name != "lottery"]


@pytest.mark.parametrize("rule", FIXED_RULES, ids=lambda rule: rule.name)
@pytest.mark.parametrize("pieces", axiom_tests.PIECES)
def test_the_sybil_table_is_that_of_the_oracles(rule: axiom_tests.Rule, pieces: int) -> None:
    book = axiom_tests.sybil_book(pieces)
    wanted = sum(oracle_paid(rule.name, book, axiom_tests.SYBIL_BUDGET_USD)[:pieces])
    assert axiom_tests.sybil_paid(rule, pieces, 1)[0] == pytest.approx(wanted, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("rule", FIXED_RULES, ids=lambda rule: rule.name)
def test_the_rules_are_those_of_the_oracles_in_random_books(rule: axiom_tests.Rule) -> None:
    rng = RNG(1)
    for _ in range(25):
        book = axiom_tests.random_book(rng)
        budget = float(rng.uniform(0.05, 0.95)) * axiom_tests.reach_usd(rule, book)
        wanted = oracle_paid(rule.name, book, budget)
        assert rule.take(book, budget, 0) == pytest.approx(wanted, rel=1e-7, abs=1e-9)


def test_v7_fails_for_a_rule_that_is_not_pro_rata(monkeypatch: pytest.MonkeyPatch) -> None:
    assert fair_claims.convex_optimality(QUICK, RNG(2)).verdict == "holds with correction"

    def progressive(endowments: Floats, _caps: Floats, budget: float) -> Split:
        return vector_mirror_descent(endowments, budget)

    monkeypatch.setattr(fair_claims, "capped_pro_rata", progressive)
    assert fair_claims.convex_optimality(QUICK, RNG(2)).verdict == "refuted"


def test_v8_would_hold_if_caps_broke_no_axiom_and_fails_with_a_second_rule(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert fair_claims.axioms(QUICK, RNG(3)).verdict == "holds with correction"

    def plain(book: axiom_tests.Book, budget: float, _seed: int) -> Floats:
        return wealth_pro_rata(book.endowment_usd, budget).taken_usd

    same = tuple(
        axiom_tests.Rule(rule.name, plain) if rule.name == fair_claims.CAPPED else rule
        for rule in axiom_tests.RULES
    )
    for module in (axiom_tests, fair_claims):
        monkeypatch.setattr(module, "RULES", same)
    assert fair_claims.axioms(QUICK, RNG(3)).verdict == "holds"
    second = (*axiom_tests.RULES, axiom_tests.Rule("another pro-rata", plain))
    for module in (axiom_tests, fair_claims):
        monkeypatch.setattr(module, "RULES", second)
    assert fair_claims.axioms(QUICK, RNG(3)).verdict == "refuted"


@pytest.mark.parametrize("profit_only", [False, True])
def test_next_deficits_are_those_of_the_oracles(profit_only: bool) -> None:
    rng = RNG(4)
    for _ in range(20):
        book = risk_claims.random_risk_book(profit_only, rng)
        w, e, rho = (column.tolist() for column in book[:3])
        ones = [1.0] * len(w)
        taken = [
            theory_rules.wealth_pro_rata(w, book.budget_usd)[0],
            theory_rules.rap(w, rho, book.budget_usd, ones)[0],
            theory_rules.rap(w, [r * r for r in rho], book.budget_usd, ones)[0],
            theory_rules.rap(
                w, [r * a / b for r, a, b in zip(rho, e, w, strict=True)], book.budget_usd, ones
            )[0],
            theory_rules.queue(w, rho, book.budget_usd)[0],
            theory_rules.greedy_density(w, e, rho, book.budget_usd)[0],
        ]
        scaled = [
            theory_rules.shortfall_left([a / b for a, b in zip(x, w, strict=True)], e, rho)
            for x in taken
        ]
        cash = [theory_rules.shortfall_left_of_cash(x, e, rho) for x in taken]
        found = risk_claims.deficits_left(book, risk_claims.taken_by_rule(book))
        assert found.scaled == pytest.approx(scaled, rel=1e-7)
        assert found.cash == pytest.approx(cash, rel=1e-7)
        assert found.scaled.min() == pytest.approx(found.scaled[risk_claims.OPTIMUM])
        assert found.cash.min() == pytest.approx(found.cash[risk_claims.OPTIMUM_CASH])


def test_the_counterexample_is_one_of_delta_and_not_of_delta_prime() -> None:
    book = risk_claims.counterexample()
    left = risk_claims.deficits_left(book, risk_claims.taken_by_rule(book))
    assert left.scaled[risk_claims.RAP] == pytest.approx(38.952, abs=1e-3)
    assert left.scaled[risk_claims.PRO_RATA] == pytest.approx(38.182, abs=1e-3)
    assert left.cash[risk_claims.RAP] < left.cash[risk_claims.PRO_RATA]


def test_v9_would_hold_if_rap_were_the_optimum(monkeypatch: pytest.MonkeyPatch) -> None:
    finding = risk_claims.risk_optimality(QUICK, RNG(5))
    assert finding.verdict == "holds with correction"
    interior = finding.measurements[2]
    assert "leaves every account something" in interior.name
    assert interior.measured == 1.0
    true_rules = risk_claims.taken_by_rule

    def best(book: risk_claims.RiskBook) -> list[Floats]:
        taken = true_rules(book)
        taken[risk_claims.RAP] = knapsack_greedy(*book).taken_usd
        return taken

    monkeypatch.setattr(risk_claims, "taken_by_rule", best)
    assert risk_claims.risk_optimality(QUICK, RNG(5)).verdict == "holds"


def test_v9_is_refuted_where_the_knapsack_is_filled_in_another_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    greedy = risk_claims.knapsack_greedy
    monkeypatch.setattr(
        risk_claims, "knapsack_greedy", lambda w, e, rho, B: greedy(w, e, 1.0 / rho, B)
    )
    assert risk_claims.risk_optimality(QUICK, RNG(5)).verdict == "refuted"


def test_no_split_leaves_less_than_the_bound_and_the_optimum_attains_it() -> None:
    rng = RNG(7)
    for _ in range(100):
        book = risk_claims.random_risk_book(True, rng)
        bound = risk_claims.smallest_deficit(book)
        left = risk_claims.deficits_left(book, risk_claims.taken_by_rule(book)).scaled
        assert left[risk_claims.OPTIMUM] == pytest.approx(bound)
        share = rng.dirichlet(np.ones(book.rho.size)) * book.budget_usd
        if (share <= book.endowment_usd).all():
            other = ((1.0 - share / book.endowment_usd) * book.equity_usd) @ book.rho
            assert other >= bound * (1.0 - 1e-12)


def test_weak_submajorisation_compares_partial_sums() -> None:
    assert risk_claims.weakly_submajorised(np.array([1.0, 1.0]), np.array([2.0, 0.0]))
    assert not risk_claims.weakly_submajorised(np.array([2.0, 0.0]), np.array([1.0, 1.0]))


def test_v10_depends_on_the_size_of_the_shock(monkeypatch: pytest.MonkeyPatch) -> None:
    assert risk_claims.next_deficit(QUICK, RNG(6)).verdict == "holds"
    monkeypatch.setattr(risk_claims, "SHOCK_PER_LEVERAGE", 0.9)
    assert risk_claims.next_deficit(QUICK, RNG(6)).verdict == "refuted"
