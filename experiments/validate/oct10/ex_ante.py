"""Budgets that a venue could have set: from earlier waves only, not from the wave's own fills.

The compared policies of [Chitra2026] are all given B_t = the realised needed budget of the same
wave. Here a budget is set before its wave, and tracked against the same needed budget:

    last            B_{t-1}
    mean, median    of B_1 .. B_{t-1}
    last gaps       sum over coins of g Q,  g = gap per contract in the coin's last wave
    last slopes     sum over coins of a Q^2,  a = gap per contract / Q in the coin's last wave
    learned gaps    the same g Q with g by projected gradient steps on |g_hat - g_t|
    learned slopes  the same a Q^2 with a so: the published ex-ante rule, B_hat = alpha_hat Q^2

All but the first three are told how many contracts Q will be closed, and the learned ones also the
scale of their step, the coin's largest coefficient of the whole episode: both favour them. A coin
that has not been seen yet adds nothing, and the first wave gets no budget.

Linear impact says that the gap per contract is proportional to Q. The exponent b in gap ~ Q^b
within a coin (least squares on logs, coin means removed) has a bootstrap interval over coins. It
speaks of the released gaps, |mark - price| of ADL fills, from which the papers' needed budgets are
made; the market impact of the liquidations themselves is not released.
Source: [Chitra2026] section 4.2 for linear impact and the learned slopes.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from abm.adl.mechanisms.severity import exante_budget, learned_slopes
from abm.units import Floats
from experiments.validate.claim import Table
from experiments.validate.intervals import ENDS, RESAMPLES
from experiments.validate.oct10.files import Episode, floats
from experiments.validate.oct10.record import Part, Row
from experiments.validate.oct10.totals import needed_by_wave

NAMES = {
    "nothing": "no budget at all",
    "last": "budget of the last wave",
    "mean": "mean of earlier budgets",
    "median": "median of earlier budgets",
    "gaps": "each coin's last gap x contracts",
    "slopes": "each coin's last slope x contracts²",
    "learned_gaps": "each coin's learned gap x contracts",
    "learned_slopes": "each coin's learned slope x contracts²",
    "production": "production",
}
"""Ways to set a budget; nothing and production are for comparison."""

SEED = 20251010
"""Of the bootstrap: same data, same interval."""

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
        "gaps": _from_coins(episode, 1, repeated),
        "slopes": _from_coins(episode, 2, repeated),
        "learned_gaps": _from_coins(episode, 1, learned),
        "learned_slopes": _from_coins(episode, 2, learned),
        "production": episode.horizon("budget_prod_usd"),
    }


def repeated(coefficient: Floats) -> Floats:
    """The last value of a coin's coefficient, 0 before the first: [waves of the coin]."""
    return np.concatenate(([0.0], coefficient[:-1]))


def learned(coefficient: Floats) -> Floats:
    """Gradient steps on |estimate - coefficient| from 0, scaled by the largest: [waves of it]."""
    highest = float(coefficient.max())
    return learned_slopes(coefficient, 0.0, highest, highest)


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
    rows += [
        Row(
            SECTION,
            "needed budget in coins without an earlier wave",
            _unseen_share(episode),
            "1",
            "share of all needed budgets: no method that looks at coins can know it",
        ),
        _exponent_row(episode),
    ]
    columns: Table = {
        "method": list(found),
        "name": [NAMES[name] for name in found],
        "over_usd": [float(np.maximum(miss, 0.0).sum()) for miss in beyond.values()],
        "under_usd": [float(np.maximum(-miss, 0.0).sum()) for miss in beyond.values()],
    }
    tables = {"oct10_ex_ante": columns, "oct10_impact": _impact_table(episode)}
    return Part(rows=tuple(rows), tables=tables)


def centred_logs(gaps: pd.DataFrame) -> pd.DataFrame:
    """Logs of contracts (q) and gap per contract (g) less their coin's mean, by coin.

    Gaps of zero have no log and are left out, and so are coins of a single wave.
    """
    known = gaps[gaps["gap_per_contract_usd"] > 0.0]
    known = known[known.groupby("coin")["coin"].transform("size") > 1]
    logs = pd.DataFrame(
        {"q": np.log(known["qty_contracts"]), "g": np.log(known["gap_per_contract_usd"])}
    )
    return (logs - logs.groupby(known["coin"]).transform("mean")).assign(coin=known["coin"])


def impact_exponent(gaps: pd.DataFrame) -> tuple[float, float, float]:
    """Exponent b of gap ~ Q^b within coins, with its 95 % interval over coins.

    Args:
        gaps: columns coin, gap_per_contract_usd, qty_contracts; gaps of zero are left out.

    Returns:
        b and the ends of its interval; NaN without a coin in two waves.
    """
    logs = centred_logs(gaps)
    products = {"qg": logs["q"] * logs["g"], "qq": logs["q"] ** 2, "coin": logs["coin"]}
    sums = pd.DataFrame(products).groupby("coin").sum()
    if sums.empty or not sums["qq"].any():
        return float("nan"), float("nan"), float("nan")
    rng = np.random.default_rng(SEED)
    drawn = rng.integers(len(sums), size=(RESAMPLES, len(sums)))
    slopes = floats(sums, "qg")[drawn].sum(axis=1) / floats(sums, "qq")[drawn].sum(axis=1)
    low, high = np.quantile(slopes, ENDS)
    return float(sums["qg"].sum() / sums["qq"].sum()), float(low), float(high)


def _exponent_row(episode: Episode) -> Row:
    """How the gap grows with the contracts closed, where linear impact says in proportion."""
    exponent, low, high = impact_exponent(episode.gaps)
    return Row(
        SECTION,
        "exponent of the gap in contracts, within coins",
        exponent,
        "1",
        f"linear impact says 1; of ADL fills; 95 % interval over coins [{low:.3f}, {high:.3f}]",
    )


def _impact_table(episode: Episode) -> Table:
    """Centred logs that are drawn, in decades, with the exponent and its interval in every row."""
    logs = centred_logs(_in_order(episode))
    exponent, low, high = impact_exponent(episode.gaps)
    return {
        "coin": logs["coin"].to_list(),
        "contracts_decades": floats(logs, "q") / np.log(10.0),
        "gap_decades": floats(logs, "g") / np.log(10.0),
        "exponent": np.full(len(logs), exponent),
        "exponent_low": np.full(len(logs), low),
        "exponent_high": np.full(len(logs), high),
    }


def _from_coins(episode: Episode, power: int, rule: Callable[[Floats], Floats]) -> Floats:
    """Budgets sum over coins of c Q^power, c foreseen by `rule` from c = gap / Q^(power - 1)."""
    made = dict.fromkeys(episode.waves, 0.0)
    for _, coin in _in_order(episode).groupby("coin"):
        qty = floats(coin, "qty_contracts")
        foreseen = rule(floats(coin, "gap_per_contract_usd") / qty ** (power - 1))
        budget = foreseen * qty if power == 1 else _squared(foreseen, qty)
        for wave, value in zip(coin["wave"], budget, strict=True):
            made[int(wave)] += float(value)
    return np.array(list(made.values()))


def _squared(slope: Floats, qty: Floats) -> Floats:
    """Budget alpha Q^2 of each wave of a coin: [waves of the coin], USD."""
    return np.array([exante_budget(float(a), float(q)) for a, q in zip(slope, qty, strict=True)])


def _unseen_share(episode: Episode) -> float:
    """Share of the needed budgets in coins that appear for the first time."""
    gaps = _in_order(episode)
    first = ~gaps["coin"].duplicated()
    return float(gaps.loc[first, "gap_usd_x_qty"].sum() / gaps["gap_usd_x_qty"].sum())


def _in_order(episode: Episode) -> pd.DataFrame:
    """Coin gaps in the order of waves."""
    return episode.gaps.sort_values("wave", kind="stable")
