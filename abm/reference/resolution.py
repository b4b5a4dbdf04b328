"""What venues do for each other, as objects: a clearinghouse and promises.

The order of payment is that of `abm.venue.resolution`.
"""

from dataclasses import dataclass, field

from abm.engine.world import World
from abm.reference.venues import Venue


@dataclass(eq=False)
class Promise:
    """One fund's promise to pay for another venue."""

    giver: Venue
    receiver: Venue
    left_usd: float


@dataclass(eq=False)
class MutualHelp:
    """A clearinghouse with its members, and promises between single funds.

    Attributes:
        venues: the members.
        contributions, assessable: what is left of each member's, by place.
        capital_usd: the clearinghouse's own.
        promises: in the order of payment.
        paid_usd: by (receiver, giver); the clearinghouse gives at place V.
    """

    venues: list[Venue]
    contributions: list[float]
    assessable: list[float]
    capital_usd: float
    promises: list[Promise]
    paid_usd: list[list[float]] = field(init=False)

    def __post_init__(self) -> None:
        count = len(self.venues)
        self.paid_usd = [[0.0] * (count + 1) for _ in range(count)]

    def callable_usd(self, u: int) -> float:
        """What member `u` can still be assessed for."""
        return min(self.assessable[u], self.venues[u].fund_usd)

    def would_pay(self, venue: Venue) -> float:
        """What others would pay for a venue now; each fund's dollar counts once [USD]."""
        total = self.capital_usd + sum(self.contributions)
        for u, member in enumerate(self.venues):
            if member is not venue:
                owed = self.callable_usd(u) + sum(
                    p.left_usd for p in self.promises if p.giver is member and p.receiver is venue
                )
                total += min(owed, member.fund_usd)
        return total

    def pay(self, venue: Venue, amount_usd: float) -> float:
        """Draw for a venue: contributions, capital, assessments, promises."""
        v = self.venues.index(venue)
        open_usd = amount_usd
        part = max(0.0, min(open_usd, self.contributions[v]))
        self.contributions[v] -= part
        self.paid_usd[v][v] += part
        open_usd -= part
        part = max(0.0, min(open_usd, self.capital_usd))
        self.capital_usd -= part
        self.paid_usd[v][len(self.venues)] += part
        open_usd -= part
        others = [u for u in range(len(self.venues)) if u != v]
        open_usd -= self._share_out(v, others, self.contributions, open_usd)
        called = [self.callable_usd(u) for u in range(len(self.venues))]
        before = list(called)
        open_usd -= self._share_out(v, others, called, open_usd)
        for u in others:
            self.assessable[u] -= before[u] - called[u]
            self.venues[u].pay_for_another(before[u] - called[u])
        for promise in self.promises:
            if promise.receiver is venue:
                left = min(promise.left_usd, promise.giver.fund_usd)
                part = max(0.0, min(open_usd, left))
                promise.left_usd -= part
                promise.giver.pay_for_another(part)
                self.paid_usd[v][self.venues.index(promise.giver)] += part
                open_usd -= part
        return amount_usd - open_usd

    def _share_out(self, v: int, others: list[int], pots: list[float], amount: float) -> float:
        """Take an amount from pots in proportion to what is in them; USD taken."""
        total = sum(pots[u] for u in others)
        if amount <= 0.0 or total <= 0.0:
            return 0.0
        share, taken = (amount / total if amount < total else 1.0), 0.0
        for u in others:
            part = share * pots[u]
            pots[u] -= part
            self.paid_usd[v][u] += part
            taken += part
        return taken


def seat_help(world: World, venues: list[Venue]) -> MutualHelp:
    """The help at t = 0, known to every venue; vaults with one capital know each other."""
    backing = world.state.backing
    helpers = MutualHelp(
        venues,
        backing.contribution_usd.tolist(),
        backing.assessable_usd.tolist(),
        float(backing.capital_usd[0]),
        [
            Promise(venues[giver], venues[receiver], float(usd))
            for giver, receiver, usd in zip(
                backing.giver, backing.receiver, backing.committed_usd, strict=True
            )
        ],
    )
    for venue in venues:
        venue.helpers = helpers
        if world.state.venues.vaults_pooled[0]:
            venue.partners = venues
    return helpers
