"""Venues where a pool stands behind the traders: GMX, Perennial, and four that deleverage nobody.

Accounts, bankruptcies and outcomes are those of queue_parts; sections as there ("designs").
"""

from tests.oracles.pro_rata_lots import pro_rata_lots
from tests.oracles.queue_parts import (
    Account,
    Bankruptcy,
    Outcome,
    market_price,
    opposite,
    whole_lots,
)


def gmx_v2(
    positions: list[Account],
    pool_usd: float,
    permutation: list[int],
    lot: float | None = None,
    max_factor: float = 0.85,
    min_after: float = 0.77,
    trader_cap: float | None = 0.90,
    pool_pays: bool = True,
) -> dict[int, float]:
    """Contracts closed per account while the profit of one side is too large for its pool.

    GMX v2, designs 4.1, gmx-io/gmx-synthetics@a5c0c883 [C]: "f = PnL_side/poolUSD_side. ADL
    allowed iff f > MAX_PNL_FACTOR_FOR_ADL. After each execution must hold f' < f and f' >=
    MIN_PNL_FACTOR_AFTER_ADL (else revert). Defaults 85% and 77%."  "ADL keeper role picks account
    and size."  "If side PnL > MAX_PNL_FACTOR_FOR_TRADERS x pool (90% default), every closing
    position's PnL is multiplied by capped/total."

    Reading: PnL_side nets winners and losers.  The keeper goes through `permutation`, winners
    only, closing each whole, or, where that would fall below min_after, the part that leads to
    min_after (rounded down to lots); it stops once f <= max_factor.  What a winner is paid leaves
    the pool, since the pool is the counterparty; `pool_pays=False` keeps the pool constant.  An
    empty pool with a profit against it (pool_usd <= 0) has no factor: nothing is closed.
    """
    by_id = {position["account_id"]: position for position in positions if position["eligible"]}
    pnl_usd = sum(position["pnl_usd"] for position in positions)
    closed: dict[int, float] = {}
    for i in permutation:
        if i not in by_id or by_id[i]["pnl_usd"] <= 0:
            continue
        if pool_usd <= 0 or pnl_usd / pool_usd <= max_factor:
            break
        factor = pnl_usd / pool_usd
        paid = 1.0 if trader_cap is None else min(1.0, trader_cap / factor)
        paid = paid if pool_pays else 0.0
        size = abs(by_id[i]["qty_contracts"])
        per_contract = by_id[i]["pnl_usd"] / size
        to_minimum = (pnl_usd - min_after * pool_usd) / (1 - min_after * paid) / per_contract
        contracts = min(size, to_minimum)
        if lot is not None:
            contracts = whole_lots(contracts, lot) * lot
        gain = contracts * per_contract
        still_pool = pool_usd - paid * gain
        if contracts <= 0 or still_pool <= 0 or not (pnl_usd - gain) / still_pool < factor:
            continue
        closed[i] = contracts
        pnl_usd, pool_usd = pnl_usd - gain, still_pool
    return closed


def perennial(accounts: list[Account], bankruptcy: Bankruptcy) -> Outcome:
    """Perennial v2, designs 4.2, equilibria-xyz/perennial-v2@99780561 [C].

    "long_soc = min(long, maker + short); PnL and funding accrue on the socialised size."  Table:
    "all on major side", "pro-rata exposure scaling every version".

    Reading: without the bankrupt's contracts the opposite side is the major one by just as much,
    and scaling it back closes that many, pro-rata to size and at the mark.  All eligible ones,
    winning or not, solvent or not.  Makers and the return of the exposure in a later version are
    left out; whole lots.
    """
    taken = pro_rata_lots(opposite(accounts, bankruptcy), bankruptcy)
    return taken, market_price(accounts, "mark_price"), "contracts"


def jupiter(accounts: list[Account], bankruptcy: Bankruptcy) -> Outcome:
    """Jupiter, table of designs, as of 2026-11-20 [D partial]/[?]: "none found": nobody.

    "Per-position reserve out of JLP."
    """
    return {}, None, "usd"


def gains(accounts: list[Account], bankruptcy: Bankruptcy) -> Outcome:
    """Gains gTrade, designs 4.2, as of 2026-11-20 [D]: "no trader ADL found": nobody.

    Table: "none (no ADL)", "LP shares diluted".  The loss is the vault's, see diluted_usd.
    """
    return {}, None, "usd"


def synthetix(accounts: list[Account], bankruptcy: Bankruptcy) -> Outcome:
    """Synthetix Perps v3, table of designs, as of 2026-11-20 [C]: trigger "none": nobody.

    "Market debt spread over LP delegations pro-rata": the loss is the LPs', see diluted_usd.
    """
    return {}, None, "usd"


def curie(accounts: list[Account], bankruptcy: Bankruptcy) -> Outcome:
    """Perp Protocol v2, designs 4.2, perp-curie-contract@d520bd8e [C]: nobody.

    "Liquidation that would create bad debt larger than IF capacity reverts."
    """
    return {}, None, "usd"


def diluted_usd(lp_shares: list[float], loss_usd: float) -> list[float]:
    """Loss of each liquidity provider, pro-rata to its share of the pool.

    Gains, designs table [D]: "LP shares diluted"; Synthetix, designs 4.2 [C]: reportedDebt "spread
    over pools/vaults pro-rata".

    Reading: no cap (shares are not money); nothing when there is no loss or nobody holds a share.
    """
    total = sum(lp_shares)
    return [max(0.0, loss_usd) * share / total if total > 0 else 0.0 for share in lp_shares]


def gains_lp_losses(lp_shares: list[float], loss_usd: float) -> list[float]:
    """Gains: the loss of each holder of the gToken vault, see diluted_usd."""
    return diluted_usd(lp_shares, loss_usd)


def synthetix_lp_losses(lp_shares: list[float], loss_usd: float) -> list[float]:
    """Synthetix: the market debt of each delegation, see diluted_usd."""
    return diluted_usd(lp_shares, loss_usd)
