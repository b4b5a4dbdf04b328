"""V11: feasibility against a search written out in full, and verdicts that can be otherwise."""

import numpy as np
import pytest

from experiments.validate.claim import Settings
from experiments.validate.theory import trilemma
from tests.oracles import theory_measures, theory_rules

QUICK = Settings(seed=5)
RNG = np.random.default_rng


def conditions(
    markets: trilemma.Markets, ratio: float, floor: float, diversion: float, severity: float
) -> tuple[bool, bool, bool]:
    """S, F and R of one policy, market by market as the definitions say."""
    solvent, ratios = [], []
    for fees, deficit, top, capacity, _ in zip(
        *markets[:4], np.zeros(markets.fees.size), strict=True
    ):
        owed = ratio * deficit
        budget = severity * owed
        solvent.append(diversion * fees + budget + markets.capital - owed)
        left = top * (1.0 - budget / capacity)
        ratios.append(left / budget if budget > 0.0 else np.inf)
    return (
        bool(np.median(solvent) >= 0.0),
        bool(np.median(ratios) >= trilemma.TARGET),
        1.0 - diversion >= floor - 1e-12,
    )


@pytest.mark.parametrize("ratio", [0.2, 0.6, 0.9, 1.4])
@pytest.mark.parametrize("floor", [0.15, 0.5, 0.85])
def test_what_is_feasible_is_what_a_full_search_finds(ratio: float, floor: float) -> None:
    markets = trilemma.random_markets(10_000, 25, RNG(1))
    found = trilemma.feasible(markets, np.array([ratio]), np.array([floor]))
    seen = np.array(
        [
            conditions(markets, ratio, floor, diversion, severity)
            for diversion in np.linspace(0.0, 1.0, 41)
            for severity in np.concatenate([np.linspace(0.0, 0.2, 21), np.linspace(0.25, 1.0, 16)])
        ]
    )
    assert found.all_three.item() == seen.all(axis=1).any()
    assert found.solvent_fair.item() == (seen[:, 0] & seen[:, 1]).any()
    assert found.solvent_revenue.item() == (seen[:, 0] & seen[:, 2]).any()
    assert found.fair_revenue.item() == (seen[:, 1] & seen[:, 2]).any()


def test_solved_boundaries_are_those_of_the_search() -> None:
    markets = trilemma.random_markets(3_000, 60, RNG(2))
    found = trilemma.feasible(markets, trilemma.RATIOS, trilemma.FLOORS)
    solved = trilemma.boundaries(markets, trilemma.FLOORS)
    step = trilemma.RATIOS[1] - trilemma.RATIOS[0]
    assert np.abs(trilemma.grid_boundary(found) - solved).max() <= 1.5 * step


@pytest.mark.parametrize(("factor", "agrees"), [(1.0, True), (2.0, False), (1.3, None)])
def test_boundaries_are_judged_by_the_excess_predicted_for_their_size(
    factor: float, agrees: bool | None
) -> None:
    excess = factor * trilemma.predicted_excess(1_000)
    samples = 1.0 + excess * np.linspace(0.95, 1.05, 200)[:, None]
    fitted = trilemma.Fitted(np.array([1.0 + excess]), samples)
    assert trilemma.as_predicted(1_000, fitted, np.ones(1)) is agrees


@pytest.mark.parametrize("size", [1_000, 100_000])
def test_every_x_beyond_the_predicted_excess_is_judged(size: int) -> None:
    judged = trilemma.beyond(size)
    step = trilemma.RATIOS[1] - trilemma.RATIOS[0]
    least = 1.0 + (1.0 + trilemma.EXCESS_TOL) * trilemma.predicted_excess(size)
    assert least < judged[0] <= least + step
    assert judged[-1] == trilemma.RATIOS[-1]


def test_a_state_without_a_name_is_an_error() -> None:
    cells = np.ones((1, 1), np.bool_)
    found = trilemma.Feasible(cells, cells, ~cells, cells)
    with pytest.raises(ValueError, match="name a state"):
        trilemma.state_map(found)


@pytest.mark.parametrize("severity", [0.05, 0.4])
def test_pmr_over_ptsr_is_the_total_over_the_largest_loss(severity: float) -> None:
    rng = RNG(3)
    w, losses = (1.0 + rng.pareto(2.0, 12)).tolist(), (1.0 + rng.pareto(2.0, 9)).tolist()
    total, largest = sum(losses), max(losses)
    for rule in (theory_rules.wealth_pro_rata, theory_rules.levelling, theory_rules.equal_dollar):
        taken, unfilled = rule(w, severity * total)
        assert unfilled == pytest.approx(0.0, abs=1e-9)
        ptsr = theory_measures.ptsr_paper(w, taken, severity, total)
        pmr = theory_measures.pmr_paper(w, taken, severity, largest)
        assert pmr / ptsr == pytest.approx(total / largest)


def test_the_verdict_follows_the_capital_the_fund_starts_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert trilemma.trilemma(QUICK, RNG(4)).verdict == "holds with correction"
    monkeypatch.setattr(trilemma, "initial_capital", lambda _: 0.7)  # not o(n)
    assert trilemma.trilemma(QUICK, RNG(4)).verdict == "refuted"
    floors = np.linspace(0.8, 0.95, 8)  # all three hold only for x below 1 - 0.8 + 0.7 + excess
    monkeypatch.setattr(trilemma, "FLOORS", floors)
    monkeypatch.setattr(trilemma, "MIDDLE", 4)
    assert trilemma.trilemma(QUICK, RNG(4)).verdict == "holds"
