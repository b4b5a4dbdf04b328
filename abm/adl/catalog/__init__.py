"""Every named design, in one literal tuple, each with its source and the date it was read.

`design("bitmex")` looks one up; `design("my_designs:FairQueue")` loads a user's own by import path.
An entry is provisional until an oracle written from the source by someone else agrees with it.
Wording settled here, not by the venue, stands in the entry's note.
"""

import difflib
import importlib
from dataclasses import replace

from abm.adl.catalog.counterparty import DRIFT, DYDX_V4
from abm.adl.catalog.literature import (
    EQUAL_DOLLAR,
    LEVELLING,
    NO_ADL,
    RANDOM_LOTTERY,
    RISK_WEIGHTED_PRO_RATA,
    WEALTH_PRO_RATA,
)
from abm.adl.catalog.queues import (
    BINANCE,
    BITMEX,
    BYBIT,
    HYPERLIQUID,
    HYPERLIQUID_LITERAL,
    OKX,
)
from abm.adl.design import AdlDesign

CATALOG: tuple[AdlDesign, ...] = (
    BITMEX,
    BINANCE,
    BYBIT,
    OKX,
    HYPERLIQUID,
    HYPERLIQUID_LITERAL,
    DYDX_V4,
    DRIFT,
    WEALTH_PRO_RATA,
    EQUAL_DOLLAR,
    LEVELLING,
    RANDOM_LOTTERY,
    RISK_WEIGHTED_PRO_RATA,
    NO_ADL,
)


def design(name: str) -> AdlDesign:
    """The design with this catalog id, or the user's own at "module:Name".

    Raises:
        ValueError: no such id; the message names the nearest one.
    """
    if ":" in name:
        return load(name)
    by_id = {entry.id: entry for entry in CATALOG}
    if name not in by_id:
        near = difflib.get_close_matches(name, by_id, n=1, cutoff=0.0)[0]
        raise ValueError(f"no design {name!r}: write {near!r} or another of {', '.join(by_id)}")
    return by_id[name]


def load(path: str) -> AdlDesign:
    """A user's design at "module:Name": an `AdlDesign`, or a function without arguments giving one.

    Raises:
        ValueError: the module or the name is missing, or it is not a design.
    """
    module_name, _, attribute = path.partition(":")
    if not module_name or not attribute:
        raise ValueError(f"design path {path!r} is incomplete: write 'module:Name'")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        raise ValueError(f"cannot import {module_name!r}: put its folder on PYTHONPATH") from error
    if not hasattr(module, attribute):
        raise ValueError(f"{module_name!r} has no {attribute!r}: check the name after the colon")
    found = getattr(module, attribute)
    found = found() if callable(found) else found
    if not isinstance(found, AdlDesign):
        raise ValueError(f"{path!r} is a {type(found).__name__}: make it an AdlDesign")
    return as_users_own(found)


def as_users_own(found: AdlDesign) -> AdlDesign:
    """A user's design without the credentials of the shipped one that it was made from."""
    for entry in CATALOG:
        if found.sources and found.sources == entry.sources:
            return replace(found, status="user", sources=(), note=f"derived from {entry.id}")
    return replace(found, status="user")
