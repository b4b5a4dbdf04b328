"""Levers that a figure does not show are held, and the words say so."""

from pathlib import Path

import pytest

from analysis.effects import (
    control_of,
    design_effects,
    disclosure_effects,
    published_and_control,
)
from analysis.load import Results, load
from analysis.slices import (
    baseline,
    cut,
    designs,
    held,
    reference_design,
    value_label,
)
from tests.analysis.synthetic import write_results


def test_baseline_is_a_published_queue_and_reacting_traders(results: Results) -> None:
    assert baseline(results) == {"design": "no_adl", "disclosure": "rank", "reacting": True}


def test_a_slice_holds_what_it_does_not_show(results: Results) -> None:
    shown = cut(results, ("design",))
    assert set(shown.frame["disclosure"]) == {"rank"}
    assert set(shown.frame["reacting"]) == {True}
    assert shown.disclosures == (None,)
    assert len(shown.of("no_adl")) == 8


def test_a_slice_separates_what_it_shows(results: Results) -> None:
    shown = cut(results, ("design", "disclosure", "reacting"))
    assert shown.reactions == (False, True)
    assert shown.disclosures == ("none", "rank")
    assert len(shown.of("no_adl", "rank", False)) == 8
    assert len(shown.of("no_adl")) == 4 * 8


def test_held_names_only_levers_that_vary(results: Results) -> None:
    assert held(results, ("design",)) == "disclosure = rank, reacting = yes"
    assert held(results, ("design", "disclosure", "reacting")) == ""


def test_levers_that_are_absent_collapse(tmp_path: Path) -> None:
    found = load(write_results(tmp_path, levers={"seedling": (1, 2)}, replicates=3, steps=5))
    shown = cut(found, ("design", "disclosure", "reacting"))
    assert designs(found) == shown.designs == ("synthetic",)
    assert shown.disclosures == shown.reactions == (None,)
    assert len(shown.of("synthetic", None, None)) == 3
    assert held(found, ()) == "seedling = 1"


def test_series_that_were_not_recorded_are_refused(tmp_path: Path) -> None:
    folder = write_results(tmp_path, levers={}, replicates=2, with_series=False)
    with pytest.raises(ValueError, match="has no series"):
        cut(load(folder), ("design",), "series")


def test_the_control_is_without_adl_or_the_next_with_the_outcome(results: Results) -> None:
    shown = cut(results, ("design",))
    assert reference_design(results) == "no_adl"
    assert control_of(results, shown, "residual_share") == "no_adl"
    assert control_of(results, shown, "taken_gini") == "pnl_leverage_queue"


def test_design_effects_are_one_family_of_all_other_designs(results: Results) -> None:
    effects = design_effects(results, cut(results, ("design",)), "residual_share")
    assert [effect.treated for effect in effects] == ["pnl_leverage_queue", "pro_rata_notional"]
    assert {effect.control for effect in effects} == {"no_adl"}
    assert all(effect.effect.value < 0 for effect in effects)


def test_disclosure_effects_pair_within_design_and_reaction(results: Results) -> None:
    shown = cut(results, ("design", "disclosure", "reacting"))
    assert published_and_control(shown) == (["rank"], "none")
    effects = disclosure_effects(shown, "deficit_before_adl_usd", True)
    assert list(effects) == list(shown.designs)
    by_hand = (
        shown.of("no_adl", "rank", True).set_index("replicate")["deficit_before_adl_usd"]
        - shown.of("no_adl", "none", True).set_index("replicate")["deficit_before_adl_usd"]
    )
    assert effects["no_adl"][0].effect.value == pytest.approx(by_hand.median())


def test_labels_are_words() -> None:
    assert [value_label(v) for v in (True, False, "none", "lights_head", 2.5)] == [
        "yes",
        "no",
        "nothing",
        "lights head",
        "2.5",
    ]
