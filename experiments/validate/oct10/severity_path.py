"""Severity controllers beside the naive: who tracks the needed severity, and what a bound is worth.

    loss   l_t(theta) = D_t |theta - theta*_t|,   theta*_t = min(1, B_t / D_t)
    bound  sqrt((1 + 2 P_T) sum D_t^2),           P_T = sum |theta*_t - theta*_{t-1}|

A player names theta_t before wave t. Projected gradient descent has the step for which the bound is
proved (tuned in hindsight) and, at any time, eta_0 / sqrt(t) with eta_0 = 1 / max D, the scale at
which one step can cross [0, 1]; that scale alone is known beforehand. The surrogate's descent
follows another loss, which on [0, 1] falls in theta whatever its weights: from the second wave on
it socialises all. Backing off halves the severity with each earlier deficit; the best constant of
the waves before is follow-the-leader. Naive players: nothing, everything, the last needed severity,
and the best constant in hindsight. Production is its own budget over the deficit, cut to [0, 1].
All play the same path, for each way of counting the repeated account. Players that need accounts
are left out: the release has none.

    static regret     loss - loss of the best constant in hindsight
    dynamic regret    loss - 0, the bound's: the needed severity itself loses nothing

Source: [Chitra2026] Proposition 1 and section 5.3; [Chitra2025] v1, appendix H.
"""

from collections.abc import Mapping

import numpy as np

from abm.adl.mechanisms.controllers import (
    RootStep,
    SeverityGradient,
    Surrogate,
    SurrogateDescent,
    dynamic_regret_bound,
    needed_severity,
    path_length,
    tracking_loss,
    tuned_step,
)
from abm.adl.mechanisms.severity import backoff_severity
from abm.units import Floats
from experiments.validate.claim import Table
from experiments.validate.oct10.deficits import COUNTS, deficits_by_count
from experiments.validate.oct10.endowments import largest_endowment
from experiments.validate.oct10.files import Episode
from experiments.validate.oct10.objective import objective
from experiments.validate.oct10.published import PUBLISHED
from experiments.validate.oct10.record import Part, Row
from experiments.validate.oct10.totals import needed_by_wave

PLAYERS: Mapping[str, tuple[str, str]] = {
    "nothing": ("do nothing", "naive"),
    "everything": ("socialise every deficit", "naive"),
    "last": ("repeat the last needed severity", "naive"),
    "leader": ("best constant of earlier waves", "controller"),
    "constant": ("best constant severity", "hindsight"),
    "gradient_tuned": ("gradient descent, tuned step", "hindsight"),
    "gradient_root": ("gradient descent, step ~ 1/sqrt(t)", "controller"),
    "surrogate": ("surrogate descent (S-OMD)", "controller"),
    "backoff": ("back off by half per deficit", "controller"),
    "production": ("production, cut to [0, 1]", "production"),
}
"""Name and kind of every player; hindsight means that it knows the path beforehand."""

SURROGATE = SurrogateDescent(Surrogate(1.0, 1.0, 1.0), RootStep(1.0), 0.0, "deficit")
"""S-OMD with its gradient in units of the deficit; any positive weights give the same path here."""

ON_ACCOUNTS = "extreme value severity, Dynamic2, dual controller, entropic weights"
"""Players of the theory that see accounts."""

SECTION = "severity path"


def losses(
    needed_usd: Floats, deficit_usd: Floats, taken_usd: Floats, top_usd: Floats
) -> dict[str, float]:
    """Tracking loss of every player over a path without empty waves.

    Args:
        needed_usd: B [waves].
        deficit_usd: D > 0 [waves].
        taken_usd: what production took [waves].
        top_usd: largest endowment [waves].

    Returns:
        Loss by player [USD].
    """
    target = needed_severity(needed_usd, deficit_usd)
    free = np.ones_like(target)
    severities = {
        "nothing": np.zeros_like(target),
        "everything": free,
        "last": np.concatenate(([0.0], target[:-1])),
        "leader": leader(target, deficit_usd),
        "constant": np.full_like(target, best_constant(target, deficit_usd)),
        "gradient_tuned": descent(target, deficit_usd),
        "gradient_root": SeverityGradient(RootStep(1.0 / float(deficit_usd.max()))).run(
            target, deficit_usd, free
        ),
        "surrogate": SURROGATE.run(deficit_usd, top_usd, free),
        "backoff": backoff_severity(deficit_usd > 0.0, 1.0, 0.5, target.size),
        "production": np.minimum(1.0, taken_usd / deficit_usd),
    }
    return {
        player: float(tracking_loss(theta, target, deficit_usd).sum())
        for player, theta in severities.items()
    }


def leader(target: Floats, deficit_usd: Floats) -> Floats:
    """Follow the leader: the best constant of the waves before, 0 before the first: [waves]."""
    found = [best_constant(target[:t], deficit_usd[:t]) for t in range(1, target.size)]
    return np.array([0.0, *found])


def best_constant(target: Floats, deficit_usd: Floats) -> float:
    """The constant severity of least loss: a median of the targets, weighted by deficits."""
    order = np.argsort(target, kind="stable")
    weight = np.cumsum(deficit_usd[order])
    return float(target[order][np.searchsorted(weight, 0.5 * weight[-1])])


def descent(target: Floats, deficit_usd: Floats, first: float = 0.0) -> Floats:
    """Gradient descent with the tuned step, from a first severity: [waves]."""
    player = SeverityGradient(tuned_step(target, deficit_usd), first)
    return player.run(target, deficit_usd, np.ones_like(target))


def severity_path(episode: Episode) -> Part:
    """The bound, what it is compared with in print, and every player against it."""
    needed, taken = needed_by_wave(episode), episode.horizon("budget_prod_usd")
    top = largest_endowment(episode)
    rows = _bound_rows(episode)
    lines: list[tuple[str | float, ...]] = []
    for count, deficit in deficits_by_count(episode).items():
        some = deficit > 0.0
        found = losses(needed[some], deficit[some], taken[some], top[some])
        bound = dynamic_regret_bound(needed_severity(needed[some], deficit[some]), deficit[some])
        for player, loss in found.items():
            name, kind = PLAYERS[player]
            static = loss - found["constant"]
            note = f"{kind}; {100 * loss / bound:.1f} % of the bound; static regret {static:,.0f}"
            quantity = f"{name}, {COUNTS[count]}"
            rows.append(Row(SECTION, quantity, loss, "USD", note, detail=count != "published"))
            lines.append((player, name, kind, count, loss, static, bound, loss / bound))
    rows.append(
        Row(SECTION, ON_ACCOUNTS, float("nan"), "USD", "need accounts of each wave, not released")
    )
    return Part(rows=tuple(rows), tables={"oct10_controllers": _table(lines)})


def _table(lines: list[tuple[str | float, ...]]) -> Table:
    """Columns of the players' table."""
    sums = ("loss_usd", "static_regret_usd", "bound_usd", "share_of_bound")
    names = ("player", "name", "kind", "count", *sums)
    return {
        name: list(column) for name, column in zip(names, zip(*lines, strict=True), strict=True)
    }


def _bound_rows(episode: Episode) -> list[Row]:
    """The bound as published, its parts, and the shares that were printed."""
    deficit, needed = episode.loser("deficit_usd"), needed_by_wave(episode)
    target = needed_severity(needed, deficit)
    bound = dynamic_regret_bound(target, deficit)
    production, integer = (objective(episode, policy).total for policy in ("prod", "contract_pr"))
    from_one = tracking_loss(descent(target, deficit, first=1.0), target, deficit).sum()
    note = "tracking and fairness, over a bound on the tracking of severity alone"
    return [
        Row(SECTION, "variation P_T", path_length(target), "1", "", PUBLISHED["variation"]),
        Row(SECTION, "sqrt of sum D^2", float(np.sqrt(deficit @ deficit)), "USD"),
        Row(SECTION, "bound", bound, "USD", "", PUBLISHED["bound"]),
        _share("production's objective over the bound", production / bound, note, "production"),
        _share("integer pro-rata's objective over the bound", integer / bound, note, "integer"),
        _share(
            "difference of the two shares",
            (production - integer) / bound,
            "integer pro-rata is given the realised needed budget as its target",
            "avoidable",
        ),
        Row(
            SECTION,
            "gradient descent, tuned step, started at 1",
            float(from_one),
            "USD",
            "the other players start at 0",
        ),
    ]


def _share(quantity: str, value: float, note: str, key: str) -> Row:
    return Row(SECTION, quantity, value, "1", note, PUBLISHED[f"bound_{key}"])
