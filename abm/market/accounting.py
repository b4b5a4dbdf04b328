"""Pure functions of one position: profit, average cost. Scalars in, scalars out.

Average-cost accounting (every venue's): adding to a position moves the entry price to the
contract-weighted mean and realises nothing; reducing it realises closed * (price - entry) and keeps
the entry price; crossing zero closes all and opens the rest at the price.
"""

from abm.kernel import kernel

FLAT = 1e-12
"""Contracts below this share of the former position are rounding, and the position is flat [1]."""


@kernel
def unrealised_pnl(qty_contracts: float, entry_price: float, price: float) -> float:
    """Q (p - p_entry) [USD]."""
    return qty_contracts * (price - entry_price)


@kernel
def average_cost(
    qty_contracts: float, entry_price: float, traded_contracts: float, price: float
) -> tuple[float, float, float]:
    """Position after a trade: (contracts, entry price, realised PnL in USD)."""
    after = qty_contracts + traded_contracts
    if qty_contracts * traded_contracts >= 0.0:  # opens or adds
        if after == 0.0:
            return 0.0, 0.0, 0.0
        cost = qty_contracts * entry_price + traded_contracts * price
        return after, cost / after, 0.0
    if abs(after) <= FLAT * abs(qty_contracts):  # closes
        return 0.0, 0.0, qty_contracts * (price - entry_price)
    if after * qty_contracts > 0.0:  # reduces
        return after, entry_price, -traded_contracts * (price - entry_price)
    return after, price, qty_contracts * (price - entry_price)  # crosses zero
