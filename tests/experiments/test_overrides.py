# ruff: noqa: D101
"""Dotted overrides: paths, kinds, element numbers, types, and the scenario's own checks."""

from dataclasses import dataclass, field
from datetime import date
from math import inf
from typing import Any, Literal

import pytest

from abm.engine.scenario import Scenario
from experiments.overrides import OverrideError, with_overrides
from tests.experiments.toy_engine import Gbm, Recorded, ToyScenario, Venue

BASE = ToyScenario()


def test_nested_fields_and_all_elements() -> None:
    changed = with_overrides(
        BASE, {"price.volatility": 2, "venues.*.fee_rate": 0.5, "venues.1.fee_rate": 0.25}
    )
    assert changed.price == Gbm(volatility=2.0)
    assert isinstance(changed.price.volatility, float)
    assert [venue.fee_rate for venue in changed.venues] == [0.5, 0.25]
    assert ToyScenario() == BASE


def test_another_kind_starts_from_its_own_defaults() -> None:
    changed = with_overrides(BASE, {"price.kind": "recorded"})
    assert changed.price == Recorded()
    changed = with_overrides(BASE, {"price": {"kind": "recorded", "files": ["a", "b"]}})
    assert changed.price == Recorded(files=("a", "b"))


def test_a_whole_list_of_tables() -> None:
    changed = with_overrides(BASE, {"venues": [{"design": "equal"}, {"fee_rate": 0.1}]})
    assert changed.venues == (Venue("equal"), Venue(fee_rate=0.1))


def test_values_of_one_table_are_checked_together() -> None:
    changed = with_overrides(BASE, {"min_leverage": 20.0, "max_leverage": 30.0})
    assert (changed.min_leverage, changed.max_leverage) == (20.0, 30.0)


@pytest.mark.parametrize(
    ("overrides", "path", "words"),
    [
        ({"tickss": 5}, "tickss", "did you mean 'ticks'"),
        ({"price.volatilty": 5}, "price.volatilty", "did you mean 'volatility'"),
        ({"venues.*.fee": 5}, "venues.0.fee", "did you mean 'fee_rate'"),
        ({"venues.2.fee_rate": 5}, "venues.2", "'*' or 0 to 1"),
        ({"price.kind": "gbn"}, "price.kind", "did you mean 'gbm'"),
        ({"ticks": "ten"}, "ticks", "should be a valid integer, not 'ten'"),
        ({"ticks": 2.5}, "ticks", "integer"),
        ({"ticks": True}, "ticks", "integer"),
        ({"traders": "5"}, "traders", "integer"),
        ({"reacting": 1}, "reacting", "boolean"),
        ({"disclosure": "rnk"}, "disclosure", "'none' or 'rank'"),
        ({"price": 3}, "price", "is a table; set one of its fields"),
        ({"price.volatility": -1.0}, "price", "volatility must be 0 or more"),
        ({"max_leverage": 0.5}, "", "max_leverage must not be below min_leverage"),
        ({"price": {"volatility": 1.0}, "price.volatility": 1.0}, "price.volatility", "twice"),
        ({"price.volatility": 1.0, "price": 3}, "price", "twice"),
        ({"price": 3, "price.volatility": 1.0}, "price.volatility", "as a whole and by its parts"),
        ({"price.kind": ["gbm"]}, "price.kind", "unknown kind"),
        ({"venues.x.fee_rate": 1.0}, "venues.x", "there is no element 'x'"),
        ({"venues": [{"fee": 1.0}]}, "venues.0.fee", "unknown field 'fee'"),
        ({"ticks": {"a": 1}}, "ticks", "integer"),
        ({"ticks": date(2025, 10, 10)}, "ticks", "use plain TOML values"),
    ],
)
def test_what_does_not_fit_is_said(overrides: dict[str, Any], path: str, words: str) -> None:
    with pytest.raises(OverrideError) as caught:
        with_overrides(BASE, overrides)
    assert caught.value.path == path
    assert words in caught.value.sentence


@dataclass(frozen=True)
class Book:
    path: str
    depth: float = 1.0
    kind: Literal["book"] = "book"


@dataclass(frozen=True)
class Drawn:
    traders: int = 5
    kind: Literal["drawn"] = "drawn"


@dataclass(frozen=True)
class World:
    population: Drawn | Book = field(default_factory=Drawn)
    insurance: Drawn | None = None


def test_a_kind_that_needs_a_value_gets_it_or_says_so() -> None:
    changed = with_overrides(World(), {"population.kind": "book", "population.path": "a"})
    assert changed.population == Book("a")
    with pytest.raises(OverrideError, match="needs a value for 'path'"):
        with_overrides(World(), {"population.kind": "book"})


def test_an_absent_table_is_made_from_its_defaults() -> None:
    assert with_overrides(World(), {"insurance.traders": 7}).insurance == Drawn(7)


def test_an_optional_table_is_taken_away_by_a_word() -> None:
    insured = with_overrides(World(), {"insurance": {}})
    assert insured.insurance == Drawn()
    assert with_overrides(insured, {"insurance": "none"}).insurance is None
    assert with_overrides(World(), {"insurance": "none"}).insurance is None
    with pytest.raises(OverrideError, match=r'^insurance: is a table; .* traders, kind, or "none"'):
        with_overrides(insured, {"insurance": "off"})
    with pytest.raises(OverrideError, match=r"population: is a table; .* traders, kind$"):
        with_overrides(insured, {"population": "none"})
    with pytest.raises(OverrideError, match="as a whole and by its parts"):
        with_overrides(insured, {"insurance": "none", "insurance.traders": 3})


def test_a_venue_gives_its_vault_back() -> None:
    base = Scenario(design="jupiter")
    named = {"venues.0.vault.lockup_s": 2.0, "venues.0.staking": {}, "venues.0.pool.spread": 0.001}
    rich = with_overrides(base, named)
    assert rich.venues[0].vault is not None
    gone = dict.fromkeys(("venues.0.vault", "venues.0.staking", "venues.0.pool"), "none")
    assert with_overrides(rich, gone) == base


@pytest.mark.parametrize("key", ["0", "*"])
def test_an_empty_list_has_no_elements_to_set(key: str) -> None:
    for path in ("collateral", "venues.0.vault.holds", "protocols"):
        with pytest.raises(OverrideError) as caught:
            with_overrides(Scenario(), {f"{path}.{key}.name": "x"})
        assert str(caught.value) == f"{path}: has no elements yet; give the whole list"


def test_infinity_is_a_number() -> None:
    changed = with_overrides(World(Book("a")), {"population.depth": inf})
    assert changed.population == Book("a", inf)
