"""The event log: one row per fill, forced fill, ADL fill, transfer or funding payment.

A fixed schema of eight numbers (`FIELDS`). A run is logged into a preallocated block; `logged` goes
on counting when the block is full, so the driver knows how large it must be and replays the run. An
empty block logs nothing and costs one comparison per event.
"""

from typing import NamedTuple

from abm.kernel import kernel
from abm.units import Floats, Ints

(
    FILL, LIQUIDATION, TAKEOVER, BACKSTOP_FILL, ADL_FILL, ADL_CASH, FUND, FUNDING, DEPOSIT, SPOT,
    COLLATERAL_SALE, WITHDRAWAL, UNSTAKE, PAYOUT_CUT,
) = range(14)  # fmt: skip
"""Kinds of event; money that comes into a vault or a fund is a withdrawal below zero;
a collateral sale's `instrument` is the asset, units in contracts."""


KIND_NAMES = (
    "fill", "liquidation", "takeover", "backstop", "adl_fill", "adl_cash", "fund", "funding",
    "deposit", "spot", "collateral_sale", "withdrawal", "unstake", "payout_cut",
)  # fmt: skip
"""Names of the kinds, by code."""

FIELDS = ("tick", "kind", "venue", "instrument", "account_id", "contracts", "price", "amount_usd")
"""Columns of an event: ints as floats; amount_usd is the cash that moved, NaN where none is
meant."""


class Tape(NamedTuple):
    """The log of one run."""

    rows: Floats  # [E, 8]
    logged: Ints  # [1] events so far, kept or not
    clock: Ints  # [1] current tick


@kernel
def log(
    tape: Tape, kind: int, where: tuple[int, int], account_id: int, contracts: float, price: float,
    amount_usd: float,
) -> None:  # fmt: skip
    """Append one event at book `where = (venue, instrument)`."""
    if tape.rows.shape[0] == 0:
        return
    n = tape.logged[0]
    tape.logged[0] = n + 1
    if n < tape.rows.shape[0]:
        row = tape.rows[n]
        row[0] = tape.clock[0]
        row[1] = kind
        row[2] = where[0]
        row[3] = where[1]
        row[4] = account_id
        row[5] = contracts
        row[6] = price
        row[7] = amount_usd
