"""How long is something left alone that has just failed? Twice as long each time, with a little chance in it."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from storage.pauses import Chance, pause_after

FIRST_SECONDS: Final = 1.0
LONGEST_SECONDS: Final = 60.0

Thing = TypeVar("Thing", bound=Hashable)


@dataclass(frozen=True, slots=True)
class _Rest:
    """After so many failures in a row, until this instant of the clock."""

    failures: int
    until: float


class Rests(Generic[Thing]):
    """Which things rest now. Kept in memory only: a new process tries everything at once."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, chance: Chance = random.random):
        self._clock = clock
        self._chance = chance
        self._rests: dict[Thing, _Rest] = {}

    def is_resting(self, thing: Thing) -> bool:
        """Whether it has to be left alone still."""
        rest = self._rests.get(thing)
        return rest is not None and self._clock() < rest.until

    def resting(self) -> list[Thing]:
        """All that has to be left alone still."""
        return [thing for thing in self._rests if self.is_resting(thing)]

    def failed(self, thing: Thing) -> float:
        """It failed again: the seconds it rests, FIRST_SECONDS or up to half less, doubled each time to the longest."""
        before = self._rests.get(thing)
        failures = 1 if before is None else before.failures + 1
        seconds = pause_after(failures, first=FIRST_SECONDS, longest=LONGEST_SECONDS, chance=self._chance)
        self._rests[thing] = _Rest(failures, self._clock() + seconds)
        return seconds

    def idle(self, thing: Thing, seconds: float) -> None:
        """There was nothing to do for it: it rests so long, and its failures are forgotten."""
        self._rests[thing] = _Rest(0, self._clock() + seconds)

    def rouse(self, thing: Thing) -> None:
        """There may be something to do for it again: it goes on, unless it rests because it failed."""
        rest = self._rests.get(thing)
        if rest is not None and rest.failures == 0:
            del self._rests[thing]

    def rouse_all(self) -> None:
        """The same for everything that rests."""
        for thing in list(self._rests):
            self.rouse(thing)

    def went_well(self, thing: Thing) -> None:
        """It may go on at once."""
        self._rests.pop(thing, None)
