"""V1 to V3: the ratios against the oracles, the intervals, and verdicts that can be otherwise."""

import numpy as np
import pytest

from experiments.validate.claim import Settings
from experiments.validate.intervals import Interval, log_slope, median_interval
from experiments.validate.theory import scaling
from experiments.validate.theory.random_books import Books, half_normal_books, pareto_books
from tests.oracles import theory_measures, theory_rules

QUICK = Settings(seed=5)


def books_of(rows: np.ndarray) -> Books:
    """Books whose columns are given, `[1, R]`."""
    return Books(rows.max(axis=1)[None], rows.sum(axis=1)[None])


@pytest.mark.parametrize("seed", range(5))
def test_the_ratios_are_those_of_the_oracle(seed: int) -> None:
    rng = np.random.default_rng(seed)
    winners, losers = 1.0 + rng.pareto(1.5, (4, 30)), 1.0 + rng.pareto(3.0, (4, 20))
    deficits = losers.sum(axis=1)
    severity = 0.3
    ptsr = scaling.ptsr(books_of(winners), deficits[None], severity)
    pmr = scaling.Pair(books_of(winners), books_of(losers)).pmr(2.0, severity)
    safe = scaling.safe_severity(books_of(winners), deficits[None])
    for row, (w, lost) in enumerate(zip(winners, losers, strict=True)):
        total = float(lost.sum())
        taken, _ = theory_rules.wealth_pro_rata(w.tolist(), severity * total)
        assert ptsr[0, row] == pytest.approx(
            theory_measures.ptsr_paper(w.tolist(), taken, severity, total)
        )
        larger = (2.0 * w).tolist()
        taken, _ = theory_rules.wealth_pro_rata(larger, severity * total)
        assert pmr[0, row] == pytest.approx(
            theory_measures.pmr_paper(larger, taken, severity, float(lost.max()))
        )
        taken, _ = theory_rules.wealth_pro_rata(w.tolist(), safe[0, row] * total)
        assert theory_measures.ptsr_paper(w.tolist(), taken, safe[0, row], total) == pytest.approx(
            1.0
        )


def test_a_deficit_beyond_all_capacity_leaves_nothing() -> None:
    pair = scaling.Pair(books_of(np.full((1, 3), 1.0)), books_of(np.full((1, 3), 50.0)))
    assert pair.pmr().item() == 0.0


def test_a_slope_is_recovered_and_too_few_replicates_agree_with_nothing() -> None:
    sizes = (100.0, 1000.0, 10_000.0)
    rng = np.random.default_rng(0)
    noise = np.exp(rng.normal(0.0, 0.8, (3, 2_000)))
    values = np.power(np.array(sizes), -0.4)[:, None] * noise
    many = log_slope(sizes, values, rng)
    assert many.agrees(-0.4, scaling.SLOPE_TOL)
    assert not many.agrees(-0.25, scaling.SLOPE_TOL)
    few = log_slope(sizes, values[:, :8], rng)
    assert not few.agrees(few.value, scaling.SLOPE_TOL)


def test_replicates_shared_by_all_sizes_are_resampled_together() -> None:
    """One factor per replicate moves all sizes alike, so the slope is known without error."""
    factors = np.exp(np.random.default_rng(6).normal(0.0, 1.0, 301))
    sizes = (1.0, 2.0, 4.0)
    values = np.power(np.array(sizes), 0.7)[:, None] * factors
    together = log_slope(sizes, values, np.random.default_rng(7), paired=True)
    alone = log_slope(sizes, values, np.random.default_rng(7))
    assert together == pytest.approx((0.7, 0.7, 0.7))
    assert alone.high - alone.low > 0.1


@pytest.mark.filterwarnings("error")
def test_a_slope_of_medians_that_are_not_positive_is_unknown() -> None:
    rng = np.random.default_rng(8)
    around_zero = rng.normal(0.2, 1.0, (3, 50))
    unknown = log_slope((1.0, 2.0, 4.0), around_zero, rng)
    assert np.isnan(unknown.low)
    assert np.isnan(unknown.high)
    assert unknown.agrees(0.0, 100.0) is None
    assert np.isnan(log_slope((1.0, 2.0, 4.0), around_zero - 5.0, rng).value)


def test_an_interval_of_a_median_covers_it_as_often_as_it_says() -> None:
    rng = np.random.default_rng(1)
    hits = 0
    for _ in range(400):
        interval = median_interval(rng.standard_exponential(41))
        hits += interval.low <= np.log(2.0) <= interval.high
    assert 0.93 <= hits / 400 <= 1.0


def test_ends_and_not_the_estimate_decide() -> None:
    assert Interval(0.0, -0.05, 0.05).agrees(0.0, 0.06)
    assert Interval(0.0, -0.07, 0.05).agrees(0.0, 0.06) is None
    assert Interval(0.0, 0.07, 0.09).agrees(0.0, 0.06) is False
    assert Interval(0.0, -0.09, -0.07).agrees(0.0, 0.06) is False
    assert Interval(float("nan"), float("nan"), float("nan")).agrees(0.0, 0.06) is None


def test_blocks_draw_every_replicate_once() -> None:
    rng = np.random.default_rng(2)
    top, total = pareto_books([1.5], [700_000], 3, rng)[0]
    assert (top > 1.0).all()
    assert (total > 700_000).all()
    half = half_normal_books([1_000], 40, rng)
    assert half.total.mean() == pytest.approx(1_000 * np.sqrt(2 / np.pi), rel=0.02)


def bounded_tops(tails: object, sizes: object, replicates: int, rng: object) -> tuple[Books, ...]:
    """Pareto books whose largest endowment does not grow with n."""
    return tuple(
        Books(np.full_like(book.top, 3.0), book.total)
        for book in pareto_books(tails, sizes, replicates, rng)  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("run", [scaling.ptsr_scaling, scaling.pmr_scaling])
def test_endowments_without_a_tail_refute_the_laws(
    run: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scaling, "pareto_books", bounded_tops)
    monkeypatch.setattr(scaling, "market_sizes", lambda _: ((200, 630, 2_000), 200))
    finding = run(QUICK, np.random.default_rng(3))  # type: ignore[operator]
    assert finding.verdict == "refuted"


def test_a_rule_that_cuts_the_top_has_another_slope(monkeypatch: pytest.MonkeyPatch) -> None:
    slopes = scaling.slopes_by_rule(QUICK, np.random.default_rng(4))
    assert slopes["levelling"].high < slopes["wealth pro-rata"].low
    assert slopes["queue by size"].high < slopes["wealth pro-rata"].low


def test_the_laws_hold_for_pareto_winners() -> None:
    assert scaling.ptsr_scaling(QUICK, np.random.default_rng(5)).verdict == "holds"
    found = scaling.pmr_scaling(QUICK, np.random.default_rng(5))
    assert found.verdict == "holds with correction"
    assert scaling.severity_scaling(QUICK, np.random.default_rng(5)).verdict == "holds"
