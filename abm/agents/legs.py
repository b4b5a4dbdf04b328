"""Legs of hedges on the next venue: how large they may be, and what they add to its books.

Books are numbered venue * K + instrument; `books` is always (venues, instruments).
"""

import numpy as np

from abm.units import Flags, Floats, Ints


def next_book(book: Ints, books: tuple[int, int]) -> Ints:
    """The same instrument's book on the next venue."""
    venues, instruments = books
    return (book // instruments + 1) % venues * instruments + book % instruments


def size_legs(
    share: float,
    equity: Floats,
    leverage: Floats,
    book: Ints,
    kinds: tuple[Flags, Flags],
    books: tuple[int, int],
) -> None:
    """Scale the wealth of cross-venue hedgers, in place, until their legs fit into both books.

    `kinds` = who is on the winning side, who has a leg elsewhere, `[O]`.
    """
    winner, has_leg = kinds
    others = np.zeros(books[0] * books[1])
    alone = winner & ~has_leg
    np.add.at(others, book[alone], (equity * leverage)[alone])
    away = next_book(np.arange(others.size), books)
    for b in np.unique(book[has_leg]):
        here = has_leg & (book == b)
        wanted = share * min(others[b], others[away[b]])
        equity[here] *= wanted / (equity * leverage)[here].sum()


def added_by_legs(
    notional: Floats, book: Ints, has_leg: Flags, winner: Flags, books: tuple[int, int]
) -> Floats:
    """What cross-venue hedgers add to the winning side of each book `[books]` [USD].

    Hedgers are short at home and long on the next venue; `books` = (venues, instruments). Home
    positions on the winning side are counted by the caller.
    """
    added = np.zeros(books[0] * books[1])
    away = next_book(book, books)
    sign = np.where(winner, -1.0, 1.0)  # a long leg is on the losing side when its short wins
    np.add.at(added, away[has_leg], (sign * notional)[has_leg])
    lost = has_leg & ~winner
    np.add.at(added, book[lost], -notional[lost])
    return added
