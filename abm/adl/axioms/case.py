"""A small book of one instrument, with round numbers, on which an axiom is put to a rule.

    equity = cash + qty (mark - entry)       bankrupt: equity < 0
    everybody else starts at or above maintenance margin, with cash of at least 0

Accounts hold one position each; ids are multiples of `STEP`, so that a piece of a split account
can stand beside its owner in account order. There is no fund and no fee: all that is owed meets the
rule. What ties by account id do is judged by the axiom of anonymity alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from abm.adl.book import Book
from abm.units import USD_TOL, Flags, Floats, Ints

STEP = 10
"""Distance of account ids."""

MAINTENANCE_RATE = 0.05
"""Maintenance margin as a share of notional [1]."""

INSTRUMENT = "X"

_QTY = (1.0, 2.0, 3.0, 4.0, 5.0, 8.0, 10.0, 20.0)
_CASH = (0.5, 2.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0)
_GAP = (-20.0, -10.0, -5.0, 0.0, 5.0, 10.0, 20.0, 50.0, 80.0)
_DEFICIT = (1.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0)
_PREVIOUS = (90.0, 95.0, 98.0, 100.0, 102.0, 105.0, 110.0)
_MARK = 100.0

type _Row = tuple[float, float, float, float, float]


class Account(NamedTuple):
    """One account and its position.

    Attributes:
        id: decides ties and keys draws.
        qty: signed position, long > 0 [contracts].
        entry: average entry [USD per contract].
        cash: of the account [USD].
        hedged: share of the position that the trader's others offset, in [0, 1].
        snapshot: profit when the liability snapshot was taken, >= 0 [USD]; it stays with the owner.
    """

    id: int
    qty: float
    entry: float
    cash: float
    hedged: float = 0.0
    snapshot: float = 0.0


def with_field(account: Account, field: str, value: float) -> Account:
    """The account with another qty, entry or cash."""
    numbers: dict[str, float] = dict(zip(Account._fields[1:], account[1:], strict=True))
    return Account(account.id, **(numbers | {field: value}))


@dataclass(frozen=True)
class Case:
    """Accounts and prices at one moment.

    Attributes:
        accounts: in any order, no id twice.
        mark: [USD per contract].
        previous_mark: before the last update [USD per contract].
        lot: smallest step of a position, 0 = continuous [contracts].
        seed: of random orders.
    """

    accounts: tuple[Account, ...]
    mark: float = _MARK
    previous_mark: float = _MARK
    lot: float = 0.0
    seed: int = 0

    @cached_property
    def id(self) -> Ints:
        """Account ids, `[N]`."""
        return np.array([account.id for account in self.accounts], np.int64)

    @cached_property
    def qty(self) -> Floats:
        """Positions [contracts], `[N]`."""
        return np.array([account.qty for account in self.accounts])

    @cached_property
    def entry(self) -> Floats:
        """Entries [USD per contract], `[N]`."""
        return np.array([account.entry for account in self.accounts])

    @cached_property
    def cash(self) -> Floats:
        """Cash [USD], `[N]`."""
        return np.array([account.cash for account in self.accounts])

    @cached_property
    def snapshot(self) -> Floats:
        """Profit at the liability snapshot [USD], `[N]`."""
        return np.array([account.snapshot for account in self.accounts])

    @cached_property
    def pnl(self) -> Floats:
        """Unrealised profit [USD], `[N]`."""
        return self.qty * (self.mark - self.entry)

    @cached_property
    def equity(self) -> Floats:
        """Cash and unrealised profit [USD], `[N]`."""
        return self.cash + self.pnl

    @cached_property
    def notional(self) -> Floats:
        """Size at the mark [USD], `[N]`."""
        return np.abs(self.qty) * self.mark

    @cached_property
    def maintenance(self) -> Floats:
        """Maintenance margin [USD], `[N]`."""
        return MAINTENANCE_RATE * self.notional

    @cached_property
    def opening_leverage(self) -> Floats:
        """|qty| entry / cash [1], `[N]`; 0 without cash."""
        size = np.abs(self.qty) * self.entry
        return np.divide(size, self.cash, out=np.zeros(size.size), where=self.cash > 0.0)

    @cached_property
    def bankrupt(self) -> Flags:
        """Whose equity is below 0, `[N]`."""
        return self.equity < 0.0

    @cached_property
    def deficit(self) -> float:
        """What the bankrupt owe [USD]."""
        return float(-self.equity[self.bankrupt].sum())

    @cached_property
    def side(self) -> int:
        """+1 when the bankrupt are long, -1 when they are short, 0 when both."""
        sides = {1 if qty > 0.0 else -1 for qty in self.qty[self.bankrupt]}
        return sides.pop() if len(sides) == 1 else 0

    @cached_property
    def opposite(self) -> Flags:
        """Solvent accounts on the other side of the bankrupt, `[N]`."""
        return ~self.bankrupt & (self.qty * self.side < 0.0)

    def row(self, account_id: int) -> int:
        """Place of an account in the columns."""
        return int(np.flatnonzero(self.id == account_id)[0])

    def account(self, account_id: int) -> Account:
        """The account with this id."""
        return self.accounts[self.row(account_id)]

    def has(self, *ids: int) -> bool:
        """Whether all these accounts are there."""
        return set(ids) <= set(self.id.tolist())

    def without(self, *ids: int) -> "Case":
        """The same book without these accounts."""
        return replace(self, accounts=tuple(a for a in self.accounts if a.id not in ids))

    def with_accounts(self, *accounts: Account) -> "Case":
        """The same book with these accounts, in place of those of the same ids."""
        new = {account.id: account for account in accounts}
        kept = tuple(new.pop(account.id, account) for account in self.accounts)
        return replace(self, accounts=kept + tuple(new.values()))

    def valid(self) -> bool:
        """Somebody is bankrupt, on one side; all others are at or above maintenance."""
        owed_too_much = self.bankrupt & (self.qty < 0.0) & (-self.equity > self.notional)
        solvent_above = self.equity >= self.maintenance - USD_TOL
        return bool(
            self.bankrupt.any()
            and self.side != 0
            and (solvent_above | self.bankrupt).all()
            and (self.cash[~self.bankrupt] >= 0.0).all()
            and (self.qty[self.bankrupt] != 0.0).all()
            and not owed_too_much.any()
            and (self.entry > 0.0).all()
        )

    def balanced(self) -> "Case":
        """The same book, with one more account that holds the other side of all positions."""
        net = float(self.qty.sum())
        rest = Account(int(self.id.max()) + STEP, -net, self.mark, abs(net) * self.mark)
        return self.with_accounts(rest)

    def same_bankrupt(self, other: "Case") -> bool:
        """Whether the same accounts are bankrupt in both books."""
        return set(self.id[self.bankrupt]) == set(other.id[other.bankrupt])

    def book(self) -> Book:
        """The same as a `Book`."""
        count = len(self.accounts)

        def each(value: float) -> Floats:
            return np.full(count, value)

        return Book.from_columns(
            {
                "account_id": self.id,
                "instrument": np.full(count, INSTRUMENT),
                "qty_contracts": self.qty,
                "entry_price": self.entry,
                "cash_usd": self.cash,
                "mark_price": each(self.mark),
                "previous_mark_price": each(self.previous_mark),
                "maintenance_rate": each(MAINTENANCE_RATE),
                "lot_contracts": each(self.lot),
                "opening_leverage": self.opening_leverage,
                "hedged_share": np.array([account.hedged for account in self.accounts]),
                "snapshot_profit_usd": self.snapshot,
            }
        )

    def as_json(self) -> dict[str, Any]:
        """As numbers and lists, for the file of counterexamples."""
        return {
            "accounts": [list(account) for account in self.accounts],
            "mark": self.mark,
            "previous_mark": self.previous_mark,
            "lot": self.lot,
            "seed": self.seed,
        }


def case_of(stored: Mapping[str, Any]) -> Case:
    """The case that `as_json` wrote."""
    accounts = tuple(Account(int(a[0]), *(float(v) for v in a[1:])) for a in stored["accounts"])
    rest = {name: float(stored[name]) for name in ("mark", "previous_mark", "lot")}
    return Case(accounts, seed=int(stored["seed"]), **rest)


def random_case(rng: np.random.Generator, *, bankrupts: int = 1, lot: float = 0.0) -> Case:
    """A valid book: bankrupts on one side, 1 to 5 opposite, up to 1 beside them, maybe one flat.

    Half the books hold twins: two accounts opposite the bankrupt that differ in their id alone.
    """
    side = int(rng.choice((1, -1)))
    rows = [_bankrupt(rng, side) for _ in range(bankrupts)]
    rows += [_solvent(rng, -side) for _ in range(int(rng.integers(1, 6)))]
    if rng.random() < 0.5:
        rows.append(rows[bankrupts])
    rows += [_solvent(rng, side) for _ in range(int(rng.integers(0, 2)))]
    rows += [(0.0, _MARK, _pick(rng, _CASH), 0.0, _pick(rng, (0.0, 10.0)))] * int(rng.integers(2))
    ids = STEP * (1 + rng.permutation(len(rows)))
    accounts = tuple(Account(int(i), *row) for i, row in zip(ids, rows, strict=True))
    previous = _pick(rng, _PREVIOUS)
    return Case(tuple(sorted(accounts)), _MARK, previous, lot, int(rng.integers(1000)))


def _pick(rng: np.random.Generator, choices: Sequence[float]) -> float:
    return float(choices[int(rng.integers(len(choices)))])


def _solvent(rng: np.random.Generator, side: int) -> _Row:
    """An account at or above maintenance."""
    qty = side * _pick(rng, _QTY)
    entry = _MARK - side * _pick(rng, _GAP)
    needed = MAINTENANCE_RATE * abs(qty) * _MARK - qty * (_MARK - entry)
    enough = [cash for cash in _CASH if cash >= needed] or [_CASH[-1] * np.ceil(needed / 1000.0)]
    cash = float(enough[int(rng.integers(len(enough)))])
    hedged = _pick(rng, (0.0, 0.0, 0.0, 0.5, 1.0))
    return qty, entry, cash, hedged, max(0.0, qty * (_MARK - entry))


def _bankrupt(rng: np.random.Generator, side: int) -> _Row:
    """An account that owes a round sum."""
    qty = side * _pick(rng, _QTY)
    owed = min(_pick(rng, _DEFICIT), 0.8 * abs(qty) * _MARK)
    entry = _MARK + side * _pick(rng, (10.0, 20.0, 50.0))
    return qty, entry, -owed - qty * (_MARK - entry), 0.0, 0.0
