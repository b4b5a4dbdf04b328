"""C7 and C10: ranges, intervals, the record's digits, and what is said without it."""

import math
from pathlib import Path

import numpy as np
import pytest

from experiments.errors import StoreError
from experiments.validate.contagion import crash_facts, stylised_facts
from experiments.validate.contagion.series import autocorrelation, hill, log_returns
from experiments.validate.contagion.stylised_facts import FACTS, Fact


def walk(days: int, seed: int = 0) -> np.ndarray:
    """One-minute prices of heavy-tailed independent returns."""
    returns = 1e-4 * np.random.default_rng(seed).standard_t(4, days * 1440)
    return np.asarray(100.0 * np.exp(np.concatenate(([0.0], np.cumsum(returns)))))


def test_a_range_holds_what_rounds_into_it() -> None:
    fact = Fact("tail", 2.6, 3.4, 1)
    assert [fact.holds(x) for x in (2.54, 2.56, 3.44, 3.46, math.nan)] == [
        *(False, True, True, False, False)
    ]


def test_facts_come_in_the_order_of_their_names() -> None:
    prices = walk(3)
    found = dict(zip([fact.name for fact in FACTS], stylised_facts.facts_of(prices), strict=True))
    returns = log_returns(prices)
    assert found["Hill index, 1 %"] == hill(returns)
    assert found["memory of |r|, 6 h"] == autocorrelation(np.abs(returns), 360)
    assert found["memory of r, 1 min"] == autocorrelation(returns, 1)


def ends(prices: np.ndarray, rng: np.random.Generator) -> list[tuple[float, float]]:
    """Intervals of the eight statistics."""
    chosen = stylised_facts.days_drawn(prices, rng)
    return stylised_facts.ends_of(stylised_facts.resampled(prices, chosen))


def test_intervals_hold_their_number_and_shrink_with_days() -> None:
    rng = np.random.default_rng(1)
    few, many = walk(4), walk(40)
    for prices in (few, many):
        values, found = stylised_facts.facts_of(prices), ends(prices, rng)
        assert found[0][0] < values[0] < found[0][1]
        assert found[2][0] - 0.02 < values[2] < found[2][1] + 0.02
    spans = [float(np.diff(ends(prices, rng)[0])[0]) for prices in (few, many)]
    assert spans[1] < spans[0]


def test_less_than_two_days_have_no_interval() -> None:
    found = ends(walk(1), np.random.default_rng(1))
    assert all(math.isnan(low) and math.isnan(high) for low, high in found)


def test_judged_numbers_by_hand() -> None:
    """A memory of lag^-0.3 decays with 0.3; one that is not positive has no slow decay."""
    memory = [0.5 * lag**-0.3 for lag in stylised_facts.LAGS]
    one = stylised_facts.judged_of(np.array([3.0, 0.0, *memory, 20.0, 5.0]))
    assert one == pytest.approx(np.array([3.0, 0.0, *memory, 0.3, 0.25]))
    assert stylised_facts.judged_of(np.array([3.0, 0, 0.3, 0.2, 0.1, -0.1, 9, 3]))[6] > 0.5


def test_prices_without_the_facts_fail_them() -> None:
    """Independent Gaussian returns: no fat tail, and a memory of |r| that is not above 0."""
    returns = 1e-4 * np.random.default_rng(3).standard_normal(20 * 1440)
    prices = 100.0 * np.exp(np.concatenate(([0.0], np.cumsum(returns))))
    chosen = stylised_facts.days_drawn(prices, np.random.default_rng(4))
    rows = stylised_facts.rows_of("none", prices, prices, chosen)
    truth = {row.fact: row.truth for row in rows if row.series == "record"}
    assert truth["Hill index, 1 %"] is False
    assert truth["memory of |r|, 10 min"] is not True
    assert truth["memory of r, 1 min"] is True


def test_a_replay_that_is_the_record_changes_nothing_and_another_one_is_told_apart() -> None:
    prices = walk(20)
    chosen = stylised_facts.days_drawn(prices, np.random.default_rng(4))
    same = [r for r in stylised_facts.rows_of("a", prices, prices, chosen) if r.series == "replay"]
    assert {row.change for row in same if math.isfinite(row.value)} == {(0.0, 0.0, 0.0)}
    rough = np.exp(2e-4 * np.random.default_rng(5).standard_normal(prices.size))
    rows = stylised_facts.rows_of("a", prices, prices * rough, chosen)
    kept = {row.fact: row.kept for row in rows if row.series == "replay"}
    assert kept["memory of r, 1 min"] is False
    assert kept["Hill index, 1 %"] is False


@pytest.mark.parametrize("make", [False, True], ids=["no folder", "an empty folder"])
def test_without_the_record_one_sentence_says_what_to_fetch(make: bool, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    if make:
        folder.mkdir()
    with pytest.raises(StoreError, match=r"git clone https://github\.com/nl2992/") as caught:
        stylised_facts.files_of(str(folder))
    assert "\n" not in str(caught.value)
    assert str(caught.value).count("git clone") == 1


@pytest.mark.data
def test_the_digits_of_the_record() -> None:
    """Hill index and memory of |r| at one minute, measured before by another program."""
    files = stylised_facts.files_of(None)
    seen = {
        crisis: stylised_facts.facts_of(stylised_facts.closes(file))
        for crisis, file in files.items()
    }
    hills = [seen[crisis][0] for crisis in stylised_facts.WINDOWS]
    memory = [seen[crisis][2] for crisis in stylised_facts.WINDOWS]
    assert min(hills) == pytest.approx(2.6, abs=0.05)
    assert max(hills) == pytest.approx(3.4, abs=0.05)
    assert (min(memory), max(memory)) == pytest.approx((0.28, 0.45), abs=0.006)


def test_pooled_memory_is_that_of_one_replicate_alone() -> None:
    prices = walk(2)
    alone = crash_facts.pooled([crash_facts.parts_of(prices)])
    whole = stylised_facts.facts_of(prices)
    assert alone[:7] == pytest.approx(whole[:7])
    twice = crash_facts.pooled([crash_facts.parts_of(prices)] * 2)
    assert twice[1:7] == pytest.approx(whole[1:7])


def test_what_a_series_is_too_short_for_is_unknown() -> None:
    short = crash_facts.pooled([crash_facts.parts_of(walk(1, seed)[:40]) for seed in range(20)])
    assert np.isfinite(short[[0, 1, 2, 3, 6]]).all()
    assert np.isnan(short[[4, 5, 7]]).all()


@pytest.mark.parametrize(
    ("low", "high", "truth"), [(2.7, 3.3, True), (2.0, 2.5, False), (2.0, 3.0, None)]
)
def test_a_fact_is_judged_by_its_whole_interval(low: float, high: float, truth: object) -> None:
    assert crash_facts.judged_fact(FACTS[0], low, high) is truth
