"""Designs without meaning are refused, each with a sentence that says what to write instead."""

import dataclasses
import math

import pytest

from abm.adl import (
    Aftermath,
    BankruptcyPrice,
    Capacity,
    EarlyMargin,
    EqualClaims,
    Level,
    MarkPrice,
    MarkWithSpread,
    NoClose,
    PoolDrawdown,
    PoolFactor,
    Queue,
    Score,
    Tiered,
    TopShare,
    WaterFill,
)
from abm.adl.catalog import design

REFUSED = [
    (lambda: Capacity("contract"), "write 'contracts'"),
    (lambda: Capacity(fraction=0.0), "Capacity.fraction"),
    (lambda: Capacity(both_sides=True), "both_sides=False"),
    (lambda: Capacity("equity_usd", below_equity=True), "pnl_usd"),
    (lambda: Queue("name"), "unknown tie rule"),
    (lambda: Queue(max_visits=0), "at least 1"),
    (lambda: Queue("pro_rata", max_visits=3), "cuts through a tie"),
    (lambda: WaterFill("capacties"), "write 'capacity'"),
    (lambda: WaterFill("one", power=1.0), "weight='risk'"),
    (lambda: WaterFill("risk", power=math.inf), "finite"),
    (lambda: WaterFill(ties="pro_rata"), "tie rule of odd lots"),
    (lambda: Level("pro_rata"), "tie rule of odd lots"),
    (lambda: dataclasses.replace(design("bitmex"), id="a b"), "not an identifier"),
    (lambda: dataclasses.replace(design("bitmex"), close_price=NoClose()), "capacity in USD"),
    (lambda: dataclasses.replace(design("drift"), close_price=MarkPrice()), "NoClose"),
    (
        lambda: dataclasses.replace(design("wealth_pro_rata"), close_price=BankruptcyPrice()),
        "both_sides=False",
    ),
    (
        lambda: dataclasses.replace(
            design("drift"), capacity=Capacity("notional_usd", health="solvent")
        ),
        "health judges a close",
    ),
    (lambda: Capacity(health="fine"), "unknown health"),
    (lambda: Capacity(burden=0.0), "Capacity.burden"),
    (lambda: Capacity("wallet_usd", flat_too=True), "both_sides=True"),
    (lambda: Capacity("pnl_usd", snapshot_s=5.0), "snapshot_usd"),
    (lambda: WaterFill("equity", power=1.0), "leave it out"),
    (lambda: TopShare(top=0), "at least 1"),
    (lambda: Tiered(edges=()), "one to three"),
    (lambda: Tiered(edges=(0.0, 1.0)), "falling"),
    (lambda: Tiered(edges=(-0.5,)), "at least 0"),
    (lambda: MarkWithSpread(-0.1), "MarkWithSpread.spread"),
    (lambda: EarlyMargin(stress=0.0), "EarlyMargin.stress"),
    (lambda: EarlyMargin(largest=0.5), "EarlyMargin.largest"),
    (lambda: PoolDrawdown(on=0.2, off=0.3), "swap the two"),
    (lambda: PoolFactor(largest=0.5, after=0.6), "swap the two"),
    (lambda: Aftermath(compensation=1.5), "Aftermath.compensation"),
    (lambda: Score("return", scope="account"), "scope='position'"),
    (
        lambda: dataclasses.replace(design("bitmex"), capacity=Capacity("wallet_usd")),
        "charge in cash",
    ),
    (lambda: dataclasses.replace(design("bitmex"), severity=EqualClaims()), "share of money"),
    (lambda: dataclasses.replace(design("drift"), allocation=Tiered()), "profit or equity"),
]
assert REFUSED


@pytest.mark.parametrize(("build", "message"), REFUSED)
def test_refused(build, message):
    with pytest.raises(ValueError, match=message):
        build()
