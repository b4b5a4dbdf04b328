"""A results folder with the shape of a real one: common shocks, heavy tails, runs without ADL.

A replicate's shock is lognormal and shared by every point, so designs differ only by their own
factors, as under common random numbers. In the mildest crashes nothing is taken, and the measures
of what is taken are NaN.
"""

import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

DESIGNS = (
    "no_adl",
    "pnl_leverage_queue",
    "pro_rata_notional",
    "pro_rata_pnl",
    "min_max_leveling",
    "random_queue",
    "equal_take",
    "talmud",
    "lights_queue_capped",
    "insurance_vault_first",
)
DISCLOSURES = ("none", "rank")
ROLES = ("directional", "hedger", "maker")
UNITS = {
    "deficit_before_adl_usd": "USD",
    "residual_deficit_usd": "USD",
    "residual_share": "1",
    "fund_drawdown_usd": "USD",
    "liquidated_notional_usd": "USD",
    "adl_notional_usd": "USD",
    "adl_to_liquidation": "1",
    "adl_accounts": "accounts",
    "adl_rounds": "rounds",
    "taken_usd": "USD",
    "taken_gini": "1",
    "taken_top1_share": "1",
    "largest_burden": "1",
    "largest_burden_bound": "1",
    "largest_burden_excess": "1",
    **{f"taken_{role}_usd": "USD" for role in ROLES},
    **{f"taken_quintile_{k}_usd": "USD" for k in range(1, 6)},
    "fees_usd": "USD",
    "retained_value_beta2": "1",
    "retained_value_beta5": "1",
    "retained_value_beta8": "1",
    **{f"payoff_{role}_usd": "USD" for role in (*ROLES, "backstop")},
    "markout_usd": "USD",
    "min_price_ratio": "1",
    "unsettled_ticks": "ticks",
    "left_traders": "traders",
    "reaction_volume_usd": "USD",
    **dict.fromkeys(("deficit_others_usd", "adl_first_usd", "adl_others_usd", "help_usd"), "USD"),
    "flow_hedger_usd": "USD",
    "min_price_ratio_others": "1",
    "failed_venues": "venues",
}
SERIES_UNITS = {
    "time_s": "s",
    "index_price": "USD",
    "mark_price": "USD",
    **dict.fromkeys(("deficit_usd", "adl_usd", "liquidated_usd", "fund_usd", "depth_usd"), "USD"),
    **dict.fromkeys(("open_interest_usd", *(f"reaction_{role}_usd" for role in ROLES)), "USD"),
}

ENDING = ("status", "error")
KINDS = ("explicit", "grid")
"""How the points were chosen: listed one by one, or every combination."""

type Measured = Callable[[Mapping[str, object], int], dict[str, float]]
"""Outcomes of a run, from its levers and its replicate."""

VENUES = ("binance", "bybit", "hyperliquid", "okx", "lighter", "drift")
VENUE_UNITS = {"venue": "", "open_interest_usd": "USD", "first_failure_s": "s"}
LINK_UNITS = {"time_s": "s", "source": "", "target": "", "layer": "", "usd": "USD"}


def outcomes(
    design: int, disclosure: str, reacting: bool, replicate: int, seed: int
) -> dict[str, float]:
    """One run's outcomes; the shock depends on the replicate alone."""
    shock = np.random.default_rng([seed, replicate])
    severity = float(np.exp(shock.normal(0.0, 1.1)))
    own = np.random.default_rng([seed, replicate, design, disclosure == "rank", reacting])
    published = reacting and disclosure != "none"
    flow = (1.0 + 0.25 * published + 0.1 * reacting) * float(np.exp(own.normal(0.0, 0.03)))
    deficit = 2e6 * severity * flow
    takes = design > 0 and severity > 0.35
    residual_share = (
        1.0 if not takes else max(0.02, 0.05 + 0.05 * (design % 4) + own.normal(0, 0.02))
    )
    taken = deficit * (1.0 - residual_share)
    skew = 0.35 + 0.06 * (design % 7)
    quintiles = own.dirichlet(np.array([1.0, 2.0, 3.0, 6.0, 14.0]) * (0.4 + design % 3) * 3)
    roles = own.dirichlet(np.array([5.0 + design, 3.0, 2.0 + design % 2]) * 6)
    unknown = 1.0 if takes else np.nan
    bound = 0.05 * severity**0.3
    excess = 0.0 if design == 4 else bound * (0.3 + design % 5) * float(np.exp(own.normal(0, 0.3)))
    trough = float(np.exp(-0.06 * severity**0.5 * flow))
    row = dict.fromkeys(UNITS, 0.0)
    row |= {
        "deficit_before_adl_usd": deficit,
        "residual_deficit_usd": deficit * residual_share,
        "residual_share": residual_share,
        "fund_drawdown_usd": 0.5 * deficit,
        "liquidated_notional_usd": 40 * deficit,
        "adl_notional_usd": 12 * taken,
        "adl_to_liquidation": 0.3 * (1 - residual_share),
        "adl_accounts": float(np.ceil(taken / 2e4)),
        "adl_rounds": float(np.ceil(taken / 1e6)),
        "taken_usd": taken,
        "taken_gini": unknown * min(0.99, skew + own.normal(0.0, 0.03)),
        "taken_top1_share": unknown * float(own.beta(2 + design % 5, 9)),
        "largest_burden": unknown * (bound + excess),
        "largest_burden_bound": unknown * bound,
        "largest_burden_excess": unknown * excess,
        "fees_usd": 3e5 * severity**0.5 * (1 + 0.2 * reacting),
        "markout_usd": deficit * own.normal(0.1, 0.2),
        "min_price_ratio": trough,
        "left_traders": float(own.poisson(20 * (1 + 3 * published))),
        "reaction_volume_usd": 1e7 * severity * reacting,
    }
    row |= {
        f"taken_{role}_usd": taken * float(share) for role, share in zip(ROLES, roles, strict=True)
    }
    row |= {f"taken_quintile_{k + 1}_usd": taken * float(quintiles[k]) for k in range(5)}
    row |= {
        f"retained_value_beta{b}": float(np.exp(-b * 0.02 * (1 + design % 6) * severity**0.3))
        for b in (2, 5, 8)
    }
    row |= {f"payoff_{role}_usd": -deficit * own.normal(0.3, 0.1) for role in (*ROLES, "backstop")}
    return row


def path(row: dict[str, float], replicate: int, seed: int, steps: int) -> pd.DataFrame:
    """One run's series: a fall to the trough, a partial recovery, a deficit that accumulates."""
    noise = np.random.default_rng([seed, replicate, 99]).normal(0.0, 0.002, steps).cumsum()
    time = np.linspace(0.0, 7200.0, steps)
    fall = 1.0 / (1.0 + np.exp(-(time - 2400.0) / 300.0)) * (1.0 - 0.3 * np.clip(time / 7200, 0, 1))
    price = 60_000.0 * np.exp(np.log(row["min_price_ratio"]) * fall / fall.max() + noise)
    growth = 1.0 / (1.0 + np.exp(-(time - 2700.0) / 250.0))
    frame = pd.DataFrame(dict.fromkeys(SERIES_UNITS, 0.0), index=range(steps))
    frame["time_s"] = time
    frame["index_price"] = 60_000.0 * np.exp(np.log(row["min_price_ratio"]) * fall * 0.8 + noise)
    frame["mark_price"] = price
    frame["deficit_usd"] = row["deficit_before_adl_usd"] * growth
    frame["adl_usd"] = row["adl_notional_usd"] * growth
    return frame


def network(
    row: dict[str, float], replicate: int, seed: int, venues: tuple[str, ...] = VENUES
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One run's venues and links: the smaller a venue, the sooner it fails; the largest never."""
    luck = np.random.default_rng([seed, replicate, 98])
    interest = 4e9 / np.arange(1, len(venues) + 1) ** 1.2
    failed = np.linspace(6000.0, 900.0, len(venues)) + luck.normal(0.0, 300.0, len(venues))
    failed[0] = np.nan
    table = pd.DataFrame(
        {"venue": venues, "open_interest_usd": interest, "first_failure_s": failed}
    )
    edges = []
    for at, venue in enumerate(venues):
        size, other = interest[at], venues[(at + 1) % len(venues)]
        edges += [
            (venue, other, "hedge", 0.05 * min(size, interest[(at + 1) % len(venues)])),
            (other, venue, "hedge", 0.02 * size),
            (venue, "hedgers", "hedge", 0.04 * size),
            (venue, "makers", "maker_capital", 0.06 * size),
            (venue, "arbitrageurs", "arbitrage", 0.01 * size),
            (venue, f"fund:{venue}", "commitment", 0.015 * size),
        ]
    edges += [
        (f"vault:{venues[2]}", venues[1], "vault_token", 3e7),
        (venues[2], f"vault:{venues[2]}", "commitment", 8e7),
        (venues[-1], f"pool:{venues[-1]}", "commitment", 2e7),
        (venues[1], "clearinghouse", "commitment", 5e7),
        ("clearinghouse", venues[0], "commitment", 2e7),
    ]
    frames = []
    for time_s, left in ((0.0, 1.0), (3600.0, 0.6), (7200.0, 0.4)):
        frame = pd.DataFrame(edges, columns=["source", "target", "layer", "usd"])
        frame["usd"] *= left * luck.lognormal(0.0, 0.1, len(frame))
        frames.append(frame.assign(time_s=time_s))
        borne = [
            (venue, target, "loss", part * (1.0 - left) * row["deficit_before_adl_usd"] / (2 + at))
            for at, venue in enumerate(reversed(venues[1:]))
            for target, part in (
                ("hedgers", 0.5),
                ("directional", 0.2),
                ("makers", 0.1),
                (f"fund:{venue}", 0.2),
            )
        ]
        frame = pd.DataFrame(borne, columns=["source", "target", "layer", "usd"])
        frames.append(frame.assign(time_s=time_s))
    return table, pd.concat(frames, ignore_index=True)[list(LINK_UNITS)]


def write_results(
    parent: Path,
    *,
    levers: dict[str, tuple[object, ...]] | None = None,
    replicates: int = 20,
    steps: int = 121,
    seed: int = 7,
    failing: tuple[tuple[int, int], ...] = (),
    with_series: bool = True,
    venues: tuple[str, ...] = VENUES,
    measured: Measured | None = None,
    points: Sequence[Mapping[str, object]] | None = None,
    outcomes_first: Sequence[str] = (),
) -> Path:
    """Write a synthetic study and return its folder.

    Args:
        parent: where the folder is made.
        levers: name -> values; by default ten designs, two disclosures, reacting or not.
        replicates: runs per point.
        steps: instants of each series.
        seed: of all draws.
        failing: (point, replicate) of runs that end in an error.
        with_series: whether series are recorded.
        venues: three venues of the network or more; empty when none is recorded.
        measured: outcomes of a run by its setting and replicate, in place of the usual ones.
        points: settings one by one; by default every combination of the levers.
        outcomes_first: outcomes that the study puts first.
    """
    if levers is None:
        levers = {"design": DESIGNS, "disclosure": DISCLOSURES, "reacting": (False, True)}
    settings = _settings(levers, points)
    if points is not None:
        levers = {name: tuple(dict.fromkeys(s[name] for s in settings)) for name in settings[0]}
    study_hash = "5ca1ab1e" + "0" * 56
    folder = parent / f"synthetic-{study_hash[:8]}"
    folder.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, object]] = []
    extras: dict[str, list[pd.DataFrame]] = {"series": [], "venues": [], "links": []}
    for point, setting in enumerate(settings):
        design = list(levers.get("design", ("no_adl", ""))).index(setting.get("design", ""))
        for replicate in range(replicates):
            row = _usual(design, setting, replicate, seed)
            row |= measured(setting, replicate) if measured is not None else {}
            failed = (point, replicate) in failing
            head = {"point": point, "replicate": replicate, "task": f"{point:06d}-{replicate:04d}"}
            ending = ("error", "ValueError: too deep") if failed else ("ok", "")
            found = dict.fromkeys(row, np.nan) if failed else row
            rows.append({**head, **setting, **dict(zip(ENDING, ending, strict=True)), **found})
            if failed:
                continue
            recorded = {"series": path(row, replicate, seed, steps)} if with_series else {}
            if venues:
                recorded["venues"], recorded["links"] = network(row, replicate, seed, venues)
            for table, frame in recorded.items():
                extras[table].append(_headed(frame, {**head, **setting}))
    _write_tables(folder, rows, extras)
    study = {"name": "synthetic", "hash": study_hash, "seed": seed, "replicates": replicates}
    _write_texts(folder, levers, study | {"sampling": KINDS[points is None]}, outcomes_first)
    return folder


def _write_tables(
    folder: Path, rows: list[dict[str, object]], extras: Mapping[str, list[pd.DataFrame]]
) -> None:
    pd.DataFrame(rows).to_parquet(folder / "results.parquet")
    for table, frames in extras.items():
        if frames:
            pd.concat(frames, ignore_index=True).to_parquet(folder / f"{table}.parquet")


def _settings(
    levers: Mapping[str, tuple[object, ...]], points: Sequence[Mapping[str, object]] | None
) -> list[dict[str, object]]:
    """The points: as given, or every combination of the levers."""
    if points is not None:
        return [dict(point) for point in points]
    return [dict(zip(levers, v, strict=True)) for v in itertools.product(*levers.values())]


def _usual(
    design: int, setting: Mapping[str, object], replicate: int, seed: int
) -> dict[str, float]:
    """Outcomes of a run in a study of designs."""
    published = str(setting.get("disclosure", "none"))
    return outcomes(design, published, bool(setting.get("reacting", True)), replicate, seed)


def _headed(frame: pd.DataFrame, head: dict[str, object]) -> pd.DataFrame:
    """A run's rows with point, replicate and levers before them."""
    for at, (name, value) in enumerate(head.items()):
        if name != "task":
            frame.insert(min(at, len(frame.columns)), name, value)
    return frame


def _write_texts(
    folder: Path,
    levers: dict[str, tuple[object, ...]],
    study: Mapping[str, object],
    outcomes_first: Sequence[str],
) -> None:
    described = [("results", name, unit, f"Synthetic {name}.") for name, unit in UNITS.items()]
    described += [
        (table, name, unit, f"Synthetic {name}.")
        for table, units in (
            ("series", SERIES_UNITS),
            ("venues", VENUE_UNITS),
            ("links", LINK_UNITS),
        )
        for name, unit in units.items()
    ]
    dictionary = pd.DataFrame(described, columns=["table", "name", "unit", "meaning"])
    dictionary.to_csv(folder / "data_dictionary.csv", index=False)
    provenance = {
        "study": study,
        "outcomes_first": list(outcomes_first),
        "levers": {name: list(values) for name, values in levers.items()},
        "git": {"sha": "0" * 40, "dirty": False},
        "versions": {"python": "3.12.0", "numpy": "2.5.5"},
    }
    (folder / "run.json").write_text(json.dumps(provenance, indent=1), encoding="utf-8")
    (folder / "odd.md").write_text(
        "# ODD\n\n## 1. Purpose and patterns\n\nA *synthetic* study with `no` <model>.\n\n"
        "- common shocks\n- heavy tails\n\n## 2. Entities\n\nNone.\n",
        encoding="utf-8",
    )
