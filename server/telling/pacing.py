"""How fast may a channel be used by this process, and when does it rest because its provider is away?"""

from __future__ import annotations

import asyncio
import random
from typing import Final

from server.telling.channels import ChannelName
from server.web.call import Resource

FIRST_REST_SECONDS: Final = 5.0
LONGEST_REST_SECONDS: Final = 120.0


class Pace:
    """A token bucket that holds what comes in a second, and at least one; and rests, each longer than the last."""

    def __init__(self) -> None:
        self._tokens = 0.0
        self._filled_at: float | None = None
        self._turn = asyncio.Lock()
        self._resting_until = 0.0
        self._outages = 0

    @property
    def is_resting(self) -> bool:
        """Whether nothing is to be sent now."""
        return _now() < self._resting_until

    async def take(self, per_second: float | None) -> None:
        """Until one more may be sent. Who asks first goes first."""
        if per_second is None:
            return
        async with self._turn:
            self._fill(per_second)
            if self._tokens < 1:
                await asyncio.sleep((1 - self._tokens) / per_second)
                self._fill(per_second)
            self._tokens -= 1

    def give_back(self) -> None:
        """Nothing was sent after all."""
        self._tokens += 1

    def outage(self) -> None:
        """The provider is away: rest, with a little chance so that not all processes come back at once.

        Hands that were under way when it went away all say so; the rest they are in already is for all of them.
        """
        if self.is_resting:
            return
        longest = min(LONGEST_REST_SECONDS, FIRST_REST_SECONDS * 2**self._outages)
        self._outages = min(self._outages + 1, 10)
        self._resting_until = _now() + longest * random.uniform(0.75, 1.0)

    def works(self) -> None:
        """The provider is there."""
        self._outages = 0

    def _fill(self, per_second: float) -> None:
        now = _now()
        if self._filled_at is None:
            self._tokens = max(1.0, per_second)
        else:
            self._tokens = min(max(1.0, per_second), self._tokens + (now - self._filled_at) * per_second)
        self._filled_at = now


class Paces:
    """One pace for each channel of this process, whatever store a message is of."""

    def __init__(self) -> None:
        self._paces: dict[ChannelName, Pace] = {}

    def of(self, channel: ChannelName) -> Pace:
        """The pace of the channel."""
        return self._paces.setdefault(channel, Pace())


PACES: Final = Resource[Paces]("telling.paces")


def _now() -> float:
    return asyncio.get_running_loop().time()
