"""Where do the chances of a hunt come from? From a generator with a given seed, and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Chance:
    """The same seed gives the same answers in the same order, on every machine and Python."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def below(self, end: int) -> int:
        """A number from 0 to `end` - 1."""
        return int(self._random.random() * end)

    def once_in(self, times: int) -> bool:
        """True once in so many times."""
        return self.below(times) == 0

    def one_of(self, things: Sequence[T]) -> T:
        """One of the things, of which there is at least one."""
        return things[self.below(len(things))]

    def some_of(self, things: Sequence[T], most: int) -> list[T]:
        """Up to `most` of the things, at least one of them unless there is none; the same one may come twice."""
        return [self.one_of(things) for _ in range(1 + self.below(most))] if things else []
