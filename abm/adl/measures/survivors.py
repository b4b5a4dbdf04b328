"""The literature's ratios of what survives to what is owed, each under its own name.

    top survivor   m = max_i (w_i - x_i)+
    PTSR, paper    m / (theta D)                              one realisation of what E averages
    PMR, paper     m / (theta Delta)
    PTSR, code     m / (D - H)                                H = sum x
    PMR, code      m / (clip((D - H) / D, 0, 1) Delta)
    RD-NSE         m / (m + D - H)                            code only
    max_pct        max_i x_i / e_i over e_i > 0, at most 1

The code divides by the *remaining* deficit: it has no value when H >= D, and moves with theta the
other way than the theorems' object. RD-NSE exceeds 1 when H > D. Columns `[N]`, money in USD.
Sources: [Chitra2025] for the first two, their code (@aae0be8) for the others.
"""

import numpy as np

from abm.units import Floats

SMALLEST = 1e-12
"""A denominator at or below this does not exist, as in the authors' code."""


def ratio(numerator: float, denominator: float) -> float:
    """The quotient; NaN unless the denominator is above `SMALLEST`."""
    return float(numerator / denominator) if denominator > SMALLEST else float("nan")


def top_survivor(endowment_usd: Floats, taken_usd: Floats) -> float:
    """Largest endowment left [USD], at least 0; 0 without accounts."""
    left = np.maximum(endowment_usd - taken_usd, 0.0)
    return float(left.max()) if left.size else 0.0


def ptsr_paper(
    endowment_usd: Floats, taken_usd: Floats, severity: float, deficit_usd: float
) -> float:
    """Top survivor over what is socialised, theta D.

    Source: [Chitra2025], profitability-to-solvency ratio.
    """
    return ratio(top_survivor(endowment_usd, taken_usd), severity * deficit_usd)


def pmr_paper(
    endowment_usd: Floats, taken_usd: Floats, severity: float, largest_loss_usd: float
) -> float:
    """Top survivor over the socialised part of the largest loss, theta Delta.

    Source: [Chitra2025], profit-to-max-loss ratio.
    """
    return ratio(top_survivor(endowment_usd, taken_usd), severity * largest_loss_usd)


def ptsr_code(endowment_usd: Floats, taken_usd: Floats, deficit_usd: float) -> float:
    """Top survivor over the deficit that remains; NaN when nothing remains.

    Source: their code (@aae0be8).
    """
    return ratio(top_survivor(endowment_usd, taken_usd), deficit_usd - float(np.sum(taken_usd)))


def pmr_code(
    endowment_usd: Floats, taken_usd: Floats, deficit_usd: float, largest_loss_usd: float
) -> float:
    """Top survivor over the remaining share of the largest loss; NaN when nothing remains.

    Source: their code (@aae0be8).
    """
    if deficit_usd <= 0.0:
        return float("nan")
    left = float(np.clip((deficit_usd - float(np.sum(taken_usd))) / deficit_usd, 0.0, 1.0))
    return ratio(top_survivor(endowment_usd, taken_usd), left * largest_loss_usd)


def rd_nse(endowment_usd: Floats, taken_usd: Floats, deficit_usd: float) -> float:
    """Top survivor over itself and the deficit that remains; above 1 when too much was taken.

    Source: their code (@aae0be8), residual-deficit normalised survivor equity.
    """
    kept = top_survivor(endowment_usd, taken_usd)
    return ratio(kept, kept + deficit_usd - float(np.sum(taken_usd)))


def max_pct(taken_usd: Floats, equity_usd: Floats) -> float:
    """Largest share of equity taken, at most 1; 0 when nobody has equity.

    Source: their code (@aae0be8); an account without equity is left out there.
    """
    held = equity_usd > SMALLEST
    return min(1.0, float((taken_usd[held] / equity_usd[held]).max())) if held.any() else 0.0


def overcollateralisation(
    equity_usd: Floats, pnl_usd: Floats, trim: float = 0.03
) -> tuple[float, float]:
    """Equity per dollar of profit of the accounts in profit: trimmed mean and median.

    Args:
        equity_usd: at first appearance, `[N]`.
        pnl_usd: `[N]`; accounts with PNL <= 0 have no ratio.
        trim: share of the ratios left out at each end, in [0, 0.5).

    Returns:
        Both NaN when nobody is in profit.

    Raises:
        ValueError: `trim` is out of range.

    Source: their code (@aae0be8), 3 % trimmed.
    """
    if not 0.0 <= trim < 0.5:
        raise ValueError(f"trim is {trim}: give a share in [0, 0.5)")
    winners = pnl_usd > 0.0
    ratios = np.sort(equity_usd[winners] / pnl_usd[winners])
    if ratios.size == 0:
        return float("nan"), float("nan")
    cut = int(trim * ratios.size)
    return float(ratios[cut : ratios.size - cut].mean()), float(np.median(ratios))
