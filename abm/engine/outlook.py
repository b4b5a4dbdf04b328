"""What a venue sees of its own danger at the end of a tick's liquidations: a forecast's features.

The formulas are those of `abm.venue.forecast`; here the columns are summed. A margin bucket is a
cross account or one isolated position; the house's own accounts do not count. Volatility and trend
are those of the instrument with the largest variance. Bankruptcies of the tick are counted here
too: they are what the forecast is about.
"""

import math

from abm.engine.precautions import threatened_usd
from abm.engine.world import World
from abm.kernel import kernel
from abm.market.columns import BACKSTOP, ESTATE
from abm.venue.forecast import FEATURES, NEAR, Sight, features_of
from abm.venue.liquidation import BANKRUPT
from abm.venue.margin import bucket_equity, bucket_maintenance, bucket_notional, in_bucket


@kernel
def wildest(world: World) -> int:
    """The instrument whose running variance is largest, the first of equals."""
    variance = world.state.markets.variance_per_s
    found = 0
    for k in range(1, variance.size):
        if variance[k] > variance[found]:
            found = k
    return found


@kernel
def volatility_ratio(world: World, v: int) -> float:
    """σ / calm σ of the wildest instrument, as venue `v` defines calm [1]."""
    variance = world.state.markets.variance_per_s[wildest(world)]
    return math.sqrt(variance / world.guard.calm_variance_per_s[v])


@kernel
def near_of(world: World, row: int, bucket: int) -> tuple[float, float, float]:
    """(notional, long, short notional if near liquidation) of one margin bucket [USD]."""
    accounts, prices = world.state.accounts, world.state.markets.mark_price
    notional = bucket_notional(accounts, row, bucket, prices)
    needed = bucket_maintenance(accounts, row, bucket, prices, world.state.rules)
    distance = bucket_equity(accounts, row, bucket, prices) - needed
    longs = shorts = 0.0
    if notional > 0.0 and distance < NEAR * notional:
        for k in range(accounts.qty_contracts.shape[1]):
            if in_bucket(accounts, row, k, bucket):
                size = accounts.qty_contracts[row, k] * prices[accounts.venue[row], k]
                longs += max(0.0, size)
                shorts += max(0.0, -size)
    return notional, longs, shorts


@kernel
def survey(world: World, v: int) -> tuple[float, float, float, float, float, float]:
    """Sums over a venue's open margin buckets, its own house left out.

    Returns:
        gross notional, equity, long and short notional near liquidation [USD]; buckets near
        liquidation, and all.
    """
    accounts, prices = world.state.accounts, world.state.markets.mark_price
    gross = equity = longs = shorts = near = count = 0.0
    start = world.state.venues.account_start
    for row in range(start[v], start[v + 1]):
        if accounts.kind[row] == BACKSTOP or accounts.kind[row] == ESTATE:
            continue
        for bucket in range(accounts.closing.shape[1]):
            if bucket > 0 and not accounts.is_isolated[row, bucket - 1]:
                continue
            notional, near_long, near_short = near_of(world, row, bucket)
            if notional > 0.0:
                gross += notional
                equity += bucket_equity(accounts, row, bucket, prices)
                count += 1.0
                longs += near_long
                shorts += near_short
                near += 1.0 if near_long + near_short > 0.0 else 0.0
    return gross, equity, longs, shorts, near, count


@kernel
def look_out(world: World, v: int) -> None:
    """Write the features of a venue, and add this tick's bankruptcies."""
    state, guard = world.state, world.guard
    markets = state.markets
    gross, equity, longs, shorts, near, count = survey(world, v)
    k = wildest(world)
    depth = premium = forced = 0.0
    for book in range(markets.index_price.size):
        depth += markets.depth_usd[v, book]
        premium = max(premium, abs(markets.transient[v, book] + markets.permanent[v, book]))
        forced = max(forced, state.forced.share[v, book])
    features = features_of(
        Sight(
            volatility_ratio(world, v),
            math.log(markets.index_price[k] / markets.slow_index[k]),
            longs,
            shorts,
            gross,
            equity,
            near,
            count,
            threatened_usd(world, v),
            state.venues.fund_usd[v],
            depth,
            premium,
            forced,
        )
    )
    for place in range(len(FEATURES)):
        guard.features[v, place] = features[place]
    guard.bankruptcies[v] += bankrupt_now(world, v)


@kernel
def bankrupt_now(world: World, v: int) -> float:
    """Margin buckets of a venue that went bankrupt in this tick, the vault's among them."""
    accounts = world.state.accounts
    found = 0.0
    start = world.state.venues.account_start
    for row in range(start[v], start[v + 1]):
        if accounts.in_closing[row]:
            for bucket in range(accounts.closing.shape[1]):
                found += 1.0 if accounts.closing[row, bucket] == BANKRUPT else 0.0
    return found
