"""Tables of the benchmark, 80 columns wide."""

from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from experiments.bench.contagion import LEAST_RATIO, MOST_MS, NODES


def show(console: Console, section: str, found: Any) -> None:
    """Print one section."""
    if section == "engine":
        for scenario in dict.fromkeys(row["scenario"] for row in found):
            rows = [row for row in found if row["scenario"] == scenario]
            console.print(engine_table(scenario, rows))
    elif section == "queue":
        for path, rows in found.items():
            console.print(queue_table(path, rows))
    elif section == "designs":
        console.print(kernel_table(found["kernels"]))
        console.print(number_table("the catalog on random books", found["catalog"]))
    elif section == "contagion":
        for table in contagion_tables(found):
            console.print(table)
    else:
        console.print(number_table(section, found))


def engine_table(scenario: str, rows: list[dict[str, Any]]) -> Table:
    """Agent-steps per second, nanoseconds per agent-step, and ratios to plain Mesa."""
    table = Table(
        title=f"{scenario}: the same ticks of the same worlds",
        title_justify="left",
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
    )
    names = ("traders", "Mesa\nM/s", "step\nM/s", "batch\nM/s", "Mesa\nns", "step\nns")
    for name in (*names, "batch\nns", "step\nratio", "batch\nratio"):
        table.add_column(name, justify="right")
    for row in rows:
        rate, cost = row["agent_steps_per_s"], row["ns_per_agent_step"]
        table.add_row(
            f"{row['traders']:,}",
            *(f"{value / 1e6:.2f}" for value in rate.values()),
            *(f"{value:,.0f}" for value in cost.values()),
            f"{row['step_ratio']:.0f}x",
            f"{row['batch_ratio']:.0f}x",
        )
    return table


def queue_table(path: str, rows: list[dict[str, float]]) -> Table:
    """Nanoseconds per position."""
    table = Table(title=f"exact ranks, {path} [ns per position]", title_justify="left")
    for name in ("positions", "ours", "argsort\nfloat64", "argsort\nfloat32", "ratio\nfloat64"):
        table.add_column(name, justify="right")
    table.add_column("ratio\nfloat32", justify="right")
    for row in rows:
        table.add_row(
            f"{row['positions']:,}",
            f"{row['ns_ours']:.1f}",
            f"{row['ns_argsort_float64']:.1f}",
            f"{row['ns_argsort_float32']:.1f}",
            f"{row['ratio_float64']:.1f}x",
            f"{row['ratio_float32']:.1f}x",
        )
    return table


def kernel_table(rows: list[dict[str, Any]]) -> Table:
    """Nanoseconds per candidate of each rule and its reference, and their ratio."""
    table = Table(title="allocation on one book [ns per candidate]", title_justify="left")
    for name in ("rule", "budget /\ncapacity", "rule\nns", "reference", "reference\nns", "ratio"):
        table.add_column(name, justify="left" if name in ("rule", "reference") else "right")
    table.add_column("at\nmost", justify="right")
    for row in rows:
        table.add_row(
            row["rule"],
            f"{row['share']:g}",
            f"{row['ns']:.2f}",
            row["reference"],
            f"{row['ns_reference']:.2f}",
            f"{row['ratio']:.2f}",
            f"{row['most']:g}" if row["most"] else "",
        )
    return table


def contagion_tables(found: dict[str, float]) -> list[Table]:
    """One table per instrument; names are "instrument, nodes, case: quantity"."""
    cases: dict[str, dict[str, dict[str, float]]] = {}
    for name, value in found.items():
        case, quantity = name.split(": ")
        instrument, label = case.split(", ", 1)
        cases.setdefault(instrument, {}).setdefault(label, {})[quantity] = value
    tables = []
    for instrument, rows in cases.items():
        table = Table(
            title=instrument,
            title_justify="left",
            box=SIMPLE_HEAD,
            padding=(0, 1, 0, 0),
            caption=f"aims in place: {LEAST_RATIO:g}x, {MOST_MS:g} ms on {NODES:,} nodes",
            caption_justify="left",
        )
        table.add_column("network", no_wrap=True)
        for quantity in next(iter(rows.values())):
            head = quantity.replace(" [ms]", " ms").replace("networkx / ", "gain ")
            table.add_column(head.replace(" ", "\n"), justify="right")
        for label, numbers in rows.items():
            cells = (
                f"{value:.0f}x" if " / " in quantity else f"{value:,.{0 if value > 99 else 2}f}"
                for quantity, value in numbers.items()
            )
            table.add_row(label, *cells)
        tables.append(table)
    return tables


def number_table(section: str, found: dict[str, float]) -> Table:
    """Name and number."""
    table = Table(title=section, title_justify="left", show_header=False)
    table.add_column("quantity")
    table.add_column("value", justify="right")
    for name, value in found.items():
        table.add_row(name, f"{value:,.3f}")
    return table
