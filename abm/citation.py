"""Where a rule comes from, and when its source said so."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Citation:
    """A source: bibliography key or address, the place inside it, the date it was read.

    Attributes:
        key: bibliography key or the page's address without its scheme.
        where: section, function or page inside the source.
        as_of: ISO date at which the source said this.
    """

    key: str
    where: str = ""
    as_of: str = ""

    def __str__(self) -> str:
        parts = [self.key, self.where, f"as of {self.as_of}" if self.as_of else ""]
        return ", ".join(part for part in parts if part)
