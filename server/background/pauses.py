"""How long is something left alone that has just failed? Twice as long each time, with a little chance in it."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Final

FIRST_SECONDS: Final = 1.0
LONGEST_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class _Rest:
    """After so many failures in a row, until this instant of the clock."""

    failures: int
    until: float


class Rests:
    """Which things rest now. Kept in memory only: a new process tries everything at once."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, chance: Callable[[], float] = random.random):
        self._clock = clock
        self._chance = chance
        self._rests: dict[Hashable, _Rest] = {}

    def is_resting(self, thing: Hashable) -> bool:
        """Whether it has to be left alone still."""
        rest = self._rests.get(thing)
        return rest is not None and self._clock() < rest.until

    def failed(self, thing: Hashable) -> float:
        """It failed again: the seconds it rests, half to all of FIRST_SECONDS, doubled each time up to the longest."""
        before = self._rests.get(thing)
        failures = 1 if before is None else before.failures + 1
        most = min(LONGEST_SECONDS, FIRST_SECONDS * 2.0 ** min(failures - 1, 30))
        # Chance, so that processes that failed together do not come back together.
        seconds = most * (0.5 + self._chance() / 2)
        self._rests[thing] = _Rest(failures, self._clock() + seconds)
        return seconds

    def idle(self, thing: Hashable, seconds: float) -> None:
        """There was nothing to do for it: it rests so long, and its failures are forgotten."""
        self._rests[thing] = _Rest(0, self._clock() + seconds)

    def rouse(self, thing: Hashable) -> None:
        """There may be something to do for it again: it goes on, unless it rests because it failed."""
        rest = self._rests.get(thing)
        if rest is not None and rest.failures == 0:
            del self._rests[thing]

    def rouse_all(self) -> None:
        """The same for everything that rests."""
        for thing in list(self._rests):
            self.rouse(thing)

    def went_well(self, thing: Hashable) -> None:
        """It may go on at once."""
        self._rests.pop(thing, None)
