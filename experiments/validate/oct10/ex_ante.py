"""Budgets that a venue could have set: from earlier waves, not from the wave's own fills.

The compared policies of [Chitra2026] are all given B_t = the realised needed budget of the same
wave. Here a budget is tracked against the same needed budget, and three kinds are kept apart:

    earlier waves only
        last            B_{t-1}
        mean, median    of B_1 .. B_{t-1}
        last gaps       sum over coins of g Q,  g = gap per contract in the coin's last wave
        last slopes     sum over coins of a Q^2,  a = gap per contract / Q in the coin's last wave
        learned gaps    the same g Q with g by projected gradient steps on |g_hat - g_t|
        learned slopes  the same a Q^2 with a so: the published ex-ante rule, B_hat = alpha_hat Q^2
                        Q is forecast: the coin's mean contracts over earlier waves, 0 where absent;
                        steps have the scale of the coin's largest coefficient so far
    given Q             last gaps and slopes, told the contracts that the wave will close
    given Q, hindsight  learned gaps and slopes, told Q, and as scale of their steps the coin's
                        largest coefficient of the whole episode

The last two kinds know more than a venue can; both favour them. A coin that has not been seen yet
adds nothing, and the first wave gets no budget.

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

EARLIER, GIVEN, HINDSIGHT, OTHER = "earlier waves", "given Q", "given Q, hindsight", "comparison"

NAMES = {
    "nothing": ("no budget at all", OTHER),
    "last": ("budget of the last wave", EARLIER),
    "mean": ("mean of earlier budgets", EARLIER),
    "median": ("median of earlier budgets", EARLIER),
    "gaps_forecast": ("last gap x forecast Q", EARLIER),
    "slopes_forecast": ("last slope x forecast Q²", EARLIER),
    "learned_gaps_forecast": ("learned gap x forecast Q", EARLIER),
    "learned_slopes_forecast": ("learned slope x forecast Q²", EARLIER),
    "gaps": ("last gap x given Q", GIVEN),
    "slopes": ("last slope x given Q²", GIVEN),
    "learned_gaps": ("learned gap x given Q, hindsight step", HINDSIGHT),
    "learned_slopes": ("learned slope x given Q², hindsight step", HINDSIGHT),
    "production": ("production", OTHER),
}
"""Ways to set a budget, in words and by what they are told; gap, slope and Q are each coin's."""

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
        "gaps_forecast": _forecast(episode, 1, repeated),
        "slopes_forecast": _forecast(episode, 2, repeated),
        "learned_gaps_forecast": _forecast(episode, 1, learned_forward),
        "learned_slopes_forecast": _forecast(episode, 2, learned_forward),
        "gaps": _given(episode, 1, repeated),
        "slopes": _given(episode, 2, repeated),
        "learned_gaps": _given(episode, 1, learned),
        "learned_slopes": _given(episode, 2, learned),
        "production": episode.horizon("budget_prod_usd"),
    }


def repeated(coefficient: Floats) -> Floats:
    """The last value before each wave of a coin and after its last one, first 0: `[n + 1]`."""
    return np.concatenate(([0.0], coefficient))


def learned(coefficient: Floats) -> Floats:
    """Gradient steps on |estimate - coefficient| from 0, scaled by the largest: `[n + 1]`."""
    highest = float(coefficient.max())
    return learned_slopes(np.append(coefficient, 0.0), 0.0, highest, highest)


def learned_forward(coefficient: Floats) -> Floats:
    """The same, scaled by the largest so far, so that nothing ahead is known: `[n + 1]`."""
    estimates = [0.0]
    for t, (seen, highest) in enumerate(
        zip(coefficient, np.maximum.accumulate(coefficient), strict=True), start=1
    ):
        moved = estimates[-1] - highest / np.sqrt(t) * np.sign(estimates[-1] - seen)
        estimates.append(float(np.clip(moved, 0.0, highest)))
    return np.array(estimates)


def ex_ante(episode: Episode) -> Part:
    """Tracking of every budget against the needed one."""
    needed = needed_by_wave(episode)
    found = budgets(episode)
    beyond = {name: budget - needed for name, budget in found.items()}
    rows = [
        Row(
            SECTION,
            f"tracking, {NAMES[name][0]}",
            float(np.abs(miss).sum()),
            "USD",
            f"knows {NAMES[name][1]}; " * (NAMES[name][1] != OTHER)
            + f"over {np.maximum(miss, 0).sum():,.0f}, under {np.maximum(-miss, 0).sum():,.0f}",
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
        "name": [NAMES[name][0] for name in found],
        "knows": [NAMES[name][1] for name in found],
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


def _given(episode: Episode, power: int, rule: Callable[[Floats], Floats]) -> Floats:
    """Budgets sum over the wave's coins of c Q^power, c by `rule` from gap / Q^(power - 1)."""
    made = dict.fromkeys(episode.waves, 0.0)
    for _, coin in _in_order(episode).groupby("coin"):
        qty = floats(coin, "qty_contracts")
        foreseen = rule(floats(coin, "gap_per_contract_usd") / qty ** (power - 1))
        for wave, coefficient, q in zip(coin["wave"], foreseen, qty, strict=False):
            made[int(wave)] += _budget(float(coefficient), float(q), power)
    return np.array(list(made.values()))


def _forecast(episode: Episode, power: int, rule: Callable[[Floats], Floats]) -> Floats:
    """The same over all coins seen before, with Q forecast by its mean over earlier waves."""
    made = np.zeros(len(episode.waves))
    for _, coin in _in_order(episode).groupby("coin"):
        qty = floats(coin, "qty_contracts")
        foreseen = rule(floats(coin, "gap_per_contract_usd") / qty ** (power - 1))
        held = dict(zip(coin["wave"].astype(int), qty, strict=True))
        seen, closed = 0, 0.0
        for t, wave in enumerate(episode.waves):
            if seen:
                made[t] += _budget(float(foreseen[seen]), closed / t, power)
            seen += wave in held
            closed += float(held.get(wave, 0.0))
    return made


def _budget(coefficient: float, contracts: float, power: int) -> float:
    """What a coin needs: gap times contracts, or slope times contracts squared; USD."""
    return coefficient * contracts if power == 1 else exante_budget(coefficient, contracts)


def _unseen_share(episode: Episode) -> float:
    """Share of the needed budgets in coins that appear for the first time."""
    gaps = _in_order(episode)
    first = ~gaps["coin"].duplicated()
    return float(gaps.loc[first, "gap_usd_x_qty"].sum() / gaps["gap_usd_x_qty"].sum())


def _in_order(episode: Episode) -> pd.DataFrame:
    """Coin gaps in the order of waves."""
    return episode.gaps.sort_values("wave", kind="stable")
