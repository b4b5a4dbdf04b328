"""C2: cascades by hand and by brute force, windows by their published roots."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.validate.contagion import default_cascade as model


def failures(links: set[tuple[int, int]], banks: int, start: int) -> set[int]:
    """Who fails, round by round: a lender whose failed borrowers were more than a fifth of all."""
    down = {start}
    while True:
        new = set()
        for bank in set(range(banks)) - down:
            borrowers = {b for b, lender in links if lender == bank}
            if borrowers and 0.20 * len(borrowers & down) / len(borrowers) > 0.04 + 1e-12:
                new.add(bank)
        if not new:
            return down
        down |= new


@given(st.integers(0, 2**31), st.floats(0.5, 12.0))
def test_the_cascade_is_the_brute_force_one(seed: int, degree: float) -> None:
    rng, banks = np.random.default_rng(seed), 24
    lender, first, borrowers = model.random_links(banks, degree, rng)
    links = {
        (bank, int(other))
        for bank in range(banks)
        for other in lender[first[bank] : first[bank + 1]]
    }
    assert len(links) == lender.size
    assert all(a != b for a, b in links)
    failed = np.zeros(banks, np.bool_)
    start = int(rng.integers(banks))
    count = model.cascade(lender, first, borrowers, start, 5.0, failed)
    assert set(np.flatnonzero(failed)) == failures(links, banks, start)
    assert count == failed.sum()


@pytest.mark.parametrize(("borrowers", "dies"), [(4, True), (5, False)])
def test_one_default_kills_a_bank_with_four_borrowers_but_not_with_five(
    borrowers: int, dies: bool
) -> None:
    banks = borrowers + 1
    lender = np.zeros(borrowers, np.int64)  # everybody owes bank 0
    first = np.array([0, *range(borrowers + 1)], np.int64)
    counts = np.array([borrowers] + [0] * borrowers, np.int64)
    failed = np.zeros(banks, np.bool_)
    assert model.cascade(lender, first, counts, 1, 5.0, failed) == 1 + dies
    assert failed[0] == dies


@pytest.mark.parametrize(
    ("deadly", "low", "high"),
    [
        (3, 1.1141416, 3.8630689),
        (4, 1.0207039, 5.7646771),
        (5, 1.0037312, 7.4770802),
        (6, 1.0005964, 9.0969866),
    ],
)
def test_windows_have_their_published_ends(deadly: int, low: float, high: float) -> None:
    assert model.window(deadly) == pytest.approx((low, high), abs=1e-6)


def test_a_cascade_grows_in_the_window_only() -> None:
    low, high = model.window(4)
    for degree in (0.9 * low, 1.01 * high):
        assert model.branching_frequency(degree, 4) == 0.0
    inside = model.branching_frequency(3.0, 4)
    vulnerable = sum(math.exp(-3.0) * 3.0**k / math.factorial(k) for k in range(4))
    assert inside == pytest.approx(1.0 - math.exp(-3.0 * vulnerable * inside))
    assert inside > 0.7


def test_a_random_network_has_the_mean_degree() -> None:
    lender, first, borrowers = model.random_links(2000, 4.0, np.random.default_rng(1))
    assert lender.size / 2000 == pytest.approx(4.0, abs=0.2)
    assert borrowers.sum() == lender.size == first[-1]


def test_too_few_draws_agree_with_nothing() -> None:
    """Ten draws can be of the other program's frequency and of many others: open, not met."""
    assert model._same_frequency(8, 10, 0.803) is None
    assert model._same_frequency(8030, 10_000, 0.803) is True
    assert model._same_frequency(6030, 10_000, 0.803) is False


def test_contagion_at_the_lower_end_is_rare_and_small_and_at_the_upper_end_nearly_total() -> None:
    """The independent program's extents are 0.11, 0.998 and 0.999."""
    rng = np.random.default_rng(6)
    seen = {z: model.extents(1000, z, 400, rng) for z in (1.0, 6.0)}
    hit = {z: values[values > model.SPREAD] for z, values in seen.items()}
    assert hit[1.0].mean() == pytest.approx(0.11, abs=0.03)
    assert hit[6.0].mean() == pytest.approx(0.998, abs=0.001)


def test_an_extent_without_contagion_is_unknown() -> None:
    one = model._extent(7.0, np.empty(0))
    assert one.predicted == 0.999
    assert math.isnan(one.measured)
    assert math.isnan(one.low)
