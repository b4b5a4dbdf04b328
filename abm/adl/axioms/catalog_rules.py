"""Every rule under judgement: the designs of the catalog by file, then the theory's mechanisms."""

import importlib
import pkgutil
from functools import cache
from types import ModuleType

from abm.adl import catalog
from abm.adl.axioms.mechanism_rules import mechanism_rules
from abm.adl.axioms.rule import Rule, rule_of
from abm.adl.design import AdlDesign


def group_of(design: AdlDesign) -> str:
    """Name of the catalog's file that holds a design.

    Raises:
        ValueError: none does.
    """
    for module in _files():
        if any(value is design for value in vars(module).values()):
            return module.__name__.rsplit(".", 1)[-1]
    raise ValueError(f"{design.id!r} stands in no file of the catalog: add it to one")


@cache
def _files() -> tuple[ModuleType, ...]:
    names = [found.name for found in pkgutil.iter_modules(catalog.__path__)]
    return tuple(importlib.import_module(f"{catalog.__name__}.{name}") for name in names)


@cache
def rules() -> tuple[Rule, ...]:
    """All of them, in the order of the table: groups of designs together, mechanisms last."""
    designs = [rule_of(design, group_of(design)) for design in catalog.CATALOG]
    groups = list(dict.fromkeys(rule.group for rule in designs))
    designs.sort(key=lambda rule: groups.index(rule.group))
    return (*designs, *mechanism_rules())


def rule(name: str) -> Rule:
    """The rule with this id: a design's id, or "theory:" and a mechanism's.

    Raises:
        ValueError: there is none.
    """
    found = {each.id: each for each in rules()}
    if name not in found:
        raise ValueError(f"no rule {name!r}: write one of {', '.join(found)}")
    return found[name]
