"""What is a feed? The steps of things such as conversations and orders, numbered by the database in their order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from storage.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that has steps."""

    kind: str
    store_id: UUID
    id: UUID


@dataclass(frozen=True, slots=True)
class Step:
    """What a feed read. `value` is its own; each watch shows of it what its audience may see."""

    seq: int
    value: Any


@dataclass(frozen=True, slots=True)
class Due:
    """A thing may have steps up to `until` that were not handed out, since then (seconds of the loop's clock)."""

    since: float
    until: float

    def and_also(self, other: Due) -> Due:
        """Both of them."""
        return Due(min(self.since, other.since), max(self.until, other.until))


class Feed(Protocol):
    """Reads the steps of one kind of thing."""

    async def __call__(self, tx: Transaction, after: Mapping[UUID, int], most: int) -> Mapping[UUID, Sequence[Step]]:
        """For each thing its steps that follow, at most `most`, in order: in one statement for all of them."""
        ...
