"""Calibration targets: closed forms, loops over an invented table, what the intervals cover."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from abm.adl.measures.concentration import gini, top_count_share
from experiments.validate.oct10.accounts import COLUMNS, find_accounts, read_accounts
from experiments.validate.oct10.ex_ante import impact_exponent
from experiments.validate.oct10.moments import (
    account_moments,
    hill,
    moments,
    quantile,
    spearman,
    typed_moments,
)
from tests.experiments.validate.oct10_episode import write_episode


@pytest.fixture
def episode(tmp_path: Path) -> Path:
    return write_episode(tmp_path / "data" / "oss_adl")


def accounts(count: int = 400, seed: int = 3) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    notional = rng.pareto(0.9, count) + 1.0
    columns = {
        "adl_notional": notional,
        "closed_pnl": notional * rng.uniform(-0.2, 1.0, count),
        "account_value_realtime": notional * rng.uniform(-0.1, 4.0, count),
        "leverage_realtime": rng.lognormal(0.0, 1.0, count),
        "pnl_percent": rng.uniform(0.0, 200.0, count),
    }
    return pd.DataFrame({"user": [f"u{i}" for i in range(count)], **columns})


def test_gini_of_equals_of_one_owner_and_by_differences() -> None:
    assert gini(np.full(7, 3.0)) == pytest.approx(0.0)
    assert gini(np.array([1e-12] * 9 + [1.0])) == pytest.approx(0.9)
    values = [1.0, 4.0, 2.5, 9.0, 0.5]
    apart = sum(abs(a - b) for a in values for b in values)
    assert gini(np.array(values)) == pytest.approx(apart / (2 * len(values) * sum(values)))


def test_hill_of_exact_pareto_quantiles_is_its_index() -> None:
    ranks = np.arange(1, 20_001)
    assert hill((ranks / 20_001.0) ** (-1.0 / 1.3), 2000).value == pytest.approx(1.3, rel=2e-3)


def test_hill_by_hand_and_needs_enough_values() -> None:
    found = hill(np.array([8.0, 1.0, 2.0, 4.0]), 2)
    assert found.value == pytest.approx(2.0 / (math.log(4.0) + math.log(2.0)))
    with pytest.raises(ValueError, match=r"index of 4 needs more values than that, not 4"):
        hill(np.arange(1.0, 5.0), 4)


def test_hill_interval_covers_the_index_nineteen_times_in_twenty() -> None:
    rng = np.random.default_rng(1)
    runs = 600
    found = [hill(rng.pareto(0.8, 1000) + 1.0, 100) for _ in range(runs)]
    covered = sum(one.low <= 0.8 <= one.high for one in found) / runs
    assert abs(covered - 0.95) < 4.0 * math.sqrt(0.95 * 0.05 / runs)


def test_top_share_and_rank_correlation() -> None:
    assert top_count_share(np.array([1.0, 5.0, 2.0, 2.0]), 2) == pytest.approx(0.7)
    assert spearman(np.array([[1.0, 10.0], [2.0, 5.0], [3.0, 1.0]])) == pytest.approx(-1.0)
    tied = np.array([[1.0, 1.0], [1.0, 2.0], [2.0, 3.0]])
    assert spearman(tied) == pytest.approx(np.corrcoef([1.5, 1.5, 3.0], [1, 2, 3])[0, 1])


def test_moments_of_a_table_by_loops() -> None:
    table = accounts()
    found = account_moments(table)
    cash = sorted((v for v in table["account_value_realtime"] if v > 0.0), reverse=True)
    assert found["cash_top_10"].value == pytest.approx(sum(cash[:10]) / sum(cash))
    percent = math.ceil(len(cash) / 100)
    assert found["cash_top_percent"].value == pytest.approx(sum(cash[:percent]) / sum(cash))
    logs = sum(math.log(v / cash[100]) for v in cash[:100])
    assert found["cash_hill_100"].value == pytest.approx(100 / logs)
    leverage = sorted(table["leverage_realtime"])
    assert found["leverage_p50"].value == pytest.approx((leverage[199] + leverage[200]) / 2)
    assert found["notional_p90"].unit == "USD"
    assert found["leverage_p90"].unit == "1"
    assert "notional_hill_500" not in found


def test_intervals_hold_their_value_and_sums_have_none() -> None:
    found = account_moments(accounts())
    for name, one in found.items():
        if "gini" in name or "top" in name:
            assert math.isnan(one.low), name
        else:
            assert one.low <= one.value <= one.high, name
            assert one.low < one.high, name


def test_quantile_interval_covers_nineteen_times_in_twenty() -> None:
    rng = np.random.default_rng(2)
    found = [quantile(rng.uniform(0.0, 200.0, 200), 0.9, "%") for _ in range(1000)]
    covered = sum(one.low <= 180.0 <= one.high for one in found) / 1000
    assert 0.94 < covered < 0.98


def test_without_the_table_its_moments_are_typed_and_say_so(episode: Path) -> None:
    found = moments(episode)
    assert found["notional_gini"].origin == "published"
    assert found["traded_again_60s"].origin == "data"
    assert found["traded_again_60s"].value == pytest.approx(3 / 6)
    assert found["adl_duration"].value == pytest.approx(88.0)
    assert found["largest_cluster_of_profit"].value == pytest.approx(650.0 / 1950.0)
    assert found["largest_wave_of_fills"].value == pytest.approx(50.0 / 120.0)


@pytest.mark.parametrize("place", ["", "oss_adl", "HyperMulti", "HyperReplay/data/canonical"])
def test_the_table_is_found_beside_the_release_and_in_a_clone(episode: Path, place: str) -> None:
    data = episode.parent
    file = data / place / "adl_by_user_REALTIME.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    accounts().to_csv(file, index=False)
    assert find_accounts(data) == file
    found = moments(data)
    assert found["notional_gini"].origin == "data"
    assert found["notional_gini"].value == pytest.approx(
        gini(accounts()["adl_notional"].to_numpy())
    )


def test_both_ways_give_moments_of_the_same_names_and_units() -> None:
    typed, computed = typed_moments(), account_moments(accounts(1500))
    assert set(typed) <= set(computed)
    assert {name: one.unit for name, one in typed.items()} == {
        name: computed[name].unit for name in typed
    }


@pytest.mark.parametrize("column", COLUMNS)
def test_a_table_with_a_broken_column_names_it(tmp_path: Path, column: str) -> None:
    file = tmp_path / "adl_by_user_REALTIME.csv"
    accounts().drop(columns=column).to_csv(file, index=False)
    with pytest.raises(ValueError, match=rf"REALTIME\.csv has no column '{column}'; put adl_by"):
        read_accounts(file)
    accounts().assign(**{column: "x"}).to_csv(file, index=False)
    with pytest.raises(ValueError, match=rf"REALTIME\.csv:2: column '{column}' has no number"):
        read_accounts(file)


@pytest.mark.parametrize("exponent", [0.0, 0.5, 1.0])
def test_the_exponent_of_impact_is_found_within_coins(exponent: float) -> None:
    """Levels differ between coins by decades and must not matter."""
    rng = np.random.default_rng(5)
    coin = np.repeat(np.arange(60), 6)
    contracts = rng.lognormal(0.0, 1.5, coin.size) * 10.0 ** (coin % 7)
    gap = 10.0 ** -(coin % 7) * contracts**exponent * rng.lognormal(0.0, 0.3, coin.size)
    frame = pd.DataFrame({"coin": coin, "gap_per_contract_usd": gap, "qty_contracts": contracts})
    value, low, high = impact_exponent(frame)
    assert low < exponent < high
    assert value == pytest.approx(exponent, abs=0.05)


def test_the_exponent_is_unknown_without_a_coin_in_two_waves() -> None:
    frame = pd.DataFrame(
        {"coin": ["A", "B", "B"], "gap_per_contract_usd": [1.0, 2.0, 0.0], "qty_contracts": 1.0}
    )
    assert all(math.isnan(one) for one in impact_exponent(frame))


@pytest.mark.data
def test_moments_of_the_record(data_dir: Path) -> None:
    """Theory dossier, section 5.4, reactivity."""
    found = moments(data_dir)
    assert round(100 * found["traded_again_ever"].value, 1) == 12.3
    assert round(100 * found["traded_again_300s"].value, 1) == 6.7
    assert round(100 * found["traded_again_60s"].value, 1) == 3.8
    assert round(found["traded_again_latency_p50"].value) == 297
    assert round(100 * found["undo_mean_300s"].value, 1) == 3.7
    assert found["adl_duration"].value / 60.0 == pytest.approx(10.88, abs=0.005)
    assert round(found["adl_over_liquidations"].value, 3) == 0.382
