"""V29, V31 and V32: against enumeration, printed formulas, oracles; verdicts that can turn."""

import numpy as np
import pytest

from experiments.validate.claim import Finding, Settings
from experiments.validate.theory import rounds
from tests.oracles import theory_severity

QUICK = Settings()


def found(experiment: object, seed: int = 1) -> Finding:
    return experiment(QUICK, np.random.default_rng(seed))  # type: ignore[operator,no-any-return]


def test_a_paid_provider_acts_at_the_best_discounted_surplus() -> None:
    """With foresight the first-act rule is the earliest maximiser of beta^k d_k."""
    rng = np.random.default_rng(3)
    surplus, discount = rng.uniform(0.0, 1.0, (50, 6)), rng.uniform(0.5, 1.0, 50)
    acts = rounds.first_act(surplus, discount)
    for row, (d, beta) in enumerate(zip(surplus.tolist(), discount.tolist(), strict=True)):
        values = [beta**k * value for k, value in enumerate(d)]
        assert acts[row] == values.index(max(values))


def test_a_provider_who_pays_waits_while_the_cost_decays() -> None:
    costs = np.array([[0.9, 0.8, 0.7], [0.5, 0.9, 0.9]])
    assert rounds.last_chance(costs, np.array([1.0, 0.99])).tolist() == [2, 0]


def test_v29_is_judged_by_who_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(rounds.no_wait).verdict == "holds with correction"

    def at_once(surplus: np.ndarray, _discount: np.ndarray) -> np.ndarray:
        return np.zeros(len(surplus), np.int64)

    def never(surplus: np.ndarray, _discount: np.ndarray) -> np.ndarray:
        return np.full(len(surplus), surplus.shape[1])

    monkeypatch.setattr(rounds, "first_act", at_once)
    assert found(rounds.no_wait).verdict == "holds"
    monkeypatch.setattr(rounds, "first_act", never)
    assert found(rounds.no_wait).verdict == "refuted"


def test_the_threshold_of_the_venue_is_the_printed_one() -> None:
    """Equities 4 (H) and 6 (L), B = 2: at the threshold both rules are worth as much."""
    equity, leverage, risk = np.array([4.0, 6.0]), np.array([8.0, 2.0]), np.array([2.0, 1.0])
    even, greedy = np.array([0.2, 0.2]), np.array([0.5, 0.0])
    assert (even * equity).sum() == pytest.approx((greedy * equity).sum())
    level = rounds._threshold(even, greedy, risk, leverage, 0.9 * 0.1)
    printed = (0.2 / 0.3) * 2.0 / 8.0 + (2.0 - (0.2 / 0.3) * 1.0) / (0.9 * 8.0 * 0.1)
    assert level == pytest.approx(printed)
    fees = np.array([level * 0.1, 0.1])
    worth = [
        float((risk * h).sum() + 0.9 * (fees * (1.0 - h) * leverage).sum()) for h in (even, greedy)
    ]
    assert worth[0] == pytest.approx(worth[1])


def test_v31_is_refuted_for_another_threshold(monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(rounds.venue_choice).verdict == "holds"
    true = rounds._threshold
    monkeypatch.setattr(rounds, "_threshold", lambda *args: 1.5 * true(*args))
    assert found(rounds.venue_choice).verdict == "refuted"


@pytest.mark.parametrize("ratio", [0.02, 0.1, 0.5, 1.2])
def test_the_fund_is_the_oracles_and_nothing_is_cheaper(ratio: float) -> None:
    losses = np.random.default_rng(9).lognormal(0.0, 1.0, 80)
    fund = rounds.newsvendor_fund(losses, ratio, 1.0)
    sample = list(map(float, losses))
    assert fund == pytest.approx(theory_severity.newsvendor_fund(sample, ratio, 1.0))
    own = theory_severity.fund_cost(fund, sample, ratio, 1.0)
    for size in np.linspace(0.0, max(sample), 300):
        assert own <= theory_severity.fund_cost(float(size), sample, ratio, 1.0) + 1e-12
    assert rounds._excess_cost(losses, ratio) == pytest.approx(0.0, abs=1e-12)


def test_v32_is_refuted_for_a_fund_of_the_mean_deficit(monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(rounds.newsvendor).verdict == "holds"
    with monkeypatch.context() as patched:
        pick = Settings.pick
        few = {100: 4}  # repeats
        patched.setattr(Settings, "pick", lambda s, q, f: few.get(pick(s, q, f), pick(s, q, f)))
        assert found(rounds.newsvendor).verdict == "unclear"
    monkeypatch.setattr(rounds, "newsvendor_fund", lambda sample, *_: float(sample.mean()))
    assert found(rounds.newsvendor).verdict == "refuted"
