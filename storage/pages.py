"""Which part of a list is read? The rows beyond some keys, in one direction, and no more than so many."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Literal, TypeVar
from uuid import UUID

Keys = TypeVar("Keys", bound=tuple[object, ...])


# Without slots: of a class that has them an alias such as TimeWindow cannot be called.
@dataclass(frozen=True)
class Window(Generic[Keys]):
    """Part of a list whose newest rows come first: beyond these keys (None: from its end), backwards or not."""

    beyond: Keys | None
    backwards: bool
    most: int

    @property
    def order(self) -> Literal["ASC", "DESC"]:
        """How its rows are ordered."""
        return "ASC" if self.backwards else "DESC"

    @property
    def sign(self) -> Literal[">", "<"]:
        """How the keys of its rows compare with those they are beyond."""
        return ">" if self.backwards else "<"


TimeWindow = Window[tuple[datetime, UUID]]
"""Part of a list by time, and id where that is the same."""
