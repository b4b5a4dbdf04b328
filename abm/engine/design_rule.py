"""A venue's ADL design as the division rule of its node: who gives up how much of a shortfall.

A venue owes its winners their profit, c_i = min(u_i, equity_i), and has an estate E of what losers
and fund bring. The design takes the shortfall D = C - E from the winners, as it would in a round:

    in USD          awards = c - x,        x the design's allocation of D among capacities c
    in contracts    awards = c - c x / |q|,    a close at entry forfeits the profit of what is
                    closed; x the allocation of as many contracts as forfeit D in total

With it `clear(network, rule={"alpha": division_rule(...)})` settles between venues, each by its own
design. The rule divides E completely and never gives a winner less of a larger estate, or there is
no rule: `division_rule` refuses designs that leave part of a claim alone, and says why. Only score,
allocation, fraction and burden are read: a shortfall is given, so trigger, fund and close price
decide nothing, lots are continuous, and `health` is met by a close at entry.

Shapes: N winners.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from abm.adl import allocation
from abm.adl.allocation import TopShare, allocate
from abm.adl.bankruptcy import Bankruptcy
from abm.adl.book import Book
from abm.adl.capacity import fill_capacity
from abm.adl.close_price import NoClose
from abm.adl.design import AdlDesign
from abm.adl.exposure import Candidates
from abm.adl.score import CustomScore, score_candidates, score_candidates_by
from abm.adl.severity import EqualClaims, Fixed
from abm.adl.trigger import PoolFactor
from abm.contagion import Claim
from abm.kernel import plain
from abm.rng import Stream, stream_key
from abm.units import Floats, Floats32

HALVINGS = 200
"""Most, until a number of contracts forfeits the shortfall; stops where floats end."""

SPARED = 1e-9
"""Share of all claims that a design may leave alone and still count as taking all [1]."""


def winners_of(book: Book, instrument: str, side: int = 1) -> Candidates:
    """Solvent positions with a profit against the bankrupt side, `[N]` by account id.

    Args:
        book: positions, entries, cash, marks.
        instrument: whose.
        side: of the bankrupt, +1 long, -1 short.

    Raises:
        ValueError: the book has no such instrument, or nobody has won.
    """
    if instrument not in book.instrument:
        raise ValueError(f"the book has no {instrument!r}: use one of {', '.join(book.instrument)}")
    eligible = book.equity_usd > 0.0
    _, held = book.candidates(book.instrument.index(instrument), eligible)
    won = held.eligible & (held.pnl_usd > 0.0) & (side * held.qty_contracts < 0.0)
    if not won.any():
        raise ValueError(f"nobody has a profit against side {side:+d}: there are no claims")
    return Candidates._make(column[won] for column in held)


def profits_usd(winners: Candidates) -> Floats:
    """C = min(u, equity), the profit that is there to be taken: `[N]` USD."""
    return np.minimum(winners.pnl_usd, winners.equity_usd)


def claims_on(venue: str, winners: Candidates) -> list[Claim]:
    """The winners' claims on a venue, by account id as name; list nodes in this order."""
    profits = profits_usd(winners).tolist()
    return [
        Claim(venue, str(account), usd)
        for account, usd in zip(winners.account_id.tolist(), profits, strict=True)
    ]


def division_rule(
    design: AdlDesign, winners: Candidates, *, seed: int = 0
) -> Callable[[float, Floats], Floats]:
    """The rule (estate, claims `[N]`) -> awards `[N]` by which a venue of this design settles.

    Args:
        design: of the catalog, or a user's own.
        winners: see `winners_of`; claims come in their order.
        seed: of random orders and ties.

    Raises:
        ValueError: the design makes no division rule, for these winners or at all, or its score
            reads what the book has not; and, when the rule is called, the claims are not theirs.
    """
    why = why_no_rule(design)
    if why:
        raise ValueError(f"{design.id!r} is no division rule: {why}")
    parameters = design.parameters()
    key = np.uint64(stream_key(seed, 0, Stream.TIE_BREAK))
    profits = profits_usd(winners)
    scores = _scores(design, winners, key)
    usd_per_unit = np.ones(profits.size)
    if not isinstance(design.close_price, NoClose):
        usd_per_unit = profits / np.abs(winners.qty_contracts)
    capacity = _capacity(parameters, design, winners, scores, profits / usd_per_unit)
    rule = DesignRule(design, winners, scores, capacity, usd_per_unit, key)
    most_usd = float((rule.taken(float(capacity.sum())) * usd_per_unit).sum())
    if most_usd < (1.0 - SPARED) * profits.sum():
        raise ValueError(
            f"{design.id!r} is no division rule here: it takes {most_usd:.6g} of claims of "
            f"{profits.sum():.6g} at most, so a smaller estate is more than it leaves to pay"
        )
    return rule


def why_no_rule(design: AdlDesign) -> str:
    """Why a design divides no estate, whoever the winners are; "" if it may."""
    if isinstance(design.trigger, PoolFactor):
        return "it closes against a pool, not against a shortfall"
    if isinstance(design.severity, EqualClaims):
        return "it charges whoever withdraws, so nothing is divided at once"
    if isinstance(design.severity, Fixed) and design.severity.theta < 1.0:
        return f"it takes the share {design.severity.theta:g} of a shortfall, and nobody the rest"
    if isinstance(design.allocation, TopShare):
        return "when the top no longer suffice one more shares, so a smaller estate can give more"
    return ""


@dataclass(frozen=True, eq=False)
class DesignRule:
    """A design, its winners, and what it needs of them; call it with an estate and the claims.

    Attributes:
        design: the design.
        winners: `[N]` by account id.
        scores: `[N]`.
        capacity: `[N]` in the design's numeraire.
        usd_per_unit: `[N]` what a unit of the numeraire forfeits.
        key: of random ties.
    """

    design: AdlDesign
    winners: Candidates
    scores: Floats32
    capacity: Floats
    usd_per_unit: Floats
    key: np.uint64

    def __call__(self, estate: float, claims: Floats) -> Floats:
        profits = profits_usd(self.winners)
        if claims.shape != profits.shape or not np.allclose(claims, profits, rtol=1e-9, atol=0.0):
            raise ValueError(
                f"the claims are not the winners' profits that {self.design.id!r} was given: make "
                "the rule anew when the book has changed, and list creditors by account id"
            )
        shortfall = float(claims.sum()) - estate
        if shortfall <= 0.0:
            return claims.copy()
        if estate <= 0.0:
            return np.zeros(claims.size)
        taken_usd = self.taken(self._budget(shortfall)) * self.usd_per_unit
        return np.clip(claims - taken_usd, 0.0, claims)

    def taken(self, budget: float) -> Floats:
        """The allocation of a budget, in the numeraire: `[N]`."""
        found = np.zeros(self.capacity.size)
        side = -1 if self.winners.qty_contracts[0] > 0.0 else 1
        claim = allocation.Claim(budget, side, 0.0, self.key)
        allocate(self.design.parameters(), self.winners, self.scores, self.capacity, claim, found)
        return found

    def _budget(self, shortfall_usd: float) -> float:
        """How much of the numeraire forfeits the shortfall: itself in USD, by halving else."""
        if isinstance(self.design.close_price, NoClose):
            return shortfall_usd
        low, high = 0.0, float(self.capacity.sum())
        for _ in range(HALVINGS):
            middle = 0.5 * (low + high)
            if not low < middle < high:
                break
            enough = float((self.taken(middle) * self.usd_per_unit).sum()) >= shortfall_usd
            low, high = (low, middle) if enough else (middle, high)
        return high


def _scores(design: AdlDesign, winners: Candidates, key: np.uint64) -> Floats32:
    scores = np.empty(winners.account_id.size, np.float32)
    if isinstance(design.score, CustomScore):
        plain(score_candidates_by)(design.score.function, winners, scores)
    else:
        score_candidates(design.parameters(), winners, key, scores)
    return scores


def _capacity(
    parameters: Floats, design: AdlDesign, winners: Candidates, scores: Floats32, whole: Floats
) -> Floats:
    """Most of each claim that the design takes, in its numeraire: `[N]`, `whole` if all of it."""
    mark = float(winners.mark_price[0])
    side = -1 if winners.qty_contracts[0] > 0.0 else 1
    closes = not isinstance(design.close_price, NoClose)
    at_mark = Bankruptcy(side, 1.0, 0.0, mark, mark, mark, 0.0)  # no loss per contract: no cap
    capacity = np.empty(whole.size)
    fill_capacity(parameters, winners, scores, at_mark, mark if closes else math.nan, capacity)
    usd_per_unit = profits_usd(winners) / whole
    largest = design.capacity.burden * winners.equity_usd / usd_per_unit
    return np.minimum(np.minimum(capacity, whole), largest)
