"""Dotted overrides of a frozen scenario: `{"price.volatility": 0.8, "venues.*.fee_rate": 0.0}`.

A path names a field of a dataclass, an element of a tuple by number, or all elements by `*`. A
field whose type is a union of dataclasses carries its `kind`; naming another kind starts from
that kind's own defaults. A table that may be absent (a venue's vault, staking, pool) is made from
its defaults by any of its fields, or by `{}`, and taken away by the word "none":

    "venues.0.vault.lockup_s" = 0.0    a vault with its defaults but this
    "venues.0.vault" = {}              a vault with its defaults
    "venues.0.vault" = "none"          no vault

All overrides of one dataclass are applied together, so its own checks
see the final values only. A value must have the field's type as JSON has it: an integer may stand
for a float, a list for a tuple, nothing else.
"""

import dataclasses
import functools
import json
import types
import typing
from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from experiments.errors import nearest

_ABSENT: Any = object()

NONE = "none"
"""The word that takes an optional table away: TOML has no null."""


class OverrideError(ValueError):
    """An override does not fit the scenario; `path` says which.

    Attributes:
        path: dotted path of the offending field, or of the table that refused its values.
        sentence: what is wrong and what to do, without the path.
    """

    def __init__(self, path: str, sentence: str) -> None:
        super().__init__(f"{path}: {sentence}" if path else sentence)
        self.path = path
        self.sentence = sentence


def with_overrides[S](scenario: S, overrides: Mapping[str, Any]) -> S:
    """A copy of the scenario with the overrides applied.

    Args:
        scenario: a frozen dataclass of JSON-able fields and nested frozen dataclasses.
        overrides: dotted path to JSON value.

    Raises:
        OverrideError: unknown path, wrong type, or a value that the scenario itself refuses.
    """
    rebuilt: S = _rebuild(scenario, type(scenario), _tree(overrides), "")
    return rebuilt


def _tree(overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Dotted paths as nested dicts."""
    root: dict[str, Any] = {}
    for path, value in overrides.items():
        *parents, last = path.split(".")
        node = root
        for part in parents:
            node = node.setdefault(part, {})
            if not isinstance(node, dict):
                raise OverrideError(path, "is set both as a whole and by its parts; keep one")
        old = node.get(last)
        if isinstance(old, dict) and isinstance(value, dict):
            node[last] = {**old, **value}
        elif last in node:
            raise OverrideError(path, "is set twice; keep one")
        else:
            node[last] = dict(value) if isinstance(value, dict) else value
    return root


def _rebuild(value: Any, annotation: Any, change: Any, path: str) -> Any:
    """`value` of type `annotation` with `change` applied (a nested dict, or a JSON value)."""
    variants = _dataclasses_of(annotation)
    if change == NONE and variants and _may_be_absent(annotation):
        return None
    if dataclasses.is_dataclass(value) or (variants and isinstance(change, dict)):
        if not isinstance(change, dict):
            variant: Any = type(value)
            fields = ", ".join(_field_names(variant))
            off = f', or "{NONE}"' if _may_be_absent(annotation) else ""
            raise OverrideError(path, f"is a table; set one of its fields: {fields}{off}")
        return _rebuild_dataclass(value, variants, change, path)
    elements = _element_type(annotation)
    if elements is not None and isinstance(change, dict):
        return _rebuild_tuple(value, elements, change, path)
    if elements is not None and isinstance(change, list) and _dataclasses_of(elements):
        return tuple(
            _rebuild(_ABSENT, elements, element, f"{path}.{index}")
            for index, element in enumerate(change)
        )
    return _checked_leaf(annotation, change, path)


def _rebuild_dataclass(value: Any, variants: tuple[type, ...], change: Any, path: str) -> Any:
    """One dataclass with all its changes applied at once."""
    variant = _variant(value, variants, change, path)
    same = type(value) is variant
    changed: dict[str, Any] = {}
    hints = _hints(variant)
    names = _field_names(variant)
    for name, part in change.items():
        below = f"{path}.{name}" if path else name
        if name not in names:
            where = f"in '{path}'" if path else "in the scenario"
            raise OverrideError(below, f"unknown field '{name}' {where}; {nearest(name, names)}")
        old = getattr(value, name) if same else _default(variant, name)
        changed[name] = _rebuild(old, hints[name], part, below)
    missing = [n for n in names if n not in changed and _default(variant, n) is _ABSENT]
    if missing and not same:
        raise OverrideError(path, f"needs a value for '{missing[0]}'")
    try:
        return dataclasses.replace(value, **changed) if same else variant(**changed)
    except ValueError as error:
        raise OverrideError(path, str(error)) from error


def _variant(value: Any, variants: tuple[type, ...], change: dict[str, Any], path: str) -> type:
    """The dataclass that the change speaks about: the present one unless `kind` names another."""
    kind = change.get("kind", _ABSENT)
    if kind is _ABSENT or kind == getattr(value, "kind", None):
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return type(value)
        if len(variants) == 1:
            return variants[0]
    kinds = {_default(variant, "kind"): variant for variant in variants}
    if isinstance(kind, str) and kind in kinds:
        return kinds[kind]
    known = [str(name) for name in kinds if name is not _ABSENT]
    if kind is _ABSENT:
        raise OverrideError(path, f"needs a 'kind'; known are: {', '.join(sorted(known))}")
    raise OverrideError(f"{path}.kind", f"unknown kind '{kind}'; {nearest(str(kind), known)}")


def _rebuild_tuple(value: Any, elements: Any, change: dict[str, Any], path: str) -> Any:
    """A tuple with single elements changed, by number or all by `*` (numbers win)."""
    if not isinstance(value, tuple) or not value:
        raise OverrideError(path, "has no elements yet; give the whole list")
    parts = list(value)
    for key in sorted(change, key=lambda name: name != "*"):
        if key == "*":
            chosen = range(len(parts))
        elif key.isdecimal() and int(key) < len(parts):
            chosen = range(int(key), int(key) + 1)
        else:
            known = f"'*' or 0 to {len(parts) - 1}"
            raise OverrideError(f"{path}.{key}", f"there is no element '{key}'; give {known}")
        for index in chosen:
            parts[index] = _rebuild(parts[index], elements, change[key], f"{path}.{index}")
    return tuple(parts)


def _checked_leaf(annotation: Any, change: Any, path: str) -> Any:
    """A JSON value checked against the field's type."""
    try:
        return _adapter(annotation).validate_json(json.dumps(change), strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        asked = first["msg"].removeprefix("Value error, ").replace("Input should", "should")
        raise OverrideError(path, f"{asked}, not {change!r}") from error
    except TypeError as error:
        raise OverrideError(path, f"cannot hold {change!r}; use plain TOML values") from error


@functools.cache
def _adapter(annotation: Any) -> TypeAdapter[Any]:
    return TypeAdapter(annotation)


@functools.cache
def _hints(variant: Any) -> dict[str, Any]:
    return typing.get_type_hints(variant, include_extras=True)


@functools.cache
def _field_names(variant: type) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(variant) if field.init)


def _default(variant: type, name: str) -> Any:
    """Default of a field, `_ABSENT` when it has none (or does not exist)."""
    for field in dataclasses.fields(variant):
        if field.name == name:
            if field.default is not dataclasses.MISSING:
                return field.default
            if field.default_factory is not dataclasses.MISSING:
                return field.default_factory()
    return _ABSENT


def _unwrapped(annotation: Any) -> Any:
    """A type without its alias and `Annotated`."""
    while True:
        if isinstance(annotation, typing.TypeAliasType):
            annotation = annotation.__value__
        elif typing.get_origin(annotation) is typing.Annotated:
            annotation = typing.get_args(annotation)[0]
        else:
            return annotation


def _dataclasses_of(annotation: Any) -> tuple[type, ...]:
    """The dataclasses that a field of this type may hold."""
    annotation = _unwrapped(annotation)
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        members = typing.get_args(annotation)
        return tuple(found for member in members for found in _dataclasses_of(member))
    if isinstance(annotation, type) and dataclasses.is_dataclass(annotation):
        return (annotation,)
    return ()


def _may_be_absent(annotation: Any) -> bool:
    """May a field of this type hold None?"""
    return types.NoneType in typing.get_args(_unwrapped(annotation))


def _element_type(annotation: Any) -> Any:
    """`X` of a `tuple[X, ...]`, else None."""
    annotation = _unwrapped(annotation)
    arguments = typing.get_args(annotation)
    if typing.get_origin(annotation) is tuple and len(arguments) == 2 and arguments[1] is ...:
        return arguments[0]
    return None
