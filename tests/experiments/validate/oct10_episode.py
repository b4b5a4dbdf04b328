"""A small invented episode in the schema of the released files, known account by account.

Four waves: two of zero duration, two that last. The account "vault" has the same shortfall in three
of them. Every file follows from the accounts below by plain loops; equity pro-rata, the bound, is
solved by a linear program, so that it rests on no code of the project.
"""

import csv
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from scipy.optimize import linprog

START_MS = 1_760_130_964_000
WAVES = (1, 2, 4, 5)
TIMES_MS = {1: (0, 0), 2: (20_000, 20_000), 4: (60_000, 63_000), 5: (80_000, 88_000)}
SHORTFALLS = {
    1: {"vault": 1000.0},
    2: {"vault": 1000.0, "a": 30.0, "b": 6.0},
    4: {"c": 40.0, "d": 15.0},
    5: {"vault": 1000.0, "e": 90.0},
}
GAPS = {  # wave -> coin -> (gap per contract, contracts)
    1: {"BTC": (2.0, 50.0), "ETH": (0.5, 100.0)},
    2: {"BTC": (1.0, 80.0)},
    4: {"ETH": (0.25, 400.0), "SOL": (0.125, 80.0)},
    5: {"BTC": (3.0, 40.0), "ETH": (1.0, 60.0), "SOL": (0.5, 20.0)},
}
TAKEN = {  # horizon -> what production took in each wave
    0: (100.0, 70.0, 150.0, 400.0),
    500: (160.0, 90.0, 140.0, 380.0),
    1000: (170.0, 95.0, 130.0, 370.0),
    2000: (180.0, 100.0, 120.0, 390.0),
    5000: (200.0, 110.0, 115.0, 410.0),
}
WINNERS = {  # wave -> (capacity, equity) of each winner
    1: ((300.0, 900.0), (200.0, 250.0), (10.0, 4000.0)),
    2: ((400.0, 500.0), (100.0, 100.0)),
    4: ((90.0, 100.0), (60.0, 300.0), (50.0, 50.0), (5.0, 800.0)),
    5: ((900.0, 1000.0), (30.0, 2000.0)),
}
POLICIES = ("prod", "pr", "pnl_pr", "eq_pr", "vector", "contract_pr", "fixed_point_ilp_integer")
RAISED = {  # policies that miss the needed budget: wave -> budget
    "vector": (140.0, 80.0, 100.0, 190.0),
    "contract_pr": (100.0, 60.0, 110.0, 150.0),
    "fixed_point_ilp_integer": (151.0, 80.5, 110.0, 190.0),
}
BURDEN = {
    "prod": (1.0, 0.75, 0.5, 0.9),
    "pr": (0.3, 0.17, 0.54, 0.2),
    "pnl_pr": (0.35, 0.2, 0.6, 0.25),
    "vector": (0.1, 0.15, 0.4, 0.17),
    "contract_pr": (0.4, 0.3, 0.55, 0.5),
    "fixed_point_ilp_integer": (0.25, 0.18, 0.7, 0.4),
}
SHOCKS = (  # coin, start, end [ms], deficit, capacity, budget
    ("BTC", 0, 0, 10.0, 500.0, 400.0),
    ("ETH", 0, 0, 0.0, 300.0, 200.0),
    ("BTC", 20_000, 20_000, 900.0, 700.0, 650.0),
    ("BTC", 40_000, 41_000, 0.0, 300.0, 250.0),  # a cluster that was dropped
    ("ETH", 60_000, 62_000, 5.0, 90.0, 80.0),
    ("SOL", 62_500, 63_000, 0.0, 40.0, 20.0),
    ("BTC", 80_000, 88_000, 20.0, 400.0, 350.0),
)
REACTIONS = (  # user, events, latency [ms], shares at 5, 60, 300 s, undo at 5, 60, 300 s
    ("u1", 8, 2000.0, (0.5, 0.75, 1.0), (0.1, 0.5, 0.6)),
    ("u2", 6, 100_000.0, (0.0, 0.5, 0.5), (0.0, 0.1, 0.2)),
    ("u3", 20, 400_000.0, (0.0, 0.0, 0.05), (0.0, 0.0, 0.01)),
    ("u4", 5, None, (0.0, 0.0, 0.0), (0.0, 0.0, 0.0)),
    ("u5", 1, 1000.0, (1.0, 1.0, 1.0), (1.0, 1.0, 1.0)),
    ("u6", 2, None, (0.0, 0.0, 0.0), (0.0, 0.0, 0.0)),
)


def needed(wave: int) -> float:
    """Needed budget of a wave."""
    total = 0.0
    for gap, contracts in GAPS[wave].values():
        total += gap * contracts
    return total


def deficit(wave: int) -> float:
    """Sum of a wave's shortfalls."""
    return sum(SHORTFALLS[wave].values())


def least_burden(wave: int) -> float:
    """Smallest largest share of equity that raises the needed budget, by a linear program."""
    capacity, equity = (np.array(column) for column in zip(*WINNERS[wave], strict=True))
    n = capacity.size
    solved = linprog(
        np.append(np.zeros(n), 1.0),
        A_ub=np.vstack([np.column_stack([np.eye(n), -equity]), np.append(-np.ones(n), 0.0)]),
        b_ub=np.append(np.zeros(n), -needed(wave)),
        bounds=[*((0.0, c) for c in capacity), (0.0, None)],
        method="highs",
    )
    assert solved.status == 0
    return float(solved.fun)


def budget(policy: str, place: int) -> float:
    """What a policy raised in the wave at this place."""
    if policy == "prod":
        return TAKEN[0][place]
    return RAISED[policy][place] if policy in RAISED else needed(WAVES[place])


def burden(policy: str, place: int) -> float:
    """Largest burden of a policy in the wave at this place."""
    return least_burden(WAVES[place]) if policy == "eq_pr" else BURDEN[policy][place]


def write_episode(folder: Path) -> Path:
    """Write every released file of the episode into a folder of this name."""
    folder.mkdir(parents=True)
    _write(folder / "bad_debt_loser_waves.csv", (_losers(wave) for wave in WAVES))
    _write(folder / "policy_per_wave_metrics.csv", (_policies(p) for p in range(len(WAVES))))
    for horizon in TAKEN:
        rows = [_horizon(horizon, place) for place in range(len(WAVES))]
        _write(folder / f"horizon_ms={horizon}" / "two_pass_equity_delta_by_wave.csv", rows)
    _write(folder / "horizon_ms=0" / "two_pass_wave_coin_gap_per_contract.csv", _gaps())
    _write(folder / "per_shock_metrics_queue.csv", _shocks())
    users = [_reaction(*row) for row in REACTIONS]
    _write(folder / "two_time" / "per_user_reaction_metrics.csv", users)
    _write(folder / "two_time" / "strategic_accounts.csv", users[:1])
    _write(folder / "two_time" / "passive_accounts.csv", users[2:4])
    return folder


def _when(wave: int) -> dict[str, int]:
    start, end = TIMES_MS[wave]
    return {"wave": wave, "t_start_ms": START_MS + start, "t_end_ms": START_MS + end}


def _losers(wave: int) -> dict[str, object]:
    found = SHORTFALLS[wave]
    return {
        **_when(wave),
        "n_rows": 10 * wave,
        "unique_losers": len(found),
        "deficit_usd": deficit(wave),
        "max_loss_usd": max(found.values()),
    }


def _horizon(horizon: int, place: int) -> dict[str, object]:
    wave = WAVES[place]
    row = _losers(wave)
    return {
        **{name: row[name] for name in ("wave", "t_start_ms", "t_end_ms")},
        **{name: row[name] for name in ("deficit_usd", "max_loss_usd")},
        "budget_needed_usd": needed(wave),
        "budget_prod_usd": TAKEN[horizon][place],
        "winners_equity_start_usd": sum(equity for _, equity in WINNERS[wave]),
    }


def _policies(place: int) -> dict[str, object]:
    wave = WAVES[place]
    total = sum(capacity for capacity, _ in WINNERS[wave])
    top = max(capacity for capacity, _ in WINNERS[wave]) * (1.0 - needed(wave) / total)
    uncovered = deficit(wave) - needed(wave)
    row: dict[str, object] = {
        "wave": wave,
        "budget_needed": needed(wave),
        "total_cap": total,
        "fixed_point_ilp_scale": (1.0, 64.0, 1.0, 1.5)[place],
        "deficit_usd": deficit(wave),
        "max_loss_usd": max(SHORTFALLS[wave].values()),
        "theta_prod_capped": min(1.0, TAKEN[0][place] / deficit(wave)),
        "theta_needed_capped": min(1.0, needed(wave) / deficit(wave)),
        "ptsr_pr": top / uncovered if uncovered > 0.0 else None,
        "rd_nse_pr": top / (top + uncovered),
    }
    for policy in POLICIES:
        row[f"budget_{policy}"] = budget(policy, place)
        row[f"max_pct_{policy}"] = burden(policy, place)
    return row


def _gaps() -> list[dict[str, object]]:
    return [
        {
            **_when(wave),
            "coin": coin,
            "gap_usd_x_qty": gap * contracts,
            "qty_contracts": contracts,
            "gap_per_contract_usd": gap,
        }
        for wave, coins in GAPS.items()
        for coin, (gap, contracts) in coins.items()
    ]


def _shocks() -> list[dict[str, object]]:
    return [
        {
            "coin": coin,
            "t_start": _stamp(start),
            "t_end": _stamp(end),
            "deficit_usd": lacking,
            "total_capacity_usd": capacity,
            "budget_queue_usd": paid,
        }
        for coin, start, end, lacking, capacity, paid in SHOCKS
    ]


def _stamp(milliseconds: int) -> str:
    moment = datetime.fromtimestamp((START_MS + milliseconds) / 1000.0, UTC)
    return moment.isoformat(sep=" ", timespec="milliseconds")


def _reaction(
    user: str,
    events: int,
    latency: float | None,
    shares: tuple[float, ...],
    undo: tuple[float, ...],
) -> dict[str, object]:
    row: dict[str, object] = {"user": user, "n_adl_events": events, "median_latency_ms": latency}
    for window, share, undone in zip((5000, 60_000, 300_000), shares, undo, strict=True):
        row[f"share_any_nonadl_fill_{window}ms"] = share
        row[f"mean_undo_frac_{window}ms"] = undone
    return row


def _write(file: Path, rows: Iterable[Mapping[str, object]]) -> None:
    found = list(rows)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(found[0]))
        writer.writeheader()
        writer.writerows(found)
