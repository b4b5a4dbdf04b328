"""The checkable claims of the two papers on auto-deleveraging, V1 to V33, as experiments.

Each module ends with its tuple `CLAIMS`; here they are in the order of their numbers.
Sources: [Chitra2025] = arXiv:2512.01112 (corrected), [Chitra2026] = arXiv:2602.15182.
"""

from experiments.validate.claim import Claim
from experiments.validate.theory import (
    coordination,
    discontinuity,
    fair_claims,
    participation,
    queue_claims,
    regret,
    rounds,
    scaling,
    tracking,
    trilemma,
    welfare,
)

CLAIMS: tuple[Claim, ...] = tuple(
    sorted(
        (
            *scaling.CLAIMS,
            *queue_claims.CLAIMS,
            *fair_claims.CLAIMS,
            *trilemma.CLAIMS,
            *welfare.CLAIMS,
            *regret.CLAIMS,
            *tracking.CLAIMS,
            *discontinuity.CLAIMS,
            *participation.CLAIMS,
            *rounds.CLAIMS,
            *coordination.CLAIMS,
        ),
        key=lambda claim: claim.number,
    )
)
"""Every claim once, by number."""
