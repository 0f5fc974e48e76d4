"""How fast may somebody send? As from a bucket that fills again with time: so much at once, so much a second."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final

FORGOTTEN_SECONDS: Final = 60.0
"""After so long without taking anything a bucket is forgotten: it is full by then, like a new one."""


@dataclass(slots=True)
class Pace:
    """One bucket. Instants are seconds of whatever clock the caller uses, the same each time."""

    per_second: float
    most: int
    at: float
    left: float = -1.0
    refused: int = 0

    def __post_init__(self) -> None:
        self.left = self.most

    def take(self, now: float) -> bool:
        """Take one; False when there is none."""
        self.left = min(self.most, self.left + (now - self.at) * self.per_second)
        self.at = now
        if self.left < 1:
            self.refused += 1
            return False
        self.left -= 1
        return True


class Paces:
    """One bucket for each of those who send, by whatever many ways: going and coming back does not fill it."""

    def __init__(self, per_second: float, most: int) -> None:
        self._per_second = per_second
        self._most = most
        # The one who sent last is the last.
        self._of: OrderedDict[Hashable, Pace] = OrderedDict()

    def take(self, who: Hashable, now: float) -> bool:
        """Take one out of theirs; False when there is none."""
        self._forget_the_silent(now)
        pace = self._of.get(who)
        if pace is None:
            pace = self._of[who] = Pace(self._per_second, self._most, now)
        self._of.move_to_end(who)
        return pace.take(now)

    def __len__(self) -> int:
        return len(self._of)

    def _forget_the_silent(self, now: float) -> None:
        while self._of and now - next(iter(self._of.values())).at > FORGOTTEN_SECONDS:
            self._of.popitem(last=False)
