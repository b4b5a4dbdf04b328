"""The catalog of mechanisms: complete, without doubles, and every entry leads to its code."""

import importlib
import inspect
import pkgutil

import pytest

from abm.adl import mechanisms
from abm.adl.mechanisms import MECHANISMS, Mechanism

PARTS = {
    "auction.Auction",
    "controllers.ConstantStep",
    "controllers.RootStep",
    "controllers.Surrogate",
    "controllers.dynamic_regret_bound",
    "controllers.entropic_step",
    "controllers.lagged_budget",
    "controllers.levered_fixed_point",
    "controllers.needed_severity",
    "controllers.path_length",
    "controllers.tracking_loss",
    "controllers.tuned_step",
    "controllers.weighted_taken",
    "dual_controller.DualPath",
    "dual_controller.Round",
    "min_max.MinMax",
    "min_max.MinMaxLots",
    "queue.leverage_score",
    "risk.cvar",
    "risk.expected_shortfall_left",
    "risk.linear",
    "risk.power",
    "risk.shortfall_density",
    "rounding.FixedPoint",
    "rounding.LotSplit",
    "rounding.Positions",
    "rounding.per_account",
    "rounding.positions_of",
    "rounding.whole",
    "severity.NoWait",
    "severity.learned_slopes",
    "severity.severity_cap",
    "severity.upper_quantile",
    "shares.burden_caps",
    "shares.capped",
    "shares.fill_by_weight",
    "tiers.TieredSplit",
    "vector.Descent",
    "vector.Programme",
    "vector.gradient",
    "vector.objective",
    "vector.project",
}
"""What a mechanism is made of or hands back, and is none itself."""

NOT_RULES = ("catalog", "split")


def found(row: Mechanism) -> object:
    module, name = row.where.rsplit(".", 1)
    return getattr(importlib.import_module(module), name)


def defined() -> set[str]:
    """Every public function and class, as module.name."""
    names = set()
    for entry in pkgutil.iter_modules(mechanisms.__path__):
        module = importlib.import_module(f"{mechanisms.__name__}.{entry.name}")
        names |= {
            f"{entry.name}.{name}"
            for name, value in vars(module).items()
            if (inspect.isfunction(value) or inspect.isclass(value))
            and value.__module__ == module.__name__
            and not name.startswith("_")
            and entry.name not in NOT_RULES
        }
    return names


@pytest.mark.parametrize("row", MECHANISMS, ids=lambda row: row.id)
def test_every_row_leads_to_its_code(row: Mechanism) -> None:
    value = found(row)
    name = row.where.rsplit(".", 1)[1]
    assert value is getattr(mechanisms, name), f"export {name} from the package"
    assert name in mechanisms.__all__
    if inspect.isclass(value):
        assert callable(value.run)
    else:
        assert row.id == name
    assert row.name and row.formula and row.source
    assert "\n" not in row.formula


def test_ids_and_names_are_unique() -> None:
    for column in ("id", "name", "where"):
        values = [getattr(row, column) for row in MECHANISMS]
        assert len(set(values)) == len(values)


def test_every_rule_is_listed_and_nothing_else() -> None:
    listed = {row.where.removeprefix(f"{mechanisms.__name__}.") for row in MECHANISMS}
    assert listed.isdisjoint(PARTS)
    assert listed | PARTS == defined()


def test_exports_exist_and_are_sorted() -> None:
    assert all(hasattr(mechanisms, name) for name in mechanisms.__all__)
    assert len(set(mechanisms.__all__)) == len(mechanisms.__all__)
