"""V27, V28 and V33: against the blind oracles and closed forms, and verdicts that can turn."""

import math

import numpy as np
import pytest
from scipy.special import lambertw

from experiments.validate.claim import Finding, Settings
from experiments.validate.theory import participation
from tests.oracles import theory_rules

QUICK = Settings()


def found(experiment: object, seed: int = 1) -> Finding:
    return experiment(QUICK, np.random.default_rng(seed))  # type: ignore[operator,no-any-return]


def oracle_rounds(name: str, carry_over: bool) -> list[tuple[list[float], float]]:
    """What is taken and what is missing in both rounds of the printed example."""
    equity, here, rounds = [60.0, 40.0], [True, True], []
    for deficit in (40.0, 30.0):
        w = [e if stays else 0.0 for e, stays in zip(equity, here, strict=True)]
        risk = theory_rules.linear_risk([2.0, 6.0]) if name == "RAP" else [1.0, 1.0]
        taken, missing = theory_rules.rap(w, risk, deficit, [1.0, 1.0])
        here = [h and mu - x >= 2.0 for h, mu, x in zip(here, (12.0, 40.0), taken, strict=True)]
        rounds.append((taken, missing))
        if carry_over:
            equity = [e - x for e, x in zip(equity, taken, strict=True)]
    return rounds


@pytest.mark.parametrize("name", ["pro-rata", "RAP"])
@pytest.mark.parametrize("carry_over", [False, True])
def test_both_rounds_of_the_example_are_the_oracles(name: str, carry_over: bool) -> None:
    rounds = participation.two_rounds(participation.RULES[name], carry_over)
    for one, (taken, missing) in zip(rounds, oracle_rounds(name, carry_over), strict=True):
        assert one.taken == pytest.approx(taken)
        assert one.unfunded == pytest.approx(missing, abs=1e-9)


def test_losses_carried_over_drive_out_the_low_leverage_trader_under_rap_too() -> None:
    first, second = participation.two_rounds(participation.RULES["RAP"], True)
    assert first.stays.tolist() == [True, True]
    assert second.utility[0] == pytest.approx(-12.3, abs=0.05)
    assert not second.stays[0]


@pytest.mark.parametrize(
    ("outside", "verdict"), [(2.0, "holds with correction"), (-20.0, "refuted")]
)
def test_v28_is_refuted_when_nobody_would_leave(
    outside: float, verdict: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(participation, "EXAMPLE_OUTSIDE", outside)
    assert found(participation.death_spiral).verdict == verdict


def test_v27_is_refuted_for_a_rule_of_other_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    """RAP with the root of the printed weight: the condition no longer says who pays less."""
    assert found(participation.rap_burden).verdict == "holds"
    printed = participation.rap
    monkeypatch.setattr(participation, "rap", lambda w, risk, B: printed(w, np.sqrt(risk), B))
    assert found(participation.rap_burden).verdict == "refuted"


@pytest.mark.parametrize("name", ["pro-rata", "RAP", "queue"])
def test_a_fixed_point_is_one(name: str) -> None:
    rng = np.random.default_rng(7)
    endowment, leverage = participation._population(rng, 1.0)
    active = participation.best_response(participation.RULES[name], endowment, leverage, 0.01, 3.0)
    left = active * endowment
    taken = participation.RULES[name](left, leverage, participation.BUDGET_SHARE).taken_usd
    for a, x, w, lam in zip(active, taken, left, leverage, strict=True):
        haircut = x / w if w > 0.0 else 1.0
        stays = participation.YIELD_PER_NOTIONAL * lam - haircut >= 0.01
        assert a == pytest.approx(math.exp(-3.0 * haircut) if stays else 0.0, abs=1e-8)


@pytest.mark.parametrize("churn", [1.0, 5.0, 12.0])
def test_pro_rata_without_outside_option_keeps_lamberts_share(churn: float) -> None:
    endowment, leverage = participation._population(np.random.default_rng(0), 1.0)
    active = participation.best_response(
        participation.RULES["pro-rata"], endowment, leverage, -math.inf, churn
    )
    kept = math.exp(float(lambertw(-churn * participation.BUDGET_SHARE).real))
    assert float((active * endowment).sum()) == pytest.approx(kept)


def test_v33_needs_no_correction_where_nobody_churns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(participation, "OUTSIDE", (0.0, 0.03, 0.06))
    monkeypatch.setattr(participation, "CHURN", (0.0, 4.0, 8.0, 12.0))
    assert found(participation.participation).verdict == "holds with correction"
    monkeypatch.setattr(participation, "CHURN", (0.0, 1.0))
    assert found(participation.participation).verdict == "refuted"  # pro-rata does not spiral
    monkeypatch.setattr(participation, "OUTSIDE", (0.0, 0.06, 1.0))
    assert found(participation.participation).verdict == "holds"


def test_v33_is_refuted_where_rap_is_pro_rata(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = dict(participation.RULES) | {"RAP": participation.RULES["pro-rata"]}
    monkeypatch.setattr(participation, "RULES", rules)
    monkeypatch.setattr(participation, "OUTSIDE", (0.0, 0.03, 0.06))
    monkeypatch.setattr(participation, "CHURN", (0.0, 4.0, 8.0, 12.0))
    assert found(participation.participation).verdict == "refuted"
