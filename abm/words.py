"""Words that a choice may hold: the fields of a frozen dataclass whose type is a `Literal`.

Python does not check literals, and a word that nobody knows would otherwise be read as another or
fail far from where it was written.
"""

import functools
import typing
from typing import Any


def check_words(choice: Any) -> None:
    """Refuse words that the fields of a dataclass do not allow.

    Args:
        choice: an instance of a dataclass; fields of other types are not looked at.

    Raises:
        ValueError: a field whose type is a `Literal` holds another word; the allowed are named.
    """
    variant: Any = type(choice)
    for name, words in _words_of(variant):
        word = getattr(choice, name)
        if word not in words:
            allowed = ", ".join(str(each) for each in words)
            raise ValueError(f"{name} is {word!r}: choose from {allowed}.")


@functools.cache
def _words_of(variant: Any) -> tuple[tuple[str, tuple[Any, ...]], ...]:
    """Names of a class's literal fields, each with the words that it allows."""
    found = []
    for name, hint in typing.get_type_hints(variant).items():
        plain = hint.__value__ if isinstance(hint, typing.TypeAliasType) else hint
        if typing.get_origin(plain) is typing.Literal:
            found.append((name, typing.get_args(plain)))
    return tuple(found)
