"""A design as a vector of float64 `[P]`, so that one compiled kernel serves every design.

Each slot writes its own entries: an integer code per choice, then that choice's numbers. Kernels
read `parameters[NAME]` with the index constants below; names of choices map to codes in the tables.
"""

import difflib
from collections.abc import Mapping

# Index of each entry in the parameter vector.
TRIGGER = 0
TRIGGER_ON = 1  # drawdown of the fund at which ADL starts [1]
TRIGGER_OFF = 2  # drawdown below which ADL stops [1]
TRIGGER_WINDOW_S = 3  # look-back of the fund's peak [s]
TRIGGER_INVENTORY_SHARE = 4  # largest net notional of the fund / fund [1]; inf = no cap
SEVERITY = 5
SEVERITY_THETA = 6  # share of the deficit [1]
CAPACITY = 7  # numeraire of the burden
CAPACITY_BOTH_SIDES = 8  # flag
CAPACITY_WINNERS_ONLY = 9  # flag
CAPACITY_FRACTION = 10  # largest share taken from one account [1]
CAPACITY_BELOW_EQUITY = 11  # flag: profit capped by equity
CAPACITY_OVERLAP = 12  # flag: skip if closing leaves negative equity
SCORE_PROFIT = 13
SCORE_RISK = 14
SCORE_LOSERS = 15
SCORE_SCOPE = 16
ALLOCATION = 17
ALLOCATION_WEIGHT = 18
ALLOCATION_POWER = 19  # exponent of leverage [1]
ALLOCATION_TIES = 20
ALLOCATION_MAX_VISITS = 21  # accounts a queue looks at; inf = all
CLOSE_PRICE = 22
CLOSE_ALPHA = 23  # weight of the bankruptcy price in a blend [1]
DISCLOSURE = 24
DISCLOSURE_REFRESH_S = 25
DISCLOSURE_DELAY_S = 26
AFTERMATH_FEE_RATE = 27  # fee on the ADL fill / notional [1]
AFTERMATH_CANCEL_ORDERS = 28  # flag
AFTERMATH_NOTICE = 29  # flag
LENGTH = 30

TRIGGER_RESIDUAL, TRIGGER_DRAWDOWN, TRIGGER_INVENTORY, TRIGGER_NO_FUND = 0, 1, 2, 3
SEVERITY_FIXED, SEVERITY_MATCH = 0, 1
CAPACITY_CONTRACTS, CAPACITY_PNL_USD, CAPACITY_EQUITY_USD, CAPACITY_NOTIONAL_USD = 0, 1, 2, 3
PROFIT_RETURN, PROFIT_WALLET_RETURN, PROFIT_PRICE_RATIO, PROFIT_PRICE_RATIO_LITERAL = 0, 1, 2, 3
PROFIT_PNL_USD, PROFIT_MARGIN_RETURN, PROFIT_ONE, PROFIT_DRAW, PROFIT_SCAN = 4, 5, 6, 7, 8
PROFIT_CUSTOM = 9
RISK_ONE, RISK_LEVERAGE, RISK_MAINTENANCE, RISK_OPENING_LEVERAGE = 0, 1, 2, 3
LOSERS_DIVIDE, LOSERS_MULTIPLY, LOSERS_ZERO, LOSERS_EXCLUDE = 0, 1, 2, 3
SCOPE_POSITION, SCOPE_ACCOUNT = 0, 1
ALLOCATION_QUEUE, ALLOCATION_WATER_FILL, ALLOCATION_LEVEL = 0, 1, 2
WEIGHT_CAPACITY, WEIGHT_ONE, WEIGHT_RISK = 0, 1, 2
TIES_ID, TIES_RANDOM, TIES_PRO_RATA = 0, 1, 2
CLOSE_BANKRUPTCY, CLOSE_MARK, CLOSE_PREVIOUS_MARK, CLOSE_BLEND, CLOSE_NONE = 0, 1, 2, 3, 4
DISCLOSE_NOTHING, DISCLOSE_LIGHTS_HEAD, DISCLOSE_LIGHTS_SIZE, DISCLOSE_RANK = 0, 1, 2, 3

CAPACITIES = {
    "contracts": CAPACITY_CONTRACTS,
    "pnl_usd": CAPACITY_PNL_USD,
    "equity_usd": CAPACITY_EQUITY_USD,
    "notional_usd": CAPACITY_NOTIONAL_USD,
}
PROFITS = {
    "return": PROFIT_RETURN,
    "wallet_return": PROFIT_WALLET_RETURN,
    "price_ratio": PROFIT_PRICE_RATIO,
    "price_ratio_literal": PROFIT_PRICE_RATIO_LITERAL,
    "pnl_usd": PROFIT_PNL_USD,
    "margin_return": PROFIT_MARGIN_RETURN,
    "one": PROFIT_ONE,
    "draw": PROFIT_DRAW,
    "scan": PROFIT_SCAN,
}
RISKS = {
    "one": RISK_ONE,
    "leverage": RISK_LEVERAGE,
    "maintenance": RISK_MAINTENANCE,
    "opening_leverage": RISK_OPENING_LEVERAGE,
}
LOSERS = {
    "divide": LOSERS_DIVIDE,
    "multiply": LOSERS_MULTIPLY,
    "zero": LOSERS_ZERO,
    "exclude": LOSERS_EXCLUDE,
}
SCOPES = {"position": SCOPE_POSITION, "account": SCOPE_ACCOUNT}
WEIGHTS = {"capacity": WEIGHT_CAPACITY, "one": WEIGHT_ONE, "risk": WEIGHT_RISK}
TIES = {"id": TIES_ID, "random": TIES_RANDOM, "pro_rata": TIES_PRO_RATA}
LIGHTS = {"head": DISCLOSE_LIGHTS_HEAD, "size": DISCLOSE_LIGHTS_SIZE}


def code_of(table: Mapping[str, int], name: str, what: str) -> int:
    """Code of a named choice; an unknown name is an error that shows the nearest valid one."""
    if name in table:
        return table[name]
    near = difflib.get_close_matches(name, table, n=1, cutoff=0.0)[0]
    raise ValueError(f"unknown {what} {name!r}: write {near!r} or another of {', '.join(table)}")


def require_share(value: float, what: str, *, above_zero: bool = False) -> None:
    """Raise unless `value` lies in [0, 1], or in (0, 1] with `above_zero`."""
    if not 0.0 <= value <= 1.0 or (above_zero and value == 0.0):
        interval = "(0, 1]" if above_zero else "[0, 1]"
        raise ValueError(f"{what} is {value}: give a share in {interval}")


def require_at_least_zero(value: float, what: str) -> None:
    """Raise unless `value` is a number >= 0."""
    if not value >= 0.0:
        raise ValueError(f"{what} is {value}: give a number that is at least 0")
