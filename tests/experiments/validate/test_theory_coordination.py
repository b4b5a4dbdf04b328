"""V30: the printed game, N traders and a noisy rank, each against another way of working it out."""

import itertools
import math

import numpy as np
import pytest

from experiments.validate.claim import Finding, Settings
from experiments.validate.theory import coordination


def found(seed: int = 1) -> Finding:
    return coordination.coordination(Settings(), np.random.default_rng(seed))


def test_the_printed_game() -> None:
    """Cost 1, penalty 5, T = 1.5: nobody or both; in turn both."""
    assert coordination.pure_equilibria(2, 2, 1.0, 5.0) == {(0, 0), (1, 1)}
    assert coordination.in_turn(2, 2, 1.0, 5.0) == (1, 1)


def test_a_penalty_below_the_cost_leaves_nobody() -> None:
    assert coordination.pure_equilibria(2, 2, 5.0, 1.0) == {(0, 0)}
    assert coordination.in_turn(2, 2, 5.0, 1.0) == (0, 0)


@pytest.mark.parametrize(("traders", "needed"), [(3, 2), (3, 3), (4, 2)])
def test_the_path_in_turn_survives_every_deviation(traders: int, needed: int) -> None:
    """The last N - j best answer to what came before, worked out from the back by enumeration."""

    def reply(before: tuple[int, ...]) -> tuple[int, ...]:
        if len(before) == traders:
            return before
        ends = [reply((*before, x)) for x in (0, 1)]
        costs = [1.0 * x + 5.0 * (sum(end) < needed) for x, end in zip((0, 1), ends, strict=True)]
        return ends[0] if costs[0] <= costs[1] else ends[1]

    path = coordination.in_turn(traders, needed, 1.0, 5.0)
    assert path == reply(())
    assert path == (0,) * (traders - needed) + (1,) * needed


def test_equilibria_of_n_traders_are_nobody_or_exactly_as_many_as_needed() -> None:
    for traders, needed in itertools.product((3, 4, 5), (2, 3)):
        found_here = coordination.pure_equilibria(traders, needed, 1.0, 5.0)
        sums = {sum(profile) for profile in found_here}
        assert sums == {0, needed}
        assert len(found_here) == 1 + math.comb(traders, needed)


@pytest.mark.parametrize(("traders", "noise"), [(2, 0.5), (5, 0.05), (10, 2.0)])
def test_the_threshold_of_a_noisy_rank_is_the_closed_form(traders: int, noise: float) -> None:
    """N - sigma E max of N standard normals, that mean taken from simulated samples."""
    largest = np.random.default_rng(0).standard_normal((200_000, traders)).max(axis=1)
    expected = traders - noise * float(largest.mean())
    error = noise * 4.0 * float(largest.std()) / math.sqrt(largest.size)
    assert coordination.rank_threshold(traders, noise) == pytest.approx(expected, abs=error)


def test_best_responses_from_everybody_come_to_rest_at_the_threshold() -> None:
    """Iterating "unwind above the signal at which unwinding pays", from a threshold far below."""
    threshold, path = -3.0, []
    for _ in range(60):
        low, high = -10.0, 20.0
        while high - low > 1e-7:
            middle = 0.5 * (low + high)
            pays = coordination.rank_gain(middle, threshold, 3, 0.5) >= 0.0
            low, high = (low, middle) if pays else (middle, high)
        threshold = high
        path.append(threshold)
    assert path == sorted(path)
    assert threshold == pytest.approx(coordination.rank_threshold(3, 0.5), abs=1e-3)


@pytest.mark.parametrize("penalty", [3.0, 8.0])
def test_beyond_the_largest_market_nobody_is_pivotal_often_enough(penalty: float) -> None:
    """The largest N of the table, from probabilities of being pivotal written out."""

    def best_chance(traders: int) -> float:
        needed = math.ceil(coordination.SHARE_NEEDED * traders - 1e-9)
        ways = math.comb(traders - 1, needed - 1)
        grid = np.linspace(0.0, 1.0, 4001)
        return float((ways * grid ** (needed - 1) * (1.0 - grid) ** (traders - needed)).max())

    table = coordination._mixed_table()
    largest = int(table["traders"][table["penalty"].index(penalty)])
    assert penalty * best_chance(largest) >= 1.0 - 1e-6
    assert all(penalty * best_chance(n) < 1.0 for n in range(largest + 1, largest + 12))


def test_v30_is_refuted_when_the_leader_keeps(monkeypatch: pytest.MonkeyPatch) -> None:
    assert found().verdict == "holds"
    monkeypatch.setattr(coordination, "in_turn", lambda *game: (0,) * game[0])
    assert found().verdict == "refuted"
