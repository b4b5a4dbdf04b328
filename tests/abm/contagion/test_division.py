"""Every division rule divides: all of the estate, nobody above the claim, monotone."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.contagion import RULES, divide
from abm.units import Floats
from tests.oracles.networks import DIVISIONS

CLAIMS = st.lists(st.sampled_from([0.0, 0.1, 1.0, 1.0, 2.5, 7.0, 1e6]), max_size=6)
SHARES = st.sampled_from([0.0, 1e-9, 0.1, 0.3, 0.45, 0.5, 0.55, 0.7, 0.999, 1.0, 1.5])


def test_every_rule_has_its_own_oracle() -> None:
    assert set(DIVISIONS) == set(RULES)


@pytest.mark.parametrize("rule", RULES)
@given(claims=CLAIMS, share=SHARES)
def test_the_same_as_by_bisection(rule: str, claims: list[float], share: float) -> None:
    estate = share * sum(claims)
    expected = DIVISIONS[rule](min(estate, sum(claims)), claims)
    slack = 1e-9 * max(1.0, sum(claims))
    np.testing.assert_allclose(divide(rule, estate, np.array(claims)), expected, atol=slack)


@pytest.mark.parametrize("rule", RULES)
@given(claims=CLAIMS, shares=st.tuples(SHARES, SHARES))
def test_awards(rule: str, claims: list[float], shares: tuple[float, float]) -> None:
    total = sum(claims)
    low, high = sorted(share * total for share in shares)
    row = np.array(claims, np.float64)
    less, more = divide(rule, low, row), divide(rule, high, row)
    slack = 1e-12 * total
    np.testing.assert_allclose(
        [less.sum(), more.sum()], [min(low, total), min(high, total)], atol=slack
    )
    assert (less >= 0.0).all()
    assert (more <= row).all()
    assert (less <= more + slack).all(), "monotone in the estate"


@pytest.mark.parametrize("rule", ["equal_awards", "equal_losses", "talmud"])
def test_awards_equal_losses_of_the_dual(rule: str) -> None:
    """CEA and CEL are each other's dual, and the Talmud rule is its own."""
    dual = {"equal_awards": "equal_losses", "equal_losses": "equal_awards"}.get(rule, rule)
    claims = np.array([1.0, 4.0, 2.0, 9.0])
    for estate in (0.5, 3.0, 8.0, 12.0):
        np.testing.assert_allclose(
            divide(rule, estate, claims), claims - divide(dual, 16.0 - estate, claims), atol=1e-13
        )


def test_a_rule_of_your_own() -> None:
    def half_and_half(estate: float, claims: Floats) -> Floats:
        first = divide("proportional", estate / 2, claims)
        return first + divide("equal_awards", estate / 2, claims - first)

    awards = divide(half_and_half, 3.0, np.array([1.0, 5.0]))
    np.testing.assert_allclose(awards, [0.25 + 0.75, 1.25 + 0.75])


@pytest.mark.parametrize(
    ("rule", "estate", "claims", "sentence"),
    [
        ("talmudic", 1.0, [1.0], "no division rule 'talmudic': choose from proportional"),
        ("talmud", -1.0, [1.0], "the estate is -1.0: give a finite number of 0 or more"),
        ("talmud", np.nan, [1.0], "the estate is nan"),
        ("talmud", 1.0, [-1.0], "claims must be one row of finite numbers"),
        ("talmud", 1.0, [[1.0]], "claims must be one row"),
        (lambda _, c: c[:1], 1.0, [1.0, 2.0], "gave 1 awards for 2 claims"),
        (lambda _, c: 2.0 * c, 2.0, [1.0], "keep awards within [0, claim]"),
        (lambda _, c: c - 2.0, 2.0, [1.0, 2.0], "keep awards within [0, claim]"),
        (lambda _, c: 0.5 * c, 1.0, [1.0, 2.0], "of an estate of 1.0 for claims of 3.0"),
        (lambda _, c: np.nan * c, 1.0, [1.0, 2.0], "keep awards within [0, claim]"),
    ],
)
def test_bad_input_is_one_sentence(
    rule: str | Callable[[float, Floats], Floats], estate: float, claims: Any, sentence: str
) -> None:
    with pytest.raises(ValueError, match=r"^[^\n]*$") as raised:
        divide(rule, estate, np.array(claims))
    assert sentence in str(raised.value)
