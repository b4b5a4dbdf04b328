"""One look for every figure: theme, identity of each design, words of each axis.

A design keeps one colour, one marker, one line style and one hatch over all figures of a study.
Colours are the seven of Okabe & Ito (2008) that stand out on white; they repeat, and the marker
(15, never the same for two neighbours in colour) tells repeated colours apart in greyscale too.
Widths are those of a two-column journal: 3.33 in and 7 in. Text is 6.5 to 8 pt at that width.
Fonts are embedded as TrueType (type 42), and files carry no dates: same data, same bytes.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator

from analysis.estimators import Floats
from analysis.load import Results

SPREAD = 15.0
"""Ratio of the farthest end to the middle value beyond which an axis is logarithmic [1]."""

DECADES = 4
"""Powers of ten that a logarithmic axis shows on one side of zero, at most."""

TINY = 1e-12
"""Below this a number is zero to a reader of a figure, whatever its unit."""

COLUMN_IN = 3.33
"""Width of one journal column [in]."""

TEXT_IN = 7.0
"""Width of the text block [in]."""

DPI = 300
"""Resolution of a PNG [dots per in]."""

INK = "#222222"
QUIET = "#8a8a8a"
PALE = "#e6e6e6"

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "p", "h", "d", "*", "8", "H")
LINES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)), (0, (8, 2)))
HATCHES = ("", "////", "....", "\\\\\\\\", "xxxx", "----", "++++", "oooo", "||||", "****")

DIMENSIONLESS = ("", "1", "-", "–", "share", "ratio", "fraction")
"""Units that an axis does not print."""

ABBREVIATIONS = {
    "adl": "ADL",
    "aster": "Aster",
    "aevo": "Aevo",
    "binance": "Binance",
    "bitget": "Bitget",
    "bitmex": "BitMEX",
    "bybit": "Bybit",
    "ccp": "CCP",
    "coin": "COIN",
    "coinbase": "Coinbase",
    "curie": "Curie",
    "cvar": "CVaR",
    "cvex": "CVEX",
    "dango": "Dango",
    "deribit": "Deribit",
    "drift": "Drift",
    "dydx": "dYdX",
    "ethereal": "Ethereal",
    "ftx": "FTX",
    "gains": "Gains",
    "gate": "Gate",
    "gmx": "GMX",
    "htx": "HTX",
    "hyperliquid": "Hyperliquid",
    "injective": "Injective",
    "jupiter": "Jupiter",
    "kraken": "Kraken",
    "kucoin": "KuCoin",
    "lighter": "Lighter",
    "mango": "Mango",
    "okx": "OKX",
    "paradex": "Paradex",
    "percolator": "Percolator",
    "perennial": "Perennial",
    "pnl": "PnL",
    "polymarket": "Polymarket",
    "rap": "RAP",
    "synthetix": "Synthetix",
    "usd": "USD",
    "vertex": "Vertex",
    "vmgh": "gains haircut",
    "whitebit": "WhiteBIT",
}
WORDS = {
    "adl_accounts": "accounts deleveraged",
    "adl_first_usd": "ADL on the first venue",
    "adl_notional_usd": "deleveraged notional",
    "adl_other_markets_usd": "ADL in the other markets",
    "adl_others_usd": "ADL on the other venues",
    "adl_rounds": "ADL rounds",
    "adl_to_liquidation": "deleveraged / liquidated notional",
    "adl_usd": "taken so far",
    "collateral_sold_usd": "collateral sold",
    "cut_share": "share of hedgers who cut the open leg",
    "deficit_before_adl_usd": "deficit before ADL",
    "deficit_first_usd": "deficit on the first venue",
    "deficit_others_usd": "deficit on the other venues",
    "deficit_usd": "cumulative deficit",
    "failed_venues": "venues that failed",
    "fees_usd": "fees",
    "first_failure_s": "first failure",
    "flow_hedger_usd": "hedgers’ net purchases",
    "fund_drawdown_usd": "fund drawdown",
    "fund_paid_usd": "paid by funds",
    "hedge": "hedge legs",
    "help_usd": "paid by others",
    "largest_burden": "largest burden",
    "largest_burden_bound": "min–max bound",
    "largest_burden_excess": "burden above bound",
    "left_traders": "traders who left",
    "liquidated_notional_usd": "liquidated notional",
    "loss": "loss borne",
    "lowest_collateral_value": "lowest value of collateral",
    "maker_capital": "makers’ capital",
    "mark_price": "mark price",
    "markout_usd": "markout",
    "min_price_ratio": "price trough",
    "min_price_ratio_others": "price trough, other venues",
    "payoff_arbitrageur_usd": "arbitrageurs’ payoff",
    "payoff_backstop_usd": "vaults’ payoff",
    "payoff_directional_usd": "directional traders’ payoff",
    "payoff_hedger_usd": "hedgers’ payoff",
    "payoff_maker_usd": "makers’ payoff",
    "protocol_bad_debt_usd": "protocols’ bad debt",
    "protocol_sold_usd": "collateral sold by protocols",
    "residual_deficit_usd": "residual deficit",
    "residual_first_usd": "residual deficit, first venue",
    "residual_others_usd": "residual deficit, other venues",
    "residual_share": "residual share of deficit",
    "retained_value_beta2": "retained value (β = 2)",
    "retained_value_beta5": "retained value (β = 5)",
    "retained_value_beta8": "retained value (β = 8)",
    "taken_gini": "Gini of what is taken",
    "taken_top1_share": "share of the top 1 %",
    "taken_usd": "taken",
    "vault_lowest_price": "lowest price of a vault share",
    "vault_taken_usd": "taken over by vaults",
    "vault_token": "vault tokens",
    "vault_withdrawn_usd": "withdrawn from vaults",
}
LEVERS = {
    "price.correlation": "correlation of shocks between markets",
    "shocks.share": "flow sold / depth of the collateral\u2019s book",
}
"""Words of levers whose column alone does not say what they are, by the end of their path."""


@dataclass(frozen=True)
class Look:
    """How one design is drawn wherever it appears."""

    colour: str
    marker: str
    line: str | tuple[int, tuple[int, ...]]
    hatch: str


ROLES = {
    "directional": Look("#4477AA", "o", "-", ""),
    "hedger": Look("#EE7733", "s", "--", "////"),
    "maker": Look("#66666A", "^", ":", "...."),
    "arbitrageur": Look("#AA3377", "D", "-.", "xxxx"),
}
"""How each role of trader is drawn."""

LAYERS = {
    "hedge": "#0072B2",
    "maker_capital": "#E69F00",
    "vault_token": "#009E73",
    "commitment": "#CC79A7",
    "arbitrage": "#56B4E9",
    "fund": "#8a8a8a",
    "backstop": "#222222",
    "paid": "#882255",
    "loss": "#D55E00",
}
"""Colour of each kind of link between nodes."""


def looks(designs: Sequence[str]) -> dict[str, Look]:
    """Colour, marker, line style and hatch of each design, by its place in the study.

    Colours repeat after 7 and markers after 15, so up to 105 designs differ in one of the two.
    """
    return {
        design: Look(
            colour=COLOURS[i % len(COLOURS)],
            marker=MARKERS[i % len(MARKERS)],
            line=LINES[(i + i // len(COLOURS)) % len(LINES)],
            hatch=HATCHES[i % len(HATCHES)],
        )
        for i, design in enumerate(designs)
    }


@contextmanager
def theme() -> Iterator[None]:
    """The settings under which every figure is drawn and saved; restored on exit."""
    rc: dict[str, object] = dict(sns.axes_style("ticks"))
    rc |= {
        "axes.axisbelow": True,
        "axes.edgecolor": INK,
        "axes.grid": True,
        "axes.grid.axis": "x",
        "axes.labelcolor": INK,
        "axes.labelpad": 2.5,
        "axes.labelsize": 7.5,
        "axes.linewidth": 0.6,
        "axes.spines.right": False,
        "axes.spines.top": False,
        "axes.titlelocation": "left",
        "axes.titlepad": 5.0,
        "axes.titlesize": 8.0,
        "axes.titleweight": "bold",
        "figure.constrained_layout.h_pad": 0.03,
        "figure.constrained_layout.w_pad": 0.03,
        "font.family": ["DejaVu Sans"],
        "font.size": 7.5,
        "grid.color": PALE,
        "grid.linewidth": 0.5,
        "legend.fontsize": 7.0,
        "legend.frameon": False,
        "legend.handletextpad": 0.5,
        "legend.title_fontsize": 7.0,
        "lines.linewidth": 1.1,
        "lines.markersize": 4.0,
        "path.simplify": True,
        "pdf.fonttype": 42,
        "ps.fonttype": 42,
        "svg.hashsalt": "adlab",
        "text.color": INK,
        "xtick.color": INK,
        "xtick.labelsize": 7.0,
        "xtick.major.size": 2.5,
        "xtick.major.width": 0.6,
        "ytick.color": INK,
        "ytick.labelsize": 7.0,
        "ytick.major.size": 0.0,
        "ytick.major.width": 0.6,
    }
    with mpl.rc_context(rc):  # type: ignore[arg-type]
        yield


def canvas(width_in: float, height_in: float) -> Figure:
    """An empty figure of a given size, drawn without a window system."""
    figure = Figure(figsize=(width_in, height_in), dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def save(figure: Figure, stem: Path) -> list[Path]:
    """Write `stem`.pdf and `stem`.png without dates; the same figure gives the same bytes."""
    stem.parent.mkdir(parents=True, exist_ok=True)
    written = [stem.parent / f"{stem.name}.pdf", stem.parent / f"{stem.name}.png"]
    dateless = (
        {"Creator": None, "Producer": None, "CreationDate": None},
        {"Software": None},
    )
    with theme():
        for path, metadata in zip(written, dateless, strict=True):
            figure.savefig(path, dpi=DPI, metadata=metadata)
    return written


def words(column: str) -> str:
    """A column's name in a reader's words; columns without an entry lose underscores and unit."""
    return WORDS.get(column, column.removesuffix("_usd").replace("_", " "))


def lever_words(results: Results, column: str) -> str:
    """A lever's name in a reader's words; its path in the scenario decides when it is known."""
    entries = results.provenance.get("levers")
    for entry in entries if isinstance(entries, list) else []:
        if entry["column"] == column:
            names = [name for name in entry["path"].split(".") if name.isidentifier()]
            return LEVERS.get(".".join(names[-2:]), words(column))
    return words(column)


def axis_label(results: Results, column: str, prefix: str = "") -> str:
    """Axis label: words and the unit of the data dictionary; dimensionless columns show none.

    Raises:
        ResultsError: when the dictionary does not know the column.
    """
    unit = results.unit(column)
    text = f"{prefix} {words(column)}".strip()
    text = text[0].upper() + text[1:]
    return text if unit in DIMENSIONLESS else f"{text} [{unit}]"


def design_label(design: str) -> str:
    """A design's id as printed: underscores become spaces, a module path loses its module."""
    name = design.rsplit(":", 1)[-1]
    return " ".join(ABBREVIATIONS.get(word, word) for word in name.split("_"))


def short_number(value: float, _position: object = None) -> str:
    """A tick's number with k, M, B; minus signs are real minus signs."""
    size = abs(value)
    if 0.0 < size < 1e-3:
        return f"{value:.0e}".replace("e-0", "e-").replace("-", "\u2212")
    scale, letter = next(
        (
            (scale, letter)
            for scale, letter in ((1e9, "B"), (1e6, "M"), (1e3, "k"))
            if size >= scale
        ),
        (1.0, ""),
    )
    return f"{value / scale:.4g}{letter}".replace("-", "\u2212")


def plain_ticks(axes: Axes, axis: str = "x", count: int = 5) -> None:
    """At most `count` round ticks with short numbers on a linear axis."""
    chosen = axes.xaxis if axis == "x" else axes.yaxis
    chosen.set_major_locator(MaxNLocator(count, steps=[1, 2, 2.5, 5, 10]))
    chosen.set_major_formatter(FuncFormatter(short_number))


def spread_scale(
    axes: Axes,
    values: Iterable[float],
    ends: Iterable[float] = (),
    axis: str = "x",
    count: int = 5,
) -> None:
    """Linear scale, or symmetric-logarithmic when tails would squeeze the rest into a point.

    Args:
        axes: the panel.
        values: what is drawn there: medians or means.
        ends: ends of their intervals or bands.
        axis: "x" or "y".
        count: ticks of a linear scale, at most.
    """
    drawn, reach = _sizes(values), _sizes([*values, *ends])
    if reach.size == 0:
        axes.set(**{f"{axis}ticks": [0.0], f"{axis}ticklabels": ["0"]})
        return
    top = float(reach.max())
    middle = float(np.median(drawn)) if drawn.size else top
    if top <= SPREAD * middle:
        plain_ticks(axes, axis, count)
        return
    highest = math.floor(math.log10(top))
    lowest = max(math.floor(math.log10(middle)), highest - DECADES)
    linear = 10.0**lowest
    low, high = (_padded(end, linear) for end in _range([*values, *ends]))
    powers = [10.0**k for k in range(highest, lowest - 1, -2 if highest - lowest > 2 else -1)]
    ticks = [t for t in (*(-p for p in powers), 0.0, *reversed(powers)) if low <= t <= high]
    (axes.set_xscale if axis == "x" else axes.set_yscale)("symlog", linthresh=linear, linscale=0.7)
    (axes.xaxis if axis == "x" else axes.yaxis).set_minor_locator(NullLocator())
    labels = [short_number(tick) for tick in ticks]
    axes.set(**{f"{axis}ticks": ticks, f"{axis}ticklabels": labels, f"{axis}lim": (low, high)})


def _range(values: Iterable[float]) -> tuple[float, float]:
    """Smallest and largest of what is known, zero included."""
    known = [value for value in values if math.isfinite(value)]
    return min(*known, 0.0), max(*known, 0.0)


def _padded(end: float, linear: float) -> float:
    """An end of the axis a little beyond an end of the data."""
    return end * 1.7 if abs(end) > linear else end + math.copysign(0.25 * linear, end or -1.0)


def _sizes(values: Iterable[float]) -> Floats:
    """Magnitudes of what is known and not zero."""
    sizes = np.abs(np.asarray(list(values), dtype=np.float64))
    return np.asarray(sizes[np.isfinite(sizes) & (sizes > TINY)])


def scaled_ticks(axes: Axes, unit: float) -> None:
    """Ticks of the horizontal axis at round multiples of `unit`, printed in that unit."""
    low, high = axes.get_xlim()
    steps = [1, 1.5, 3, 6, 10] if unit == 60.0 else [1, 2, 2.5, 5, 10]
    ticks = MaxNLocator(5, steps=steps).tick_values(low / unit, high / unit)
    shown = [tick for tick in ticks if low <= tick * unit <= high]
    axes.set_xticks([tick * unit for tick in shown], [short_number(tick) for tick in shown])
