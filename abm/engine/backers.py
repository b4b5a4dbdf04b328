"""Who stands behind the venues: depositors of vaults and pools, stakers of insurance funds.

State only; `abm.engine.backing` makes it, `abm.engine.serving` moves it. Shares are counted such
that one is worth one USD at the start.

Shapes: V venues, D the most depositors of a vault, S the most stakers of a fund, C collateral
assets.
"""

from typing import NamedTuple

from abm.units import Flags, Floats, Ints


class Vaults(NamedTuple):
    """Vaults that depositors own: backstops, and pools where a venue has one."""

    row: Ints  # [V] the vault's account; -1 = the house owns it
    shares: Floats  # [V, D] of each depositor; 0 = gone, or never there
    threshold: Floats  # [V, D] fall of the price from its peak that it bears [1]
    is_strategic: Flags  # [V, D] leaves when others do
    due_s: Floats  # [V, D] when what it asked back is paid at the earliest; inf = nothing asked
    other_shares: Floats  # [V] the house's, and tokens held as collateral or by other vaults
    held: Floats  # [V, V] shares of vault b (column) that vault a (row) holds
    equity_usd: Floats  # [V] of each account as it was last priced, without tokens
    outstanding: Floats  # [V] all shares
    price_usd: Floats  # [V] of a share
    peak_usd: Floats  # [V] highest price so far, at the end of a tick
    slow_usd: Floats  # [V] exponential average of the price
    lowest_usd: Floats  # [V] lowest price so far, at the end of a tick
    first_shares: Floats  # [V] depositors' at the start
    outside_usd: Floats  # [V] paid out to depositors minus their new deposits
    withdrawn_usd: Floats  # [V] paid out to depositors
    run_s: Floats  # [V] when half of the depositors' first shares had been asked back; NaN = never


class Stakers(NamedTuple):
    """Stakers of the insurance funds; what is theirs of a fund is in `Venues.stakers_usd`."""

    shares: Floats  # [V, S]
    threshold: Floats  # [V, S]
    due_s: Floats  # [V, S] inf = nothing asked
    peak_usd: Floats  # [V] highest value of a share so far
    seen_usd: Floats  # [V] fees of the venue up to which stakers were paid
    unstaked_usd: Floats  # [V] paid out of the fund to stakers


class Backers(NamedTuple):
    """Depositors, stakers, and the assets that are vaults' tokens."""

    vaults: Vaults
    stakers: Stakers
    asset_vault: Ints  # [C] venue whose vault's price an asset follows; -1 = none
