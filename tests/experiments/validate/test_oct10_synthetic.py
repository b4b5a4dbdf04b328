"""Every computation of the record on an invented episode, against loops over its accounts.

The episode is known account by account (`oct10_episode`), so each expected value is found from the
accounts, not from the files, and without the code that is tested.
"""

import math
from itertools import pairwise

import pytest

from experiments.validate.oct10 import Record, recompute
from tests.experiments.validate import oct10_episode as known

NAMES = {
    "prod": "production queue",
    "contract_pr": "integer pro-rata",
    "vector": "vector mirror descent",
    "fixed_point_ilp_integer": '"min-max ILP"',
    "pr": "continuous pro-rata",
    "pnl_pr": "PnL pro-rata",
    "eq_pr": "equity pro-rata",
}
NEEDED = [known.needed(wave) for wave in known.WAVES]
COUNTS = ("as published", "counted once", "left out")


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Record:
    return recompute(known.write_episode(tmp_path_factory.mktemp("synthetic") / "oss_adl"))


def value(record: Record, section: str, quantity: str, wave: int = 0) -> float:
    return record.find(section, quantity, wave).recomputed


def deficits(count: str) -> list[float]:
    """Deficit of each wave when the vault is in all waves, in its first, or in none."""
    found, seen = [], False
    for wave in known.WAVES:
        total = 0.0
        for account, loss in known.SHORTFALLS[wave].items():
            if account == "vault":
                skip = count == "left out" or (count == "counted once" and seen)
                seen = True
                total += 0.0 if skip else loss
            else:
                total += loss
        found.append(total)
    return found


def path(count: str) -> list[tuple[float, float]]:
    """Needed severity and deficit of the waves that have one."""
    pairs = zip(NEEDED, deficits(count), strict=True)
    return [(min(1.0, b / d), d) for b, d in pairs if d > 0.0]


def bound(steps: list[tuple[float, float]]) -> float:
    """The regret bound, Proposition 1."""
    moved = sum(abs(b - a) for (a, _), (b, _) in pairwise(steps))
    return math.sqrt((1.0 + 2.0 * moved) * sum(d * d for _, d in steps))


def test_needed_budgets_and_totals(record: Record) -> None:
    for wave, needed in zip(known.WAVES, NEEDED, strict=True):
        assert value(record, "totals", "needed budget", wave) == pytest.approx(needed)
    assert value(record, "totals", "waves with the released needed budget") == 4
    assert value(record, "totals", "sum of needed budgets") == pytest.approx(530.0)
    assert value(record, "totals", "sum of deficits") == pytest.approx(3181.0)
    for horizon, taken in known.TAKEN.items():
        found = value(record, "totals", f"overshoot, {horizon} ms")
        assert found == pytest.approx(sum(taken) - 530.0)


@pytest.mark.parametrize("half_life", [500, 1000, 2000, 5000])
def test_discounted_overshoot(record: Record, half_life: int) -> None:
    """Trapezoids by hand over the horizons."""
    points = [(h, 0.5 ** (h / half_life), sum(taken) - 530.0) for h, taken in known.TAKEN.items()]
    above = below = 0.0
    for (h0, w0, o0), (h1, w1, o1) in pairwise(points):
        above += (h1 - h0) * (w0 * o0 + w1 * o1) / 2.0
        below += (h1 - h0) * (w0 + w1) / 2.0
    found = value(record, "totals", f"discounted overshoot, {half_life} ms")
    assert found == pytest.approx(above / below)


@pytest.mark.parametrize("policy", known.POLICIES)
def test_every_cell_of_table_2(record: Record, policy: str) -> None:
    cells = dict.fromkeys(("tracking", "fairness", "over", "under", "above ILP"), 0.0)
    cells["above bound"] = 0.0
    for place, wave in enumerate(known.WAVES):
        beyond = known.budget(policy, place) - NEEDED[place]
        own = known.burden(policy, place)
        gap = own - known.burden("fixed_point_ilp_integer", place)
        cells["tracking"] += abs(beyond)
        cells["over"] += max(beyond, 0.0)
        cells["under"] += max(-beyond, 0.0)
        cells["fairness"] += NEEDED[place] * abs(gap)
        cells["above ILP"] += NEEDED[place] * max(gap, 0.0)
        cells["above bound"] += NEEDED[place] * max(own - known.least_burden(wave), 0.0)
    cells["total"] = cells["tracking"] + cells["fairness"]
    cells["new total"] = cells["tracking"] + cells["above bound"]
    for measure, expected in cells.items():
        found = value(record, "objective", f"{NAMES[policy]}: {measure}")
        assert found == pytest.approx(expected, abs=1e-6), measure


def test_the_certified_bound_is_the_value_of_the_linear_program(record: Record) -> None:
    for wave in known.WAVES:
        found = value(record, "certified burden", "least largest burden", wave)
        assert found == pytest.approx(known.least_burden(wave))
        total = sum(capacity for capacity, _ in known.WINNERS[wave])
        assert found <= known.needed(wave) / total


def test_overshoot_falls_into_transfer_and_markout(record: Record) -> None:
    section = "overshoot decomposition"
    instant = [
        place for place, wave in enumerate(known.WAVES) if len(set(known.TIMES_MS[wave])) == 1
    ]
    beyond = [taken - needed for taken, needed in zip(known.TAKEN[0], NEEDED, strict=True)]
    transfer = sum(beyond[place] for place in instant)
    markout = sum(beyond) - transfer
    assert value(record, section, "transfer: 2 waves of zero duration") == pytest.approx(transfer)
    assert value(record, section, "markout: 2 waves lasting seconds") == pytest.approx(markout)
    whole = value(record, section, "transfer at the mark of each fill") + transfer + markout
    assert whole == pytest.approx(sum(known.TAKEN[0]))
    later = sum(known.TAKEN[5000]) - sum(known.TAKEN[0])
    assert value(record, section, "markout alone: the 5 s after each wave") == pytest.approx(later)
    at_500 = sum(known.TAKEN[500][place] - NEEDED[place] for place in instant)
    found = value(record, section, "waves of zero duration, valued 500 ms later")
    assert found == pytest.approx(at_500)


def test_the_repeated_account_counted_thrice_once_and_never(record: Record) -> None:
    assert value(record, "deficits", "waves with the same largest shortfall") == 3
    assert value(record, "deficits", "that shortfall") == 1000.0
    for count in COUNTS:
        found = deficits(count)
        pairs = [(b, d) for b, d in zip(NEEDED, found, strict=True) if d > 0.0]
        assert value(record, "deficits", f"sum of deficits, {count}") == pytest.approx(sum(found))
        more = value(record, "deficits", f"waves that need more than their deficit, {count}")
        assert more == sum(b > d for b, d in pairs)
        assert value(record, "deficits", f"bound, {count}") == pytest.approx(bound(path(count)))
        share = value(record, "deficits", f"needed over deficit in all, {count}")
        assert share == pytest.approx(sum(NEEDED) / sum(found))


def gradient(steps: list[tuple[float, float]], rates: list[float]) -> float:
    """Loss of projected gradient descent on severity from 0, as one loop."""
    theta = loss = 0.0
    for (target, deficit), rate in zip(steps, rates, strict=True):
        loss += deficit * abs(theta - target)
        side = (theta > target) - (theta < target)
        theta = min(max(theta - rate * deficit * side, 0.0), 1.0)
    return loss


def expected_losses(count: str) -> dict[str, float]:
    """Loss of every player by loops."""
    steps = path(count)
    targets, sizes = zip(*steps, strict=True)
    tuned = bound(steps) / sum(d * d for d in sizes)
    roots = [1.0 / max(sizes) / math.sqrt(t + 1) for t in range(len(steps))]
    fixed = lambda theta: sum(d * abs(theta - a) for a, d in steps)
    return {
        "do nothing": fixed(0.0),
        "socialise every deficit": fixed(1.0),
        "best constant severity": min(fixed(a) for a in targets),
        "repeat the last needed severity": sum(
            d * abs(a - last) for (a, d), last in zip(steps, (0.0, *targets), strict=False)
        ),
        "gradient descent, tuned step": gradient(steps, [tuned] * len(steps)),
        "gradient descent, step ~ 1/sqrt(t)": gradient(steps, roots),
        "surrogate descent (S-OMD)": sizes[0] * targets[0]
        + sum(d * (1.0 - a) for a, d in steps[1:]),
        "back off by half per deficit": sum(d * abs(0.5**t - a) for t, (a, d) in enumerate(steps)),
    }


@pytest.mark.parametrize("count", COUNTS)
def test_players_on_the_severity_path(record: Record, count: str) -> None:
    for player, loss in expected_losses(count).items():
        row = record.find("severity path", f"{player}, {count}")
        assert row.recomputed == pytest.approx(loss), player
        assert f"{100 * loss / bound(path(count)):.1f} % of the bound" in row.note


def test_production_plays_its_own_severity_cut_to_one(record: Record) -> None:
    taken, found = known.TAKEN[0], deficits("as published")
    loss = sum(
        d * abs(min(1.0, h / d) - min(1.0, b / d))
        for h, b, d in zip(taken, NEEDED, found, strict=True)
    )
    name = "production, cut to [0, 1], as published"
    assert value(record, "severity path", name) == pytest.approx(loss)


def test_following_the_leader_by_hand(record: Record) -> None:
    """Targets .15, 80/1036, 1, 190/1090: the leader plays 0, .15, then a weighted median."""
    (a1, d1), (a2, d2), (a3, d3), (a4, d4) = path("as published")
    loss = d1 * a1 + d2 * abs(a1 - a2) + d3 * abs(a2 - a3) + d4 * abs(a1 - a4)
    name = "best constant of earlier waves, as published"
    assert value(record, "severity path", name) == pytest.approx(loss)


def test_largest_endowments_come_back_by_algebra(record: Record) -> None:
    for wave in known.WAVES:
        top = max(capacity for capacity, _ in known.WINNERS[wave])
        found = value(record, "largest endowment", "largest endowment", wave)
        assert found == pytest.approx(top), wave


def test_the_stylised_queue(record: Record) -> None:
    over = residual = least = 0.0
    for _, _, _, lacking, capacity, paid in known.SHOCKS:
        over += max(paid - lacking, 0.0)
        residual += max(lacking - paid, 0.0)
        least += max(lacking - capacity, 0.0)
    assert value(record, "stylised queue", "overshoot") == pytest.approx(over)
    assert value(record, "stylised queue", "residual") == pytest.approx(residual)
    found = value(record, "stylised queue", "residual if no more were asked for")
    assert found == pytest.approx(least)


def test_a_dropped_cluster_is_found_and_the_kept_ones_keep_their_bounds(record: Record) -> None:
    assert value(record, "coverage", "clusters with gaps of at most 5 s") == 5
    assert value(record, "coverage", "released waves found again among them") == 4
    assert value(record, "coverage", "realised profit left out") == 250.0


def coin_budgets(power: int) -> float:
    """Tracking of budgets from each coin's last coefficient, by loops."""
    last: dict[str, float] = {}
    miss = 0.0
    for wave, needed in zip(known.WAVES, NEEDED, strict=True):
        budget = 0.0
        for coin, (_, contracts) in known.GAPS[wave].items():
            budget += last.get(coin, 0.0) * contracts**power
        for coin, (gap, contracts) in known.GAPS[wave].items():
            last[coin] = gap / contracts ** (power - 1)
        miss += abs(budget - needed)
    return miss


def learned_budgets(power: int) -> float:
    """Tracking of budgets from learned coefficients, by loops."""
    seen: dict[str, list[float]] = {}
    for wave in known.WAVES:
        for coin, (gap, contracts) in known.GAPS[wave].items():
            seen.setdefault(coin, []).append(gap / contracts ** (power - 1))
    estimate, met = dict.fromkeys(seen, 0.0), dict.fromkeys(seen, 0)
    miss = 0.0
    for wave, needed in zip(known.WAVES, NEEDED, strict=True):
        budget = 0.0
        for coin, (gap, contracts) in known.GAPS[wave].items():
            budget += estimate[coin] * contracts**power
            met[coin] += 1
            truth, highest = gap / contracts ** (power - 1), max(seen[coin])
            side = (estimate[coin] > truth) - (estimate[coin] < truth)
            moved = estimate[coin] - highest / math.sqrt(met[coin]) * side
            estimate[coin] = min(max(moved, 0.0), highest)
        miss += abs(budget - needed)
    return miss


def forecast_budgets(power: int, kind: str) -> float:
    """Tracking of budgets that look back only: nothing of the wave or of later ones is read."""
    miss = 0.0
    for t, needed in enumerate(NEEDED):
        budget = 0.0
        for coin in {coin for wave in known.WAVES[:t] for coin in known.GAPS[wave]}:
            past = [known.GAPS[w][coin] for w in known.WAVES[:t] if coin in known.GAPS[w]]
            seen = [gap / contracts ** (power - 1) for gap, contracts in past]
            estimate = 0.0
            for n, truth in enumerate(seen, start=1):
                side = (estimate > truth) - (estimate < truth)
                moved = estimate - max(seen[:n]) / math.sqrt(n) * side
                estimate = min(max(moved, 0.0), max(seen[:n]))
            coefficient = seen[-1] if kind == "last" else estimate
            budget += coefficient * (sum(contracts for _, contracts in past) / t) ** power
        miss += abs(budget - needed)
    return miss


def test_budgets_set_before_the_wave(record: Record) -> None:
    section = "ex-ante budgets"
    last = sum(abs(b - a) for a, b in zip([0.0, *NEEDED], NEEDED, strict=False))
    means = sum(abs(b - sum(NEEDED[:t]) / max(t, 1)) for t, b in enumerate(NEEDED))
    assert value(record, section, "tracking, no budget at all") == pytest.approx(sum(NEEDED))
    assert value(record, section, "tracking, budget of the last wave") == pytest.approx(last)
    assert value(record, section, "tracking, mean of earlier budgets") == pytest.approx(means)
    for kind, end, rule in (
        ("last", "", coin_budgets),
        ("learned", ", hindsight step", learned_budgets),
    ):
        gap = value(record, section, f"tracking, {kind} gap x given Q{end}")
        slope = value(record, section, f"tracking, {kind} slope x given Q²{end}")
        assert gap == pytest.approx(rule(1))
        assert slope == pytest.approx(rule(2))
    for kind in ("last", "learned"):
        gap = value(record, section, f"tracking, {kind} gap x forecast Q")
        slope = value(record, section, f"tracking, {kind} slope x forecast Q²")
        assert gap == pytest.approx(forecast_budgets(1, kind))
        assert slope == pytest.approx(forecast_budgets(2, kind))
    unseen = value(record, section, "needed budget in coins without an earlier wave")
    assert unseen == pytest.approx((150.0 + 10.0) / 530.0)


def test_reactions(record: Record) -> None:
    rows = known.REACTIONS
    assert value(record, "reactions", "ADL fills") == sum(row[1] for row in rows)
    assert value(record, "reactions", "strategic accounts") == 1
    assert value(record, "reactions", "passive accounts") == 2
    assert value(record, "reactions", "strategic accounts, one event suffices") == 2
    again = sum(row[2] is not None for row in rows) / len(rows)
    assert value(record, "reactions", "share that ever traded the coin again") == again
    undone = sum(row[4][2] for row in rows) / len(rows)
    assert value(record, "reactions", "mean undo within 300 s") == pytest.approx(undone)
