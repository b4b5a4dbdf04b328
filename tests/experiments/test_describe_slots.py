"""Slots in words: derived from the values, so another value reads differently."""

from dataclasses import replace
from itertools import combinations, product
from typing import Any

import pytest

from abm.adl import (
    AdlDesign,
    Aftermath,
    BankruptcyPrice,
    Blend,
    Capacity,
    CustomScore,
    EarlyMargin,
    ExactRank,
    Fixed,
    Full,
    FundAfterProfits,
    FundDrawdown,
    FundNotUsed,
    InventoryCap,
    Level,
    Lights,
    MarkPrice,
    MarkWithSpread,
    Match,
    Nothing,
    PoolDrawdown,
    PreviousMarkPrice,
    PriceToAdl,
    Queue,
    ResidualDeficit,
    Score,
    Tiered,
    TopShare,
    WaterFill,
)
from abm.adl import encoding as code
from abm.adl.catalog import CATALOG, design
from abm.adl.design import SLOTS
from experiments.words import first_and_taken, slots_of
from experiments.words.told import SYMBOLS, duration, number, ratio, symbols_of

CLOSES, CASH = design("bitmex"), design("drift")


def _own(exposure: Any) -> float:
    return float(exposure.pnl_usd)


def _scores() -> list[Score]:
    """Every score that can be built from the published terms."""
    made = []
    for words in product(code.PROFITS, code.RISKS, code.LOSERS, code.SCOPES, (False, True)):
        try:
            made.append(Score(*words))
        except ValueError:
            continue
    return [score for score in made if score.profit not in ("one", "draw", "scan")]


VARIANTS: dict[str, tuple[AdlDesign, list[Any]]] = {
    "trigger": (
        CLOSES,
        [
            ResidualDeficit(),
            FundDrawdown(),
            FundDrawdown(on=0.4),
            FundDrawdown(off=0.3),
            FundDrawdown(window_s=3600.0),
            PoolDrawdown(),
            PoolDrawdown(on=0.5),
            PoolDrawdown(off=0.1),
            PoolDrawdown(window_s=60.0),
            PoolDrawdown(min_pool_usd=1.0),
            PoolDrawdown(alone=True),
            InventoryCap(),
            InventoryCap(0.5),
            FundNotUsed(),
            FundAfterProfits(),
            EarlyMargin(),
            EarlyMargin(stress=1.0),
            EarlyMargin(largest=3.0),
        ],
    ),
    "severity": (CLOSES, [Full(), Fixed(0.0), Fixed(0.5), Match()]),
    "capacity": (
        CASH,
        [
            Capacity("notional_usd"),
            Capacity("notional_usd", both_sides=True),
            Capacity("wallet_usd", both_sides=True),
            Capacity("wallet_usd", both_sides=True, flat_too=True),
            Capacity("equity_usd"),
            Capacity("equity_usd", fraction=0.5),
            Capacity("equity_usd", burden=0.5),
            Capacity("pnl_usd"),
            Capacity("pnl_usd", below_equity=True),
            Capacity("pnl_usd", winners_only=True),
            Capacity("snapshot_usd", snapshot_s=60.0),
            Capacity("snapshot_usd", snapshot_s=300.0),
        ],
    ),
    "score": (CLOSES, [*_scores(), CustomScore(_own), Score("draw"), Score("scan"), Score("one")]),
    "allocation": (
        CLOSES,
        [
            *(Queue(ties=ties) for ties in code.TIES),
            Queue(max_visits=500),
            *(WaterFill(weight) for weight in code.WEIGHTS),
            WaterFill("risk", 1.0),
            WaterFill("risk", 2.0),
            WaterFill("tail_risk", 2.0),
            WaterFill(ties="random"),
            Level(),
            Level("random"),
            TopShare(),
            TopShare(5),
            TopShare(ties="random"),
        ],
    ),
    "close_price": (
        CLOSES,
        [
            BankruptcyPrice(),
            MarkPrice(),
            MarkWithSpread(0.001),
            MarkWithSpread(0.002),
            PreviousMarkPrice(),
            Blend(2.0 / 3.0),
            Blend(0.5),
        ],
    ),
    "disclosure": (
        CLOSES,
        [
            Nothing(),
            Lights(),
            Lights("size"),
            Lights(refresh_s=30.0),
            Lights(delay_s=1.0),
            ExactRank(),
            ExactRank(delay_s=2.0),
            PriceToAdl(),
            PriceToAdl(refresh_s=60.0),
        ],
    ),
    "aftermath": (
        CLOSES,
        [
            Aftermath(),
            Aftermath(fee_rate=0.001),
            Aftermath(cancel_orders=False),
            Aftermath(notice=False),
            Aftermath(compensation=0.5),
            Aftermath(reentry_s=60.0),
            Aftermath(withdrawal_gate_s=60.0),
            Aftermath(settles_market=True),
        ],
    ),
}


def test_every_slot_has_variants() -> None:
    assert tuple(VARIANTS) == SLOTS
    assert len(_scores()) > 100


@pytest.mark.parametrize("slot", SLOTS)
def test_another_value_reads_differently(slot: str) -> None:
    based_on, values = VARIANTS[slot]
    told: dict[Any, Any] = {}
    for value in values:
        said = slots_of(replace(based_on, **{slot: value}))[slot]
        assert said not in told, f"{value} and {told[said]} read alike: {said}"
        told[said] = value


def test_tiers_read_by_their_edges() -> None:
    tiers = design("injective")
    one = slots_of(tiers)["allocation"]
    two = slots_of(replace(tiers, allocation=Tiered((1.0, 0.0))))["allocation"]
    assert one.formula[0] == "tier 1: slices (u)+ of c, in proportion"
    assert two.formula[0] == "tier 1: slices (u - |q| E)+ of c, in proportion"
    assert len(two.formula) == len(one.formula) + 1


def test_entries_that_differ_in_a_slot_read_differently() -> None:
    for one, other in combinations(CATALOG, 2):
        mine, theirs = slots_of(one), slots_of(other)
        for slot in SLOTS:
            reached = mine[slot].short != "-" and theirs[slot].short != "-"
            if reached and getattr(one, slot) != getattr(other, slot):
                assert mine[slot] != theirs[slot], (one.id, other.id, slot)


@pytest.mark.parametrize(
    ("name", "slot", "formula"),
    [
        ("bitmex", "score", ("score = r λ (u >= 0), r / λ (u < 0)", "r = u / (|q| E); λ = N / e")),
        ("binance", "score", ("score = ((u)+ / max(1, W)) (MM / e) (u >= 0), 0 (u < 0)",)),
        ("okx", "score", ("score = r (MM / e) (u >= 0), r / (MM / e) (u < 0)",)),
        (
            "cross_venue_queue",
            "score",
            (
                "score = ((u)+ / max(1, W)) λ (u >= 0), 0 (u < 0)",
                "λ = N / e; u, W, e and the net N of the trader over all venues",
            ),
        ),
        ("hyperliquid", "score", ("score = ratio λ (u > 0), out of the queue (u <= 0)",)),
        ("kucoin_isolated", "score", ("score = (u / IM) L", "L = |q| E / IM")),
        ("ftx", "close_price", ("P = 2/3 P_bk + 1/3 M, P_bk = M + s D / Q",)),
        ("deribit_2026", "close_price", ("P = M (1 - s 0.001)",)),
        ("drift", "capacity", ("c = |q| M",)),
        ("lighter", "capacity", ("c = |q|", "c = 0 unless loss <= M e / N")),
        ("capped_seniority", "capacity", ("c = min(0.25 (u)+, e)",)),
        ("paradex", "severity", ("B = min(D, U D / (T + D))",)),
        ("no_adl", "severity", ("B = θ Q, θ = 0",)),
        ("smart_queue", "severity", ("B = θ D, θ = min(1, U / D)",)),
        ("risk_weighted_pro_rata", "allocation", ("x = min(c, τ c λ^2), λ = N / e",)),
        ("tail_risk_pro_rata", "allocation", ("x = min(c, τ c λ (λ - 1)+), λ = N / e",)),
        ("levelling", "allocation", ("x = (c - κ)+",)),
    ],
)
def test_formulas_as_the_sources_have_them(name: str, slot: str, formula: tuple[str, ...]) -> None:
    assert slots_of(design(name))[slot].formula[: len(formula)] == formula


def test_a_dollar_capacity_of_a_close_is_divided_by_the_loss() -> None:
    closes = replace(CLOSES, capacity=Capacity("equity_usd", fraction=0.5, burden=0.2))
    assert slots_of(closes)["capacity"].formula == (
        "c = min(0.5 |q|, 0.5 (e)+ / loss, 0.2 e / loss)",
    )


def test_nobody_reaches_the_slots_behind_a_severity_of_zero() -> None:
    told = slots_of(design("curie"))
    unreached = [slot for slot in SLOTS if told[slot].short == "-"]
    assert unreached == ["capacity", "score", "allocation", "close_price"]
    assert first_and_taken(design("curie")) == "no trader is touched"


def test_every_letter_of_a_formula_is_explained() -> None:
    lines = tuple(
        line for entry in CATALOG for said in slots_of(entry).values() for line in said.formula
    )
    used = symbols_of(lines)
    assert set(SYMBOLS) == set(used), "a letter that no formula uses"
    assert symbols_of(("P = M'",)) == {"M'": SYMBOLS["M'"], "P": SYMBOLS["P"]}


def test_numbers_are_short() -> None:
    assert [number(x) for x in (93.0, 1234.5, 0.25, 1.0 / 3.0, 0.0, -0.0, 26.6667, 100.0)] == [
        "93",
        "1,234.5",
        "0.25",
        "0.333",
        "0",
        "0",
        "26.67",
        "100",
    ]
    assert [ratio(2.0 / 3.0), ratio(0.5), ratio(0.7), ratio(1.0)] == ["2/3", "1/2", "0.7", "1"]
    assert [duration(s) for s in (28_800.0, 300.0, 30.0, 90.0)] == ["8 h", "5 min", "30 s", "90 s"]
