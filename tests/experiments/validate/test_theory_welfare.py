"""V12 to V16: cases by hand, closed forms of ruin theory, oracles, and verdicts that can flip."""

import math

import numpy as np
import pytest

from abm.adl.mechanisms.shares import wealth_pro_rata
from abm.adl.mechanisms.split import Split
from abm.units import Floats
from experiments.validate.claim import Settings
from experiments.validate.theory import ruin, separation, welfare
from tests.oracles import theory_measures, theory_rules

QUICK = Settings(seed=5)
RNG = np.random.default_rng


def test_churn_by_hand() -> None:
    path = separation.Path(np.array([1.0, 1.0]), np.full((2, 2), 0.9), np.ones(2), np.full(2, 0.5))
    book = np.array([4.0, 1.0])
    # pro-rata: both lose 16 % and leave; the queue drives out the first only
    assert separation.residual_share(wealth_pro_rata, book, path, "churn") == pytest.approx(0.6)
    assert separation.residual_share(
        separation.largest_first, book, path, "churn"
    ) == pytest.approx(0.2)
    for feedback in ("none", "common cap"):
        shares = [
            separation.residual_share(rule, book, path, feedback)
            for rule in (wealth_pro_rata, separation.largest_first)
        ]
        assert shares == pytest.approx([0.2, 0.2])


def test_v12_holds_without_feedback_and_is_refuted_by_a_rule_that_takes_too_little(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert separation.separation(QUICK, RNG(1)).verdict == "holds with correction"
    with monkeypatch.context() as patched:
        patched.setattr(
            separation, "FEEDBACKS", ("none", "common cap", "none", "common cap", "none")
        )
        assert (
            separation.separation(QUICK, RNG(1)).verdict == "refuted"
        )  # fairness moves with theta
        patched.setattr(
            separation,
            "fairness_and_fees",
            lambda rule, *_: np.full(2, float(rule is separation.largest_first)),
        )
        assert separation.separation(QUICK, RNG(1)).verdict == "holds"

    def half(endowment_usd: Floats, budget_usd: float) -> Split:
        return wealth_pro_rata(endowment_usd, budget_usd / 2)

    monkeypatch.setattr(separation, "largest_first", half)
    assert separation.separation(QUICK, RNG(1)).verdict == "refuted"


def test_v13_fairness_is_that_of_the_oracle_and_budgets_are_levelled() -> None:
    rng = RNG(2)
    books = [1.0 + rng.pareto(1.5, 40) for _ in range(5)]
    budgets = welfare.levelled_budgets(books, 100.0)
    assert budgets.sum() == pytest.approx(100.0)
    found = [
        welfare.pro_rata_fairness(book, float(budget))
        for book, budget in zip(books, budgets, strict=True)
    ]
    assert found == pytest.approx([found[0]] * 5)
    taken, _ = theory_rules.wealth_pro_rata(books[0].tolist(), float(budgets[0]))
    wanted = theory_measures.ptsr_paper(books[0].tolist(), taken, 1.0, float(budgets[0]))
    assert found[0] == pytest.approx(wanted)


def test_v13_follows_the_prices(monkeypatch: pytest.MonkeyPatch) -> None:
    def priced(*powers: float) -> None:
        monkeypatch.setattr(
            welfare,
            "prices",
            lambda rng, size: welfare.Prices(
                *(size**power * float(rng.uniform(0.99, 1.01)) for power in powers)
            ),
        )

    priced(1 / 3, 0.0, 0.0)
    assert welfare.fairness_price(QUICK, RNG(3)).verdict == "holds with correction"
    priced(1 / 3, 1 / 3, 0.0)
    assert welfare.fairness_price(QUICK, RNG(3)).verdict == "refuted"
    priced(0.0, 0.0, 0.0)
    assert welfare.fairness_price(QUICK, RNG(3)).verdict == "refuted"
    priced(1 / 3, 1 / 3, 1 / 3)
    assert welfare.fairness_price(QUICK, RNG(3)).verdict == "holds"


@pytest.mark.parametrize("start_usd", [0.0, 1.0, 4.0])
def test_ruin_of_exponential_claims_is_its_closed_form(start_usd: float) -> None:
    draws = ruin.ruin_probability(RNG(4), start_usd, 0.7, ruin.LIGHT, 200_000)
    wanted = 0.7 * math.exp(-0.3 * start_usd / ruin.MEAN_CLAIM)
    error = draws.std() / math.sqrt(draws.size)
    assert abs(draws.mean() - wanted) < 4.0 * error + 1e-12


def test_claims_have_their_mean_and_tail() -> None:
    claims = ruin.draw_claims(RNG(5), (400_000,), 1.8)
    assert claims.mean() == pytest.approx(ruin.MEAN_CLAIM, rel=0.05)
    scale = ruin.MEAN_CLAIM * 0.8
    assert (claims > 10.0).mean() == pytest.approx((1.0 + 10.0 / scale) ** -1.8, rel=0.1)


def test_an_empty_fund_falls_short_with_probability_claims_over_premiums() -> None:
    _, late = ruin.shortfalls(RNG(6), 3_000, 1_500, ruin.LIGHT)
    share = np.count_nonzero(late) / late.size
    wanted = ruin.MEAN_CLAIM / (ruin.MIDDLE * ruin.FEES)
    assert abs(share - wanted) < 4.0 * math.sqrt(wanted * (1 - wanted) / late.size)


def test_v14_holds_where_every_constant_diversion_ruins(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ruin.revenue(QUICK, RNG(7)).verdict == "refuted"
    monkeypatch.setattr(ruin, "MIDDLE", 0.49)  # below the mean claim: ruin is certain
    assert ruin.revenue(QUICK, RNG(7)).verdict == "holds"


def test_v15_needs_a_price_that_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    assert welfare.aggregation(QUICK, RNG(8)).verdict == "holds with correction"
    monkeypatch.setattr(welfare, "frontier", lambda _rng, _size: np.ones_like(welfare.SHARES))
    assert welfare.aggregation(QUICK, RNG(8)).verdict == "refuted"

    def narrow(rng: np.random.Generator, size: int) -> Floats:
        """Fair at one severity only, another one in every book, the narrower the larger."""
        place = rng.uniform(0.5, 1.0)
        return np.asarray(np.abs(welfare.SHARES - place) < 3.0 / size**0.5, np.float64)

    monkeypatch.setattr(welfare, "frontier", narrow)
    assert welfare.aggregation(QUICK, RNG(8)).verdict == "holds"


def test_aggregate_prices_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(welfare, "SHARES", np.array([0.5, 1.0]))
    books = np.array([[1.0, 0.2], [0.4, 0.4]])  # fairness of two books at the two severities
    granted_sum, granted_min, own_sum, own_min = welfare.aggregate_prices(books)
    assert granted_sum == pytest.approx(2.0 / 1.3)  # mean fairness 0.7, 0.3 plus 0.5, 1.0
    assert granted_min == pytest.approx(1.0 / 0.5)
    assert own_sum == pytest.approx((1.5 + 1.4) / 2 / 1.3)
    assert own_min == pytest.approx((0.5 + 0.4) / 2 / 0.5)


def test_submajorisation_is_that_of_the_oracle() -> None:
    rng = RNG(9)
    for _ in range(300):
        a, b = rng.random((2, 4))
        wanted = theory_measures.submajorises(b.tolist(), a.tolist())
        assert separation.submajorised(a, b) == wanted


@pytest.mark.parametrize(
    ("sign", "spread", "verdict"),
    [(1.0, 0.0, "holds"), (-1.0, 0.0, "refuted"), (1.0, 20.0, "unclear")],
)
def test_v16_follows_the_signs_of_time_and_value(
    sign: float, spread: float, verdict: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever is not slow pro-rata is two rounds earlier and worth less, more, or who knows."""
    rng = RNG(1)

    def played(
        rule: separation.Rule, *book: object, pace: float = separation.PACE
    ) -> tuple[int, float]:
        slow = rule is wealth_pro_rata and len(book) == 4
        worth = 1.0 if slow else math.exp(-0.1 * sign)
        return (6 if slow else 4), worth * math.exp(spread * rng.standard_normal())

    assert separation.opposing_orders(QUICK, RNG(10)).verdict == "refuted"
    monkeypatch.setattr(separation, "submajorised", lambda a, b: bool((a <= b).all()))
    assert separation.opposing_orders(QUICK, RNG(10)).verdict == "refuted"
    monkeypatch.setattr(separation, "play", played)
    assert separation.opposing_orders(QUICK, RNG(10)).verdict == verdict


@pytest.mark.parametrize("rule", [separation.largest_first, wealth_pro_rata])
def test_solvency_without_churn_takes_as_long_under_every_rule(rule: separation.Rule) -> None:
    book = separation.endowments(RNG(11), 50)
    luck = np.zeros((separation.HORIZON, 50))
    solved, value_usd = separation.play(rule, book, 3.0 * book, luck, "hazard")
    assert solved == math.ceil(0.25 / 0.06)
    assert value_usd > 0.0
