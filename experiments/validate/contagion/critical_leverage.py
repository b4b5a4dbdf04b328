"""The leverage beyond which selling one's own position eats all equity. C9.

A book whose volume at a relative distance y is proportional to y (a latent order book near its
price) is moved by I sqrt(q / Q) by a sale of q: square-root impact. Selling all of Q walks it down
level by level and brings on average

    1 - (2/3) I  per unit of price         so equity 1 / lambda is gone at  lambda_c = 3 / (2 I)

With margin m the sale leaves a deficit of max(0, (2/3) I - m) per unit of notional, which is what
ADL has to cover; by the mark, after the sale at 1 - I, equity is gone already at lambda = 1 / I.

Source: Caccioli, Bouchaud & Farmer, "A proposal for impact-adjusted valuation: critical leverage
and execution risk", arXiv:1204.0922 (2012). Latent book: Donier, Bonart, Mastromatteo & Bouchaud,
Quantitative Finance 15(7), 2015.
"""

import math

import numpy as np
from scipy import optimize

from abm.market.book import SQUARE_ROOT, mean_impact
from experiments.validate.claim import Claim, Finding, Measurement, Settings, every, judged

IMPACTS = (0.01, 0.02, 0.05, 0.10, 0.20)
"""I: impact of selling everything, as a share of the price [1]."""

CLOSE = 1e-8
"""Relative error of a walk down the levels that is taken for the limit."""

MARGINS = (0.005, 0.01, 0.02, 0.05)


def proceeds(impact: float, levels: int, quantity: float = 1.0) -> float:
    """What a quantity brings when sold down the levels of the book, at a price of 1 [money].

    Level i lies at distance (i + 1/2) impact / levels and holds a volume proportional to it, so
    that the first `levels` levels hold 1 in all.
    """
    distance = (np.arange(levels) + 0.5) * impact / levels
    volume = distance / distance.sum()
    before = np.cumsum(volume) - volume
    sold = np.clip(quantity - before, 0.0, volume)
    return float(np.sum(sold * (1.0 - distance)))


def critical(impact: float, levels: int) -> float:
    """Leverage at which the sale just repays the debt, by root finding on the walked book."""

    def left(leverage: float) -> float:
        return proceeds(impact, levels) - (1.0 - 1.0 / leverage)

    return float(optimize.brentq(left, 1.0, 1e6, xtol=1e-12, rtol=1e-15))


def run(settings: Settings, _rng: np.random.Generator) -> Finding:
    """C9: the critical leverage, the law of the impact, and the deficit of a margin."""
    levels = settings.pick(100_000, 1_000_000)
    keys = ("impact", "critical", "predicted", "by_mark", "engine")
    table: dict[str, list[float]] = {key: [] for key in keys}
    for impact in IMPACTS:
        engine = 1.0 / mean_impact(SQUARE_ROOT, impact, 0.0, 1.0)
        row = (impact, critical(impact, levels), 1.5 / impact, 1.0 / impact, engine)
        for key, value in zip(keys, row, strict=True):
            table[key].append(float(value))
    relative = np.abs(np.divide(table["critical"], table["predicted"]) - 1.0)
    ours = np.abs(np.divide(table["engine"], table["predicted"]) - 1.0)
    shares = (0.01, 0.04, 0.25, 1.0)
    depth = [1.0 - _last_price(0.1, levels, share) for share in shares]
    exponent = float(np.polyfit(np.log(shares), np.log(depth), 1)[0])
    deficits = max(
        abs(max(0.0, 1.0 - margin - proceeds(impact, levels)) - max(0.0, impact / 1.5 - margin))
        for impact in IMPACTS
        for margin in MARGINS
    )
    coarse = [abs(critical(0.05, n) / 30.0 - 1.0) for n in (10, 100)]
    order = math.log(coarse[0] / coarse[1]) / math.log(10.0)
    holds = (relative.max() < CLOSE, ours.max() < CLOSE, abs(exponent - 0.5) < 1e-3,
             deficits < CLOSE)  # fmt: skip
    return Finding(
        judged(every(*(bool(one) for one in holds))),
        f"Walking down {levels:,} levels gives 3 / (2 I) to {relative.max():.0e}, and so does the "
        "mean fill price of the venue's book in its square-root form (there I is a move of the "
        "log price). A mark after the sale calls the position bankrupt a third earlier, at 1 / I.",
        (
            *(
                Measurement(f"critical leverage at I = {impact:g}", predicted, measured)
                for impact, measured, predicted in zip(
                    IMPACTS, table["critical"], table["predicted"], strict=True
                )
            ),
            Measurement("exponent of the walked book's impact", 0.5, exponent),
            Measurement("largest error of the deficit max(0, 2I/3 - m)", 0.0, deficits),
            Measurement("order of the error in the number of levels", 2.0, order),
        ),
        {"critical_leverage": table},
    )


def _last_price(impact: float, levels: int, share: float) -> float:
    """Price of the level that a sale of a share of the book ends in."""
    distance = (np.arange(levels) + 0.5) * impact / levels
    volume = np.cumsum(distance) / distance.sum()
    return 1.0 - float(distance[int(np.searchsorted(volume, share - 1e-12))])


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "C9",
        "A position can be too large to sell",
        "[Caccioli2012], section 2",
        "Under square-root impact a liquidation that moves the price by I is filled at 1 - 2I/3 "
        "on average, so that beyond a leverage of 3 / (2 I) the sale leaves a deficit.",
        run,
    ),
)
