"""Every named design, in one literal tuple, each with its source and the date it was read.

`design("bitmex")` looks one up; `design("my_designs:FairQueue")` loads a user's own by import path.
An entry is provisional exactly when a part of its rule is not published; it says which. Every entry
agrees with an oracle that was written from its source by someone who had not seen it. Wording
settled here, not by the venue, stands in the entry's note. Protocols that deleverage without a
bankrupt counterparty to a perpetual (Kamino, f(x), Ampleforth: loans, leveraged tokens, rebases)
have no entry.
"""

import difflib
import importlib
from dataclasses import replace

from abm.adl.catalog.centralised import (
    BITGET,
    COINBASE,
    DERIBIT_2026,
    DERIBIT_LEGACY,
    FTX,
    GATE,
    HTX,
    KRAKEN,
    KUCOIN_CROSS,
    KUCOIN_ISOLATED,
    WHITEBIT,
)
from abm.adl.catalog.clearing import CCP_FULL_TEAR_UP, CCP_PARTIAL_TEAR_UP, CCP_VMGH
from abm.adl.catalog.literature import (
    CAPPED_PRO_RATA,
    CONTRACT_PRO_RATA,
    EQUAL_DOLLAR,
    EQUITY_PRO_RATA,
    KNAPSACK_GREEDY,
    LEVELLING,
    LEVERED_PRO_RATA,
    NO_ADL,
    RANDOM_LOTTERY,
    RISK_WEIGHTED_PRO_RATA,
    SMART_QUEUE,
    TAIL_RISK_PRO_RATA,
    VECTOR_MIRROR_DESCENT,
    WEALTH_PRO_RATA,
)
from abm.adl.catalog.on_chain import (
    AEVO,
    CVEX,
    DANGO,
    DYDX_V1,
    DYDX_V3,
    DYDX_V4,
    ETHEREAL,
    LIGHTER,
    POLYMARKET,
    POLYMARKET_ISOLATED,
)
from abm.adl.catalog.pools import CURIE, GAINS, GMX_V2, JUPITER, PERENNIAL, SYNTHETIX
from abm.adl.catalog.proposals import (
    CAPPED_SENIORITY,
    COMPENSATED_QUEUE,
    CROSS_VENUE_QUEUE,
    EARLY_MARGIN,
    HEDGE_AWARE,
    LIABILITY_SNAPSHOT,
    PRICE_TO_ADL,
)
from abm.adl.catalog.queues import (
    BINANCE,
    BINANCE_COIN_M,
    BITMEX,
    BYBIT,
    BYBIT_ALONE,
    HYPERLIQUID,
    HYPERLIQUID_LITERAL,
    OKX,
)
from abm.adl.catalog.socialised import DRIFT, INJECTIVE, MANGO, PARADEX, PERCOLATOR, VERTEX
from abm.adl.design import AdlDesign

CATALOG: tuple[AdlDesign, ...] = (
    BITMEX,
    BINANCE,
    BINANCE_COIN_M,
    BYBIT,
    BYBIT_ALONE,
    OKX,
    HYPERLIQUID,
    HYPERLIQUID_LITERAL,
    HTX,
    BITGET,
    KUCOIN_ISOLATED,
    KUCOIN_CROSS,
    GATE,
    WHITEBIT,
    DERIBIT_LEGACY,
    DERIBIT_2026,
    KRAKEN,
    COINBASE,
    FTX,
    LIGHTER,
    POLYMARKET,
    POLYMARKET_ISOLATED,
    AEVO,
    ETHEREAL,
    CVEX,
    DANGO,
    DYDX_V1,
    DYDX_V3,
    DYDX_V4,
    INJECTIVE,
    DRIFT,
    MANGO,
    VERTEX,
    PARADEX,
    PERCOLATOR,
    GMX_V2,
    PERENNIAL,
    GAINS,
    SYNTHETIX,
    CURIE,
    JUPITER,
    CCP_VMGH,
    CCP_PARTIAL_TEAR_UP,
    CCP_FULL_TEAR_UP,
    WEALTH_PRO_RATA,
    EQUAL_DOLLAR,
    LEVELLING,
    RISK_WEIGHTED_PRO_RATA,
    SMART_QUEUE,
    EQUITY_PRO_RATA,
    LEVERED_PRO_RATA,
    CAPPED_PRO_RATA,
    TAIL_RISK_PRO_RATA,
    KNAPSACK_GREEDY,
    VECTOR_MIRROR_DESCENT,
    CONTRACT_PRO_RATA,
    RANDOM_LOTTERY,
    NO_ADL,
    PRICE_TO_ADL,
    HEDGE_AWARE,
    CROSS_VENUE_QUEUE,
    LIABILITY_SNAPSHOT,
    CAPPED_SENIORITY,
    COMPENSATED_QUEUE,
    EARLY_MARGIN,
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
