"""experiments.bench: it measures what it says, fits 80 columns, and refuses unknown sections."""

import json
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from abm.engine.presets import PRESETS
from experiments.bench import SECTIONS, designs, engine, main, queue
from experiments.bench.clock import interleaved, median_ratio
from experiments.bench.report import engine_table, kernel_table, number_table, queue_table


def test_ratios_are_medians_of_rounds():
    assert median_ratio([2.0, 9.0, 4.0], [1.0, 1.0, 1.0]) == 4.0
    order = []
    times = interleaved(2, {n: lambda n=n: lambda: order.append(n) for n in ("a", "b")})
    assert order == ["a", "b", "a", "b"]
    assert {name: len(t) for name, t in times.items()} == {"a": 2, "b": 2}


@pytest.mark.compiled
def test_the_three_engines_are_measured_on_the_same_ticks():
    scenario = replace(PRESETS["benchmark"], traders=60)
    row = engine.measure_size(scenario, ticks=5, worlds=2, rounds=2)
    assert set(row["ns_per_agent_step"]) == {"plain Mesa", "MarketModel.step", "batch"}
    for name, cost in row["ns_per_agent_step"].items():
        assert cost * row["agent_steps_per_s"][name] == pytest.approx(1e9)
    assert row["batch_ratio"] > 0.0


@pytest.mark.compiled
def test_tables_fit_eighty_columns(capsys):
    console = Console(width=80)
    names = ("plain Mesa", "MarketModel.step", "batch")
    row = {
        "traders": 100_000,
        "agent_steps_per_s": dict.fromkeys(names, 123_456_789.0),
        "ns_per_agent_step": dict.fromkeys(names, 12_345.0),
        "step_ratio": 333.0,
        "batch_ratio": 333.0,
    }
    console.print(engine_table("benchmark", [row]))
    console.print(queue_table("AVX-512 off", [queue.measure_size(200, 2)]))
    console.print(kernel_table(designs.measure_kernels(4_000, 2)))
    console.print(number_table("memory", {"run_mib": 1_234.5}))
    text = capsys.readouterr().out
    assert max(len(line) for line in text.splitlines()) <= 80
    assert "\u2026" not in text


@pytest.mark.compiled
def test_rules_are_set_against_reading_and_sorting():
    luck = np.random.default_rng(0)
    for n in (0, 7, 8, 1_001):
        column = luck.random(n)
        assert designs.read(column) == pytest.approx(column.sum())
        assert designs.read_both(column, 2.0 * column) == pytest.approx(3.0 * column.sum())
    rows = designs.measure_kernels(4_000, 2)
    assert {row["rule"] for row in rows if row["most"]} == set(designs.MOST)
    for row in rows:
        assert row["ratio"] > 0.0
        assert row["reference"].startswith(("reading", "np.sum", "argsort"))


@pytest.mark.compiled
def test_the_catalog_plays_and_is_counted():
    found = designs.measure_catalog(20)
    assert found["rounds"] == 20 * found["designs"] > 1_000
    assert found["violations"] == 0.0


@pytest.mark.compiled
def test_numbers_are_written_as_json(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(SECTIONS, "overhead", lambda *, quick: {"quick": float(quick)})
    assert main(["overhead", "--quick", "--json", str(tmp_path / "speed.json")]) == 0
    found = json.loads((tmp_path / "speed.json").read_text())
    assert found["overhead"] == {"quick": 1.0}
    assert "machine" in found
    assert "speed.json" in capsys.readouterr().out


def test_an_unknown_section_is_refused():
    with pytest.raises(ValueError, match="no section 'engin'"):
        main(["engin"])
