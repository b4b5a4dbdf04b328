"""What contagion adds: losses after per losses before, how far it reaches, chains of collateral.

    amplification   sum of losses at the end / sum of losses at the start
    reach           share of institutions that lose only because of others
    collateral      1 + (1 - γ) + .. + (1 - γ)^n -> 1 / γ: claims on one asset that is reused at
                    haircut γ, n times; they are called back together

Sources: Cont, Moussa, Santos, "Network structure and systemic risk in banking systems", in
Handbook on Systemic Risk (2013), for the ratio; Singh, "Velocity of pledged collateral", IMF WP
11/256 (2011), for the chain.
"""

import numpy as np

from abm.units import Floats


def amplification(loss_before: Floats, loss_after: Floats) -> float:
    """Sum of the losses after contagion per sum of those before [1]; NaN without a first loss.

    Args:
        loss_before: `[N]` direct losses, >= 0.
        loss_after: `[N]` losses at the end, in the same unit.
    """
    before = float(np.sum(loss_before))
    return float(np.sum(loss_after)) / before if before > 0.0 else float("nan")


def reach(loss_before: Floats, loss_after: Floats, smallest: float = 0.0) -> float:
    """Share of the institutions without a direct loss that lose in the end; NaN if all had one.

    Args:
        loss_before: `[N]` direct losses, >= 0.
        loss_after: `[N]` losses at the end.
        smallest: a loss counts if it is above.
    """
    bystanders = np.asarray(loss_before) <= 0.0
    if not bystanders.any():
        return float("nan")
    return float((np.asarray(loss_after)[bystanders] > smallest).mean())


def collateral_multiplier(haircut: float, reuses: int | None = None) -> float:
    """Sum over the chain of (1 - γ)^k: USD of claims per USD of collateral [1].

    Args:
        haircut: γ in (0, 1].
        reuses: n >= 0 how often it is passed on; None for ever.

    Raises:
        ValueError: the haircut is not in (0, 1], or the chain has a negative length.
    """
    if not 0.0 < haircut <= 1.0:
        raise ValueError(f"haircut is {haircut}: give a share in (0, 1]")
    if reuses is None:
        return 1.0 / haircut
    if reuses < 0:
        raise ValueError(f"reuses is {reuses}: give at least 0")
    return float((1.0 - (1.0 - haircut) ** (reuses + 1)) / haircut)
