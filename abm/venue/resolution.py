"""Resolution across venues: who pays for a deficit before one venue's ADL has to.

A venue's own fund pays first. What it lacks is drawn, in this order, each rung to its end:

    clearinghouse   the venue's own contribution to the mutualised fund
                    the clearinghouse's own capital
                    the other members' contributions, in proportion to what is left of them
                    assessments: the other members' funds, each up to its cap, in proportion
    commitments     of single funds, in the order in which they are listed

A payment depends on the payer's own assets and caps and on nothing else, so that more money never
means less payment: commitments that pay *because* a third party failed need not have a solution
(Schuldenzucker, Seuken & Battiston 2020) and cannot be written here. The order is a CCP's default
waterfall (CPMI-IOSCO, Recovery of FMIs, 2014) with the member's own fund as its margin. Promises
and assessments come before what the giver's own ADL trigger would keep in its fund. Venues that
need help in the same tick are served in the order in which the scenario lists them.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from abm.kernel import kernel
from abm.market.columns import Venues
from abm.units import Floats, Ints
from abm.venue.insurance_fund import pay_for_another


@dataclass(frozen=True)
class Commitment:
    """One fund's promise to pay for another venue's deficits.

    Attributes:
        giver, receiver: names of venues.
        share: most that is ever paid, as a share of the giver's fund at the start.
    """

    giver: str
    receiver: str
    share: float = 0.5

    def __post_init__(self) -> None:
        if self.giver == self.receiver:
            raise ValueError(
                f"commitment of {self.giver!r} to itself: name another venue as receiver."
            )
        if not 0.0 <= self.share <= 1.0:
            raise ValueError(f"share is {self.share}: a share lies between 0 and 1.")


@dataclass(frozen=True)
class Resolution:
    """What venues do for each other; nothing by default.

    Attributes:
        mutual_share: share of every fund that is contributed to a clearinghouse.
        capital_usd_per_open_interest: the clearinghouse's own capital.
        assessment: most that a member's own fund can be called for, as a multiple of its
            contribution.
        commitments: promises between single funds, in the order of payment.
        pooled_backstops: do the venues' backstop vaults share one capital?
    """

    mutual_share: float = 0.0
    capital_usd_per_open_interest: float = 0.0
    assessment: float = 0.0
    commitments: tuple[Commitment, ...] = ()
    pooled_backstops: bool = False

    def __post_init__(self) -> None:
        if not 0.0 <= self.mutual_share <= 1.0:
            raise ValueError(f"mutual_share is {self.mutual_share}: a share lies in [0, 1].")
        for name in ("capital_usd_per_open_interest", "assessment"):
            if not 0.0 <= getattr(self, name) < np.inf:
                raise ValueError(f"{name} is {getattr(self, name)}: give 0 or more.")


class Backing(NamedTuple):
    """What is left of the help that venues can expect from each other."""

    contribution_usd: Floats  # [V] of each member to the mutualised fund
    capital_usd: Floats  # [1] the clearinghouse's own
    assessable_usd: Floats  # [V] what each member's fund can still be called for
    committed_usd: Floats  # [N] what is left of each commitment
    giver: Ints  # [N] venue
    receiver: Ints  # [N] venue
    paid_usd: Floats  # [V, V + 1] paid for venue v by member u; last column: clearinghouse


def found_backing(
    resolution: Resolution, names: tuple[str, ...], fund_usd: Floats, open_interest_usd: float
) -> Backing:
    """The backing at the start; contributions are taken out of `fund_usd` `[V]`, in place.

    Raises:
        ValueError: a commitment names a venue that is not there.
    """
    for promise in resolution.commitments:
        for name in (promise.giver, promise.receiver):
            if name not in names:
                raise ValueError(
                    f"a commitment names venue {name!r}: the venues are {', '.join(names)}."
                )
    giver = np.array([names.index(c.giver) for c in resolution.commitments], np.int64)
    receiver = np.array([names.index(c.receiver) for c in resolution.commitments], np.int64)
    share = np.array([c.share for c in resolution.commitments])
    committed = share * fund_usd[giver]
    contribution = resolution.mutual_share * fund_usd
    fund_usd -= contribution
    count = fund_usd.size
    return Backing(
        contribution_usd=contribution,
        capital_usd=np.full(1, resolution.capital_usd_per_open_interest * open_interest_usd),
        assessable_usd=resolution.assessment * contribution,
        committed_usd=committed,
        giver=giver,
        receiver=receiver,
        paid_usd=np.zeros((count, count + 1)),
    )


@kernel
def callable_usd(venues: Venues, backing: Backing, u: int) -> float:
    """What member `u` can still be assessed for [USD]."""
    return float(min(backing.assessable_usd[u], venues.fund_usd[u]))


@kernel
def help_for(venues: Venues, backing: Backing, v: int) -> float:
    """What others would pay for venue `v` now [USD].

    A fund behind an assessment and commitments pays each dollar once.
    """
    total = backing.capital_usd[0]
    for u in range(venues.fund_usd.size):
        total += backing.contribution_usd[u]
        if u != v:
            promised = callable_usd(venues, backing, u)
            for n in range(backing.giver.size):
                if backing.giver[n] == u and backing.receiver[n] == v:
                    promised += backing.committed_usd[n]
            total += min(promised, venues.fund_usd[u])
    return float(total)


@kernel
def draw_shares(venues: Venues, backing: Backing, v: int, amount_usd: float, assess: bool) -> float:
    """Draw on all other members in proportion to what each has left; USD drawn.

    `assess` draws on their own funds, within their assessments, else on their contributions.
    """
    total = 0.0
    for u in range(venues.fund_usd.size):
        if u != v:
            total += callable_usd(venues, backing, u) if assess else backing.contribution_usd[u]
    if amount_usd <= 0.0 or total <= 0.0:
        return 0.0
    share = amount_usd / total if amount_usd < total else 1.0
    drawn = 0.0
    for u in range(venues.fund_usd.size):
        if u == v:
            continue
        if assess:
            part = share * callable_usd(venues, backing, u)
            backing.assessable_usd[u] -= part
            pay_for_another(venues, u, part)
        else:
            part = share * backing.contribution_usd[u]
            backing.contribution_usd[u] -= part
        backing.paid_usd[v, u] += part
        drawn += part
    return drawn


@kernel
def draw_help(venues: Venues, backing: Backing, v: int, amount_usd: float) -> float:
    """Draw `amount_usd` for venue `v` in the order at the top of this file; USD drawn."""
    count = venues.fund_usd.size
    part = max(0.0, min(amount_usd, backing.contribution_usd[v]))
    backing.contribution_usd[v] -= part
    backing.paid_usd[v, v] += part
    drawn = part
    part = max(0.0, min(amount_usd - drawn, backing.capital_usd[0]))
    backing.capital_usd[0] -= part
    backing.paid_usd[v, count] += part
    drawn += part
    drawn += draw_shares(venues, backing, v, amount_usd - drawn, False)
    drawn += draw_shares(venues, backing, v, amount_usd - drawn, True)
    for n in range(backing.giver.size):
        if backing.receiver[n] == v:
            u = backing.giver[n]
            left = min(backing.committed_usd[n], venues.fund_usd[u])
            part = max(0.0, min(amount_usd - drawn, left))
            backing.committed_usd[n] -= part
            pay_for_another(venues, u, part)
            backing.paid_usd[v, u] += part
            drawn += part
    return float(drawn)
