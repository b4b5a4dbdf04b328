"""What a run reports of depositors, stakers and pools.

Money that did not move is a true zero; a time or a price without an owner is unknown (NaN).
"""

import numpy as np

from abm.engine.record import Measure
from abm.engine.world import World

BACKING = (
    Measure("vault_withdrawn_usd", "USD", "paid out of vaults and pools to their depositors"),
    Measure("vault_run_s", "s", "when half of some vault's depositors had asked their money back"),
    Measure("vault_lowest_price", "1", "lowest price of a vault's share / first, over all vaults"),
    Measure("stakers_slashed_usd", "USD", "stakers' part of what the insurance funds paid"),
    Measure("stakers_paid_usd", "USD", "paid out of the insurance funds to stakers who left"),
    Measure("pool_haircut_usd", "USD", "profits of closing traders that pools did not pay"),
    Measure("pool_bad_debt_usd", "USD", "what bankrupt accounts cost pools, after the funds"),
    Measure("payoff_pool_usd", "USD", "change of the pools' equity, payments to owners included"),
)
"""Outcomes of whoever stands behind the venues: name, unit, meaning."""


def outside_usd(world: World, *, pools: bool) -> float:
    """What depositors of pools, or of backstop vaults, have been paid, net of deposits [USD]."""
    chosen = (world.state.rules.pool.is_on > 0.0) == pools
    return float(world.backers.vaults.outside_usd[chosen].sum())


def backing_outcomes(world: World) -> dict[str, float]:
    """The numbers of `BACKING`, by name."""
    vaults, venues = world.backers.vaults, world.state.venues
    owned = vaults.row >= 0
    runs = vaults.run_s[~np.isnan(vaults.run_s)]
    pool_rows = venues.estate_row[world.state.rules.pool.is_on > 0.0]
    gained = (world.state.accounts.equity_usd - world.first_vault_usd)[pool_rows].sum()
    return {
        "vault_withdrawn_usd": float(vaults.withdrawn_usd.sum()),
        "vault_run_s": float(runs.min()) if runs.size else float("nan"),
        "vault_lowest_price": (
            float(vaults.lowest_usd[owned].min()) if owned.any() else float("nan")
        ),
        "stakers_slashed_usd": float(venues.slashed_usd.sum()),
        "stakers_paid_usd": float(world.backers.stakers.unstaked_usd.sum()),
        "pool_haircut_usd": float(venues.haircut_usd.sum()),
        "pool_bad_debt_usd": float(venues.bad_debt_usd.sum()),
        "payoff_pool_usd": float(gained) + outside_usd(world, pools=True),
    }
