"""A venue's guards as an object: the choice, and what they remember from tick to tick.

As the columns of `abm.venue.guarding`: marks in a list by tick, calls in a dict by margin.
"""

import math
from dataclasses import dataclass, field

from abm.reference.accounts import Account, Margin
from abm.reference.markets import Book
from abm.reference.rules import call_factor, is_weak, log_move, unproven
from abm.venue.forecast import FEATURES
from abm.venue.guards import Guards, ticks_of


@dataclass(slots=True)
class Call:
    """An open margin call, and its factor on the requirement."""

    called_s: float
    factor: float = 1.0


@dataclass(eq=False)
class Desk:
    """The guards of one venue.

    Attributes:
        guards: the choice.
        books, accounts: of the venue.
        marks: of all books, one entry per tick from the opening on.
        counted_from: first tick whose marks a halt looks at.
        reopens: first tick with trading again.
        waits: do forced closes wait in the next tick?
        calls: open margin calls.
        first_interest: open interest of each book at the start [contracts].
        features, bankruptcies: what the forecast reads, and what it is about.
        halted_s, margin_calls, largest_factor, refused_usd: totals.
    """

    guards: Guards
    books: list[Book]
    accounts: list[Account]
    marks: list[list[float]] = field(init=False)
    first_interest: list[float] = field(init=False)
    counted_from: int = 0
    reopens: int = 0
    waits: bool = False
    calls: dict[Margin, Call] = field(default_factory=dict)
    features: tuple[float, ...] = (math.nan,) * len(FEATURES)
    bankruptcies: int = 0
    halted_s: float = 0.0
    margin_calls: int = 0
    largest_factor: float = 1.0
    refused_usd: float = 0.0

    def __post_init__(self) -> None:
        self.marks = [[book.mark_price for book in self.books]]
        self.first_interest = [self.open_interest(book) for book in self.books]

    def open_interest(self, book: Book) -> float:
        """Long contracts of a book."""
        return sum(max(0.0, a.positions[book.k].qty_contracts) for a in self.accounts)

    def unproven_usd(self, margin: Margin, weight: float) -> float:
        """Unrealised profit behind a margin that does not count at a weight [USD]."""
        return sum(unproven(p.pnl_usd, weight) for p in margin.positions if p.qty_contracts != 0.0)

    def counted_equity(self, margin: Margin) -> float:
        """Equity as the liquidation test counts it [USD]."""
        unproven_usd = self.unproven_usd(margin, self.guards.pnl_weight_maintenance)
        return margin.equity_usd - unproven_usd

    def tested(self, margin: Margin) -> tuple[float, float]:
        """What the liquidation test compares: counted equity, and the requirement with its call."""
        needed = margin.maintenance_usd
        if margin in self.calls:
            needed *= self.calls[margin].factor
        return self.counted_equity(margin), needed

    def call(self, now_s: float) -> None:
        """Open and end margin calls, and set the factor of each."""
        guards = self.guards
        for account in self.accounts:
            for margin in account.margins:
                equity, needed = self.counted_equity(margin), margin.maintenance_usd
                if account.is_house or not is_weak(equity, needed, guards.call_below):
                    self.calls.pop(margin, None)
                    continue
                if margin not in self.calls:
                    self.calls[margin] = Call(now_s)
                    self.margin_calls += 1
                call = self.calls[margin]
                call.factor = call_factor(
                    now_s - call.called_s,
                    guards.call_grace_s,
                    guards.call_rise_per_s,
                    guards.call_below,
                )

    def halt(self, tick: int, dt_s: float) -> None:
        """Remember the marks, begin a halt if they moved too far, count its time."""
        self.marks.append([book.mark_price for book in self.books])
        first = max(self.counted_from, tick - ticks_of(self.guards.halt_window_s, dt_s))
        if tick >= self.reopens:
            moves = [
                log_move(now, past)
                for marks in self.marks[first:tick]
                for now, past in zip(self.marks[tick], marks, strict=True)
            ]
            if max(moves, default=0.0) > self.guards.halt_move:
                self.reopens = self.counted_from = tick + ticks_of(self.guards.halt_s, dt_s)
        if tick < self.reopens:
            self.halted_s += dt_s
        self.waits = self.guards.halt_liquidations and tick + 1 < self.reopens

    def refuse(self, contracts: float, book: Book) -> None:
        """Count an order, or a part of one, that was not let through."""
        self.refused_usd += abs(contracts) * book.mark_price
