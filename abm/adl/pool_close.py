"""One close against a pool: as much of a winner as leads the profit of its side down to the limit.

    paid       min(1, cap / f) of the profit of a close, f = profit of the side / pool
    contracts  such that (side - g) / (pool - paid g) = after, g the profit of what is closed

Nothing when that would raise the factor or empty the pool: the contract reverts. Source:
gmx-io/gmx-synthetics@a5c0c883 `AdlUtils.sol`, `AdlHandler.sol`, `MarketUtils.sol`.
"""

from abm.adl.water_filling import whole_lots
from abm.kernel import kernel


@kernel
def pool_close(
    winner: tuple[float, float],
    side_usd: float,
    pool_usd: float,
    limits: tuple[float, float],
    lot: float,
) -> tuple[float, float]:
    """Contracts to close of one winner, and the share of their profit that is paid.

    Args:
        winner: contracts held, > 0, and their profit [USD], > 0.
        side_usd: profit of the side, > 0.
        pool_usd: pool behind it, > 0.
        limits: factor that no close may lead below, and the cap on payouts in units of the pool.
        lot: smallest quantity; 0 = none.

    Returns:
        (contracts, share paid); no contracts when the close would not lower the factor.
    """
    size, profit_usd = winner
    after, cap = limits
    factor = side_usd / pool_usd
    paid = min(1.0, cap / factor)
    of_one_usd = profit_usd / size
    contracts = size
    if after * paid < 1.0:
        down_to_usd = (side_usd - after * pool_usd) / (1.0 - after * paid)
        contracts = min(size, down_to_usd / of_one_usd)
    if lot > 0.0:
        contracts = min(whole_lots(contracts, lot) * lot, contracts)
    gain_usd = contracts * of_one_usd
    pool_left_usd = pool_usd - paid * gain_usd
    if contracts <= 0.0 or pool_left_usd <= 0.0:
        return 0.0, paid
    if (side_usd - gain_usd) / pool_left_usd >= factor:
        return 0.0, paid
    return contracts, paid
