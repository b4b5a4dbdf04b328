"""The network: which venue failed first, and where the loss ended.

    above    classes of traders        (a) before: links at the first recorded time
    middle   venues, first to fail on the left   (b) after: losses borne by the last one
    below    house accounts            an arrow points to who bears the loss; its width is its USD

A circle's area is the venue's open interest (never smaller than its number needs), its number the
order in which it failed, its shade the time: black fails first, white never. Of several runs the
amounts are means, the times medians and the shares means over runs with a loss.
"""

import itertools
import textwrap
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import ArrowStyle, FancyArrowPatch
from matplotlib.patheffects import withStroke

from analysis import marks, style
from analysis.load import Results
from analysis.network import HOUSE, TRADER, VENUE, Edge, Network, Node, Snapshot, network_of
from analysis.slices import DESIGN, cut, highlighted_design

SHOWS = (DESIGN,)
REQUIRES = {
    "venues": ("venue", "open_interest_usd", "first_failure_s"),
    "links": ("time_s", "source", "target", "layer", "usd"),
}
FEW = 5
"""Up to so many nodes of a row fit into one column."""

PANEL_IN = 2.0
"""Height of a panel [in]."""

CIRCLE_PT = (15.0, 33.0)
"""Smallest and largest diameter of a venue's circle [pt]."""

MARK_PT = 6.0
"""Size of the other nodes' marks [pt]."""

ARROW_PT = (0.5, 5.0)
"""Smallest and largest width of an arrow [pt]."""

ARC_IN = (0.2, 0.14)
"""Height of an arc between venues [in]: of any, and of the longest in addition."""

TEXT_PT = 6.5
LETTER_EM = 0.58
"""Width of a letter as part of the text's size, a little above the mean [1]."""

SHORTEST = 8
"""Letters of the shortest text below a node: a time, or a share."""

LEVEL_PT = 16.0
"""How much farther the second level of names is [pt]."""

BY_KIND = {TRADER: ("s", "class of traders"), HOUSE: ("D", "house account")}
NAMES = {
    "fund": "insurance funds",
    "pool": "pools",
    "vault": "vaults",
    "directional": "directional traders",
}
"""Nodes whose name in the tables is not what a reader calls them."""


def draw(results: Results) -> Figure:
    """Draw the figure (see the module's docstring).

    Raises:
        ResultsError: when a required column is missing.
    """
    results.require(REQUIRES, "network of venues")
    design = highlighted_design(results, cut(results, SHOWS))
    network = network_of(*(cut(results, SHOWS, table).of(design) for table in REQUIRES))
    venues = _row(network, VENUE)
    narrow = max(len(_row(network, kind)) for kind in (VENUE, TRADER, HOUSE)) <= FEW
    width = style.COLUMN_IN if narrow else style.TEXT_IN
    diameters = _diameters(venues, width)
    with style.theme():
        title = textwrap.fill(finding(network), 50 if narrow else 110)
        figure = style.canvas(width, 2 * PANEL_IN + (2.1 if narrow else 1.0))
        figure.suptitle(title, x=0.005, ha="left", fontsize=8.0, fontweight="bold")
        panels = figure.subplots(2, 1)
        for axes, snapshot in zip(panels, (network.before, network.after), strict=True):
            _frame(axes, network)
            _arrows(axes, network, snapshot, diameters)
            _venues(axes, network, diameters, after=snapshot is network.after)
            for kind in BY_KIND:
                _others(axes, network, snapshot, kind)
            rule = design if DESIGN in results.levers else ""
            heading = textwrap.fill(_heading(network, snapshot, rule), 58 if narrow else 130)
            axes.set_title(heading, fontweight="normal", fontsize=7.5)
        marks.legend_below(figure, _legend(network, venues), most=2 if narrow else 5)
    return figure


def finding(network: Network) -> str:
    """What was found, as one sentence."""
    firsts = [node for node in _row(network, VENUE) if node.place == 1]
    sentence = "No venue failed"
    if firsts:
        names = " and ".join(style.design_label(node.name) for node in firsts[:2])
        names += f" and {len(firsts) - 2} more" if len(firsts) > 2 else ""
        count = network.first.get(firsts[0].name, 0)
        of = f"all {count}" if count == network.runs else f"{count} of {network.runs}"
        alone = network.runs > 1 and len(firsts) == 1
        sentence = f"{names} failed first" + (f", in {of} runs" if alone else "")
    elif network.first:
        sentence = "No venue failed in half of the runs"
    if not network.bearers:
        return sentence
    largest = network.bearers[0]
    return f"{sentence}; {_percent(largest.loss_share)} of the loss ended with {label(largest)}"


def label(node: Node) -> str:
    """A node's name in a reader's words."""
    name = NAMES.get(node.name, style.design_label(node.name))
    return f"the {name}" if node.kind == HOUSE and name == node.name else name


def _row(network: Network, kind: str) -> list[Node]:
    """The nodes of one kind, from left to right."""
    return [node for node in network.nodes.values() if node.kind == kind]


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.01 else "<1 %"


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 60.0 else f"{seconds:.0f} s"


def _heading(network: Network, snapshot: Snapshot, design: str) -> str:
    """Title of a panel: when, what, and how much the widest arrow is."""
    after = snapshot is network.after
    what = "(a) Before: who would bear whose loss"
    if after:
        shown = "who bore the loss" if network.shows_losses else "links left"
        under = f" under {style.design_label(design)}" if design else ""
        what = f"(b) After {_minutes(snapshot.time_s)}{under}: {shown}"
    if not snapshot.edges:
        return f"{what}; no links"
    widest = style.short_number(float(f"{snapshot.edges[0].usd:.2g}"))  # of this panel
    hidden = f"; {snapshot.left_out} smaller links not drawn" if snapshot.left_out else ""
    return f"{what} (widest arrow {widest} USD{hidden})"


def _frame(axes: Axes, network: Network) -> None:
    """Room for the nodes, and for the lines of text above and below."""
    axes.set_axis_off()
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_xlim(-0.62, len(_row(network, VENUE)) - 0.38)
    lines = [
        2 + max((n.count("\n") for n in _names(axes, network, kind)), default=0)
        for kind in (HOUSE, TRADER)
    ]
    axes.set_ylim(-1.12 - 0.2 * lines[0], 1.12 + 0.2 * lines[1])


def _diameters(venues: Sequence[Node], width_in: float) -> dict[str, float]:
    """Diameter of each venue's circle [pt]: area by open interest, at most a step wide."""
    smallest, largest = CIRCLE_PT
    largest = max(smallest, min(largest, 0.8 * 72.0 * width_in / (len(venues) + 0.24)))
    interest = np.array([node.open_interest_usd for node in venues])
    top = np.nanmax(interest, initial=0.0)
    parts = np.nan_to_num(interest / top) if top > 0.0 else np.zeros(len(venues))
    sizes = np.maximum(smallest, largest * np.sqrt(parts))
    return {node.name: float(size) for node, size in zip(venues, sizes, strict=True)}


def _arrows(axes: Axes, network: Network, snapshot: Snapshot, diameters: dict[str, float]) -> None:
    """Every link, the widest at the bottom."""
    if not snapshot.edges:
        return
    widest = _widest(network, snapshot)
    order = list(style.LAYERS)
    step_in = _step_in(axes, len(diameters))
    for edge in snapshot.edges:
        width = max(ARROW_PT[0], ARROW_PT[1] * edge.usd / widest)
        head = max(3.2, 1.5 * width + 1.5)
        source, target = network.nodes[edge.source], network.nodes[edge.target]
        rank = order.index(edge.layer) if edge.layer in order else len(order)
        axes.add_patch(
            FancyArrowPatch(
                (source.x, source.y),
                (target.x, target.y),
                connectionstyle=f"arc3,rad={_bend(source, target, rank, step_in):.4f}",
                arrowstyle=ArrowStyle.Simple(head_length=head, head_width=head, tail_width=width),
                mutation_scale=1.0,
                shrinkA=diameters.get(edge.source, MARK_PT) / 2,
                shrinkB=diameters.get(edge.target, MARK_PT) / 2 + 1.0,
                color=_colour(edge),
                alpha=0.8,
                linewidth=0,
                zorder=2,
            )
        )


def _step_in(axes: Axes, nodes: int) -> float:
    """Distance of two neighbours in a row of so many nodes [in]."""
    return float(axes.figure.get_figwidth()) / (nodes + 0.24)  # type: ignore[union-attr]


def _widest(network: Network, snapshot: Snapshot) -> float:
    """The amount with the widest arrow [USD]: links before and after share one scale."""
    alike = network.before if not network.shows_losses else snapshot
    return max(edge.usd for edge in (*snapshot.edges, *alike.edges))


def _bend(source: Node, target: Node, rank: int, step_in: float) -> float:
    """Curvature: arcs above the row to the right, below it to the left; a little by layer else."""
    if source.y != target.y:
        return 0.05 * (rank % 3 - 1)
    span_in = abs(target.x - source.x) * step_in
    height_in = ARC_IN[0] + ARC_IN[1] * min(span_in / style.TEXT_IN, 1.0) + 0.02 * rank
    return -min(2.0 * height_in / max(span_in, 1e-9), 0.8)


def _colour(edge: Edge) -> str:
    return style.LAYERS.get(edge.layer, style.QUIET)


def _venues(axes: Axes, network: Network, diameters: dict[str, float], *, after: bool) -> None:
    """Circles with the order of failure, names and times below."""
    shades, venues = _shades(network), _row(network, VENUE)
    names = [style.design_label(node.name) for node in venues]
    lower = LEVEL_PT if _touch(axes, names) else 0.0
    for at, (node, name) in enumerate(zip(venues, names, strict=True)):
        shade = shades[node.name] if after else 1.0
        size = diameters[node.name]
        axes.scatter(
            node.x,
            node.y,
            s=size**2,
            c=[str(shade)],
            edgecolors=style.INK,
            linewidths=0.9,
            zorder=4,
        )
        lines = [name]
        if after and node.place:
            ink = "white" if shade < 0.5 else style.INK
            _number(axes, node, ink)
            lines.append(_minutes(node.failed_s))
        if after and node.loss_share > 0.0:
            lines.append(f"bore {_percent(node.loss_share)}")
        _text(axes, node, lines, -(size / 2 + 1.5 + lower * (at % 2)))


def _others(axes: Axes, network: Network, snapshot: Snapshot, kind: str) -> None:
    """Marks and names of traders or houses, pale where no arrow ends."""
    linked = {name for edge in snapshot.edges for name in (edge.source, edge.target)}
    nodes = _row(network, kind)
    names = _names(axes, network, kind)
    away = 1.0 if kind == TRADER else -1.0
    for node, name in zip(nodes, names, strict=True):
        ink = style.INK if node.name in linked else style.QUIET
        marker = BY_KIND[kind][0]
        axes.plot(node.x, node.y, marker, color=ink, markersize=MARK_PT, zorder=4)
        lines = [name]
        if snapshot is network.after and node.loss_share > 0.0:
            lines.append(f"bore {_percent(node.loss_share)}")
        _text(axes, node, lines, away * MARK_PT, ink)


def _names(axes: Axes, network: Network, kind: str) -> list[str]:
    """Names of traders or houses, a word per line where they would touch."""
    names = [label(node).removeprefix("the ") for node in _row(network, kind)]
    return [name.replace(" ", "\n") for name in names] if _touch(axes, names) else names


def _touch(axes: Axes, names: Sequence[str]) -> bool:
    """Whether two neighbours' names would touch on one line."""
    lengths = [max(len(name), SHORTEST) for name in names]
    longest = max((sum(pair) / 2 for pair in itertools.pairwise(lengths)), default=0.0)
    return longest * LETTER_EM * TEXT_PT / 72.0 > _step_in(axes, len(names))


def _shades(network: Network) -> dict[str, float]:
    """Grey of each venue: 0.1 for the first to fail, 0.75 for the last, white for never."""
    failed = [node.failed_s for node in _row(network, VENUE) if node.place]
    first, last = min(failed, default=0.0), max(failed, default=0.0)
    span = max(last - first, 1e-9)
    return {
        node.name: 0.1 + 0.65 * (node.failed_s - first) / span if node.place else 1.0
        for node in _row(network, VENUE)
    }


def _text(
    axes: Axes, node: Node, lines: Sequence[str], offset_pt: float, ink: str = style.INK
) -> None:
    """Lines above (offset > 0) or below a node, readable across arrows."""
    axes.annotate(
        "\n".join(lines),
        (node.x, node.y),
        xytext=(0.0, offset_pt),
        textcoords="offset points",
        ha="center",
        va="bottom" if offset_pt > 0.0 else "top",
        fontsize=TEXT_PT,
        color=ink,
        linespacing=1.05,
        path_effects=[withStroke(linewidth=1.8, foreground="white")],
        zorder=6,
    )


def _number(axes: Axes, node: Node, ink: str) -> None:
    """The order of failure inside a circle."""
    axes.text(
        node.x,
        node.y,
        ordinal(node.place),
        ha="center",
        va="center_baseline",
        fontsize=6.0,
        color=ink,
        zorder=5,
    )


def ordinal(place: int) -> str:
    """1 -> 1st, 2 -> 2nd, 11 -> 11th."""
    ending = {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")
    return f"{place}{'th' if place % 100 in (11, 12, 13) else ending}"


def _legend(network: Network, venues: Sequence[Node]) -> list[Line2D]:
    drawn = {edge.layer for shot in (network.before, network.after) for edge in shot.edges}
    known = [layer for layer in style.LAYERS if layer in drawn]
    colours = {layer: style.LAYERS.get(layer, style.QUIET) for layer in [*known, *sorted(drawn)]}
    handles = [
        Line2D([], [], color=colour, linewidth=2.5, label=style.words(layer))
        for layer, colour in colours.items()
    ]
    kinds = {node.kind for node in network.nodes.values()}
    handles += [marks.key(name, mark) for kind, (mark, name) in BY_KIND.items() if kind in kinds]
    top = max(node.open_interest_usd for node in venues)
    size = style.short_number(float(f"{top:.2g}"))
    handles.append(marks.key(f"open interest, at most {size} USD", "o", filled=False))
    if any(node.place for node in venues):
        handles.append(marks.key("darker: failed sooner", "o", colour="0.35"))
    return handles
