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
TRIGGER_MIN_POOL_USD = 5  # a pool at or below this does not start the drawdown rule [USD]
TRIGGER_STRESS = 6  # losses in sight / fund at which margins are raised [1]; inf = never
TRIGGER_RAISE = 7  # largest factor on margin requirements [1]
SEVERITY = 8
SEVERITY_THETA = 9  # share of the deficit [1]
CAPACITY = 10  # numeraire of the burden
CAPACITY_SIDES = 11  # who stands on a paying side
CAPACITY_WINNERS_ONLY = 12  # flag
CAPACITY_FRACTION = 13  # largest share taken from one account [1]
CAPACITY_BELOW_EQUITY = 14  # flag: profit capped by equity
CAPACITY_BURDEN = 15  # largest loss / equity of one account and round [1]; inf = no cap
CAPACITY_HEALTH = 16  # what a close may do to the counterparty
CAPACITY_SNAPSHOT_S = 17  # age of the profit that is liable [s]
SCORE_PROFIT = 18
SCORE_RISK = 19
SCORE_LOSERS = 20
SCORE_SCOPE = 21
SCORE_SPARES_HEDGES = 22  # flag: a winner's score counts the unhedged share only
ALLOCATION = 23
ALLOCATION_WEIGHT = 24
ALLOCATION_POWER = 25  # exponent of leverage [1], or the leverage from which the tail counts
ALLOCATION_TIES = 26
ALLOCATION_MAX_VISITS = 27  # accounts a queue looks at; inf = all
ALLOCATION_TOP = 28  # largest positions that share; more when they do not suffice
ALLOCATION_EDGE = 29  # three returns on entry that part the tiers, falling; below 0 = none
CLOSE_PRICE = 32
CLOSE_ALPHA = 33  # weight of the bankruptcy price in a blend [1]
CLOSE_SPREAD = 34  # spread to the counterparty / mark [1]
DISCLOSURE = 35
DISCLOSURE_REFRESH_S = 36
DISCLOSURE_DELAY_S = 37
AFTERMATH_FEE_RATE = 38  # fee on the ADL fill / notional [1]
AFTERMATH_CANCEL_ORDERS = 39  # flag
AFTERMATH_NOTICE = 40  # flag
AFTERMATH_COMPENSATION = 41  # share of the loss against the mark that the venue pays back [1]
TRIGGER_PAYOUT_CAP = 42  # largest profit of a side that is paid, in pools [1]; inf = all
LENGTH = 43

TRIGGER_RESIDUAL, TRIGGER_DRAWDOWN, TRIGGER_INVENTORY, TRIGGER_NO_FUND = 0, 1, 2, 3
TRIGGER_POOL_DRAWDOWN, TRIGGER_AFTER_PROFITS, TRIGGER_POOL_FACTOR = 4, 5, 6
SEVERITY_FIXED, SEVERITY_MATCH, SEVERITY_EQUAL_CLAIMS = 0, 1, 2
CAPACITY_CONTRACTS, CAPACITY_PNL_USD, CAPACITY_EQUITY_USD, CAPACITY_NOTIONAL_USD = 0, 1, 2, 3
CAPACITY_WALLET_USD, CAPACITY_SNAPSHOT_USD = 4, 5
SIDES_OPPOSITE, SIDES_BOTH, SIDES_BOTH_AND_FLAT = 0, 1, 2
HEALTH_ANY, HEALTH_SOLVENT, HEALTH_NOT_WORSE = 0, 1, 2
PROFIT_RETURN, PROFIT_WALLET_RETURN, PROFIT_PRICE_RATIO, PROFIT_PRICE_RATIO_LITERAL = 0, 1, 2, 3
PROFIT_PNL_USD, PROFIT_MARGIN_RETURN, PROFIT_ONE, PROFIT_DRAW, PROFIT_SCAN = 4, 5, 6, 7, 8
PROFIT_CUSTOM, PROFIT_SIZE, PROFIT_NOTIONAL_PER_PROFIT, PROFIT_ENTRY = 9, 10, 11, 12
PROFIT_ENDOWMENT = 13
RISK_ONE, RISK_LEVERAGE, RISK_MAINTENANCE, RISK_OPENING_LEVERAGE = 0, 1, 2, 3
LOSERS_DIVIDE, LOSERS_MULTIPLY, LOSERS_ZERO, LOSERS_EXCLUDE = 0, 1, 2, 3
SCOPE_POSITION, SCOPE_ACCOUNT, SCOPE_TRADER = 0, 1, 2
ALLOCATION_QUEUE, ALLOCATION_WATER_FILL, ALLOCATION_LEVEL = 0, 1, 2
ALLOCATION_TOP_SHARE, ALLOCATION_TIERED = 3, 4
WEIGHT_CAPACITY, WEIGHT_ONE, WEIGHT_RISK, WEIGHT_TAIL_RISK = 0, 1, 2, 3
WEIGHT_EQUITY, WEIGHT_CAPACITY_SQUARED, WEIGHT_SHARE_OF_SIDE = 4, 5, 6
TIES_ID, TIES_RANDOM, TIES_PRO_RATA, TIES_PNL_WALLET_NEWEST = 0, 1, 2, 3
CLOSE_BANKRUPTCY, CLOSE_MARK, CLOSE_PREVIOUS_MARK, CLOSE_BLEND, CLOSE_NONE = 0, 1, 2, 3, 4
CLOSE_MARK_WITH_SPREAD = 5
DISCLOSE_NOTHING, DISCLOSE_LIGHTS_HEAD, DISCLOSE_LIGHTS_SIZE, DISCLOSE_RANK = 0, 1, 2, 3
DISCLOSE_PRICE = 4

CAPACITIES = {
    "contracts": CAPACITY_CONTRACTS,
    "pnl_usd": CAPACITY_PNL_USD,
    "equity_usd": CAPACITY_EQUITY_USD,
    "notional_usd": CAPACITY_NOTIONAL_USD,
    "wallet_usd": CAPACITY_WALLET_USD,
    "snapshot_usd": CAPACITY_SNAPSHOT_USD,
}
HEALTH = {"any": HEALTH_ANY, "solvent": HEALTH_SOLVENT, "not_worse": HEALTH_NOT_WORSE}
PROFITS = {
    "return": PROFIT_RETURN,
    "wallet_return": PROFIT_WALLET_RETURN,
    "price_ratio": PROFIT_PRICE_RATIO,
    "price_ratio_literal": PROFIT_PRICE_RATIO_LITERAL,
    "pnl_usd": PROFIT_PNL_USD,
    "margin_return": PROFIT_MARGIN_RETURN,
    "size": PROFIT_SIZE,
    "notional_per_profit": PROFIT_NOTIONAL_PER_PROFIT,
    "entry_price": PROFIT_ENTRY,
    "endowment_usd": PROFIT_ENDOWMENT,
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
SCOPES = {"position": SCOPE_POSITION, "account": SCOPE_ACCOUNT, "trader": SCOPE_TRADER}
WEIGHTS = {
    "capacity": WEIGHT_CAPACITY,
    "one": WEIGHT_ONE,
    "risk": WEIGHT_RISK,
    "tail_risk": WEIGHT_TAIL_RISK,
    "equity": WEIGHT_EQUITY,
    "capacity_squared": WEIGHT_CAPACITY_SQUARED,
    "share_of_side": WEIGHT_SHARE_OF_SIDE,
}
TIES = {
    "id": TIES_ID,
    "random": TIES_RANDOM,
    "pro_rata": TIES_PRO_RATA,
    "pnl_wallet_newest": TIES_PNL_WALLET_NEWEST,
}
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
