"""Budgets that a venue could have set: from earlier waves only, not from the wave's own fills.

The compared policies of [Chitra2026] are all given B_t = the realised needed budget of the same
wave. Here a budget is set before its wave, and tracked against the same needed budget:

    last       B_{t-1}
    mean       mean of B_1 .. B_{t-1}
    median     median of them
    last gaps  sum over coins of (gap per contract in the coin's last wave) x contracts of this wave
    slopes     sum over coins of alpha Q^2, alpha = gap per contract / Q in the coin's last wave

The last two are told how many contracts will be closed, which favours them; a coin that has not
been seen yet adds nothing, and the first wave gets no budget.
Source: [Chitra2026] section 4.2 for the slopes (linear impact).
"""

import numpy as np
import pandas as pd

from abm.units import Floats
from experiments.validate.claim import Table
from experiments.validate.oct10.files import Episode
from experiments.validate.oct10.record import Part, Row
from experiments.validate.oct10.totals import needed_by_wave

NAMES = {
    "nothing": "no budget at all",
    "last": "budget of the last wave",
    "mean": "mean of earlier budgets",
    "median": "median of earlier budgets",
    "gaps": "each coin's last gap x contracts",
    "slopes": "each coin's last slope x contracts²",
    "production": "production",
}
"""Ways to set a budget; nothing and production are for comparison."""

SECTION = "ex-ante budgets"


def budgets(episode: Episode) -> dict[str, Floats]:
    """Budget of each wave by method: name -> [waves], USD."""
    needed = needed_by_wave(episode)
    before = [needed[:t] for t in range(needed.size)]
    return {
        "nothing": np.zeros_like(needed),
        "last": np.array([past[-1] if past.size else 0.0 for past in before]),
        "mean": np.array([past.mean() if past.size else 0.0 for past in before]),
        "median": np.array([np.median(past) if past.size else 0.0 for past in before]),
        "gaps": _from_coins(episode, power=1),
        "slopes": _from_coins(episode, power=2),
        "production": episode.horizon("budget_prod_usd"),
    }


def ex_ante(episode: Episode) -> Part:
    """Tracking of every budget against the needed one."""
    needed = needed_by_wave(episode)
    found = budgets(episode)
    beyond = {name: budget - needed for name, budget in found.items()}
    rows = [
        Row(
            SECTION,
            f"tracking, {NAMES[name]}",
            float(np.abs(miss).sum()),
            "USD",
            f"over {np.maximum(miss, 0).sum():,.0f}, under {np.maximum(-miss, 0).sum():,.0f}",
        )
        for name, miss in beyond.items()
    ]
    rows.append(
        Row(
            SECTION,
            "needed budget in coins without an earlier wave",
            _unseen_share(episode),
            "1",
            "share of all needed budgets: no method that looks at coins can know it",
        )
    )
    columns: Table = {
        "method": list(found),
        "name": [NAMES[name] for name in found],
        "over_usd": [float(np.maximum(miss, 0.0).sum()) for miss in beyond.values()],
        "under_usd": [float(np.maximum(-miss, 0.0).sum()) for miss in beyond.values()],
    }
    return Part(rows=tuple(rows), tables={"oct10_ex_ante": columns})


def _from_coins(episode: Episode, power: int) -> Floats:
    """Budgets from each coin's last coefficient: gap = coefficient x contracts^(power - 1)."""
    gaps = _in_order(episode)
    qty = gaps["qty_contracts"]
    coefficient = gaps["gap_per_contract_usd"] / qty ** (power - 1)
    last = coefficient.groupby(gaps["coin"]).shift(1)  # unknown in a coin's first wave
    budget = (last * qty**power).fillna(0.0).groupby(gaps["wave"]).sum()
    return budget.loc[episode.waves].to_numpy(dtype=np.float64)


def _unseen_share(episode: Episode) -> float:
    """Share of the needed budgets in coins that appear for the first time."""
    gaps = _in_order(episode)
    first = ~gaps["coin"].duplicated()
    return float(gaps.loc[first, "gap_usd_x_qty"].sum() / gaps["gap_usd_x_qty"].sum())


def _in_order(episode: Episode) -> pd.DataFrame:
    """Coin gaps in the order of waves."""
    return episode.gaps.sort_values("wave", kind="stable")
