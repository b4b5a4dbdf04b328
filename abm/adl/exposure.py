"""What every rule of an ADL design may read about one position of one account.

`Exposure` holds scalars; `Candidates` holds the same names as columns `[N]`, one row per account
with a position in one instrument of one venue, sorted by account id. A rule is written once, as a
plain scalar function of an `Exposure`; it serves the compiled loop and the step-by-step reference.

*Scope* means the whole cross account, or the isolated bucket when the position is isolated:

    notional_usd = |qty| mark              pnl_usd = qty (mark - entry)
    equity_usd   = wallet_usd + account_pnl_usd
"""

from typing import NamedTuple

from abm.kernel import kernel
from abm.units import Flags, Floats, Ints


class Exposure(NamedTuple):
    """One position and the margin scope it belongs to; all numbers at the mark price.

    Attributes:
        account_id: persistent id; decides ties and keys random draws.
        qty_contracts: signed position, long > 0 [contracts].
        entry_price: average entry [USD per contract].
        mark_price: mark now [USD per contract].
        previous_mark_price: mark before the last update [USD per contract].
        notional_usd: |qty| mark of this position [USD].
        pnl_usd: unrealised profit of this position [USD].
        wallet_usd: cash and collateral of the scope, without unrealised profit [USD].
        equity_usd: wallet and unrealised profit of the scope [USD].
        maintenance_margin_usd: requirement of the scope [USD].
        account_pnl_usd: unrealised profit of the scope [USD].
        account_notional_usd: notional of the scope [USD].
        opening_leverage: |qty| entry / margin at opening [1].
        hedged_share: share of the position that the trader's other positions offset, in [0, 1].
        snapshot_profit_usd: unrealised profit when the liability snapshot was taken [USD].
    """

    account_id: int
    qty_contracts: float
    entry_price: float
    mark_price: float
    previous_mark_price: float
    notional_usd: float
    pnl_usd: float
    wallet_usd: float
    equity_usd: float
    maintenance_margin_usd: float
    account_pnl_usd: float
    account_notional_usd: float
    opening_leverage: float
    hedged_share: float
    snapshot_profit_usd: float


class Candidates(NamedTuple):
    """The columns of `Exposure`, `[N]` each, sorted by `account_id`, and who may be touched at all.

    Attributes:
        eligible: `[N]` False for an account in liquidation and for the venue's own backstop.
    """

    account_id: Ints
    qty_contracts: Floats
    entry_price: Floats
    mark_price: Floats
    previous_mark_price: Floats
    notional_usd: Floats
    pnl_usd: Floats
    wallet_usd: Floats
    equity_usd: Floats
    maintenance_margin_usd: Floats
    account_pnl_usd: Floats
    account_notional_usd: Floats
    opening_leverage: Floats
    hedged_share: Floats
    snapshot_profit_usd: Floats
    eligible: Flags


@kernel
def exposure_at(candidates: Candidates, i: int) -> Exposure:
    """Row `i` of the columns as scalars."""
    return Exposure(
        candidates.account_id[i],
        candidates.qty_contracts[i],
        candidates.entry_price[i],
        candidates.mark_price[i],
        candidates.previous_mark_price[i],
        candidates.notional_usd[i],
        candidates.pnl_usd[i],
        candidates.wallet_usd[i],
        candidates.equity_usd[i],
        candidates.maintenance_margin_usd[i],
        candidates.account_pnl_usd[i],
        candidates.account_notional_usd[i],
        candidates.opening_leverage[i],
        candidates.hedged_share[i],
        candidates.snapshot_profit_usd[i],
    )
