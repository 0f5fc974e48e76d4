"""How is a question answered within a limit of time? In a process of its own, which is killed when its time is over.

A proof tells each verdict as soon as it has it, so what it had found by then holds; the rest is not decided. All other
tasks are answered as a whole or not at all.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec

from server.proving import reports
from server.proving.snapshot import Answer, Question
from server.proving.tasks import Claims, Failed, Far, Part, Report, Told, answer
from server.web.killable import Killable, ProcessGone

STEP_SECONDS: Final = 1.0
"""How often somebody is told how far it is."""
STARTS_WITHIN_SECONDS: Final = 60.0
"""What a process may take until it works; only then its time begins to count."""

Step = Callable[[int, int], Awaitable[None]]
"""Takes what is done, and of how many (0: not known). What it raises ends the process."""


class NotAnswered(Exception):
    """The question cannot be answered; the message says why."""


async def answered(
    question: Question,
    seconds: float,
    step: Step | None = None,
    *,
    starts_within: float = STARTS_WITHIN_SECONDS,
    until: float = math.inf,
) -> Answer:
    """What comes of the question within so many seconds, and before the loop's clock says `until`.

    Raises NotAnswered, ProcessGone when it was killed, and what `step` raises.
    """
    now = asyncio.get_running_loop().time
    if seconds <= 0 or until <= now():
        raise NotAnswered("no time was given")
    asking = _Asking()
    begins, next_step = now(), now() + STEP_SECONDS
    over = min(until, begins + starts_within)
    async with Killable(answer, msgspec.json.encode(question)) as process:
        while now() < over:
            told = await process.message(max(0.0, min(over, next_step) - now()))
            if told is not None:
                if not asking.has_begun:
                    begins = now()
                    over = min(until, begins + seconds)
                asking.hear(msgspec.json.decode(told, type=Told))
            if asking.report is not None:
                return Answer(report=asking.report, looked_at=max(asking.done, asking.total))
            if step is not None and now() >= next_step:
                await step(asking.done, asking.total)
                next_step = now() + STEP_SECONDS
    if not asking.has_begun:
        raise ProcessGone("the process did not begin to work in time")
    return asking.cut_short(round(over - begins, 1))


class _Asking:
    """What was told up to now."""

    def __init__(self) -> None:
        self.report: dict[str, Any] | None = None
        self.has_begun = False
        self.done = self.total = 0
        self._claims: list[dict[str, str]] | None = None
        self._parts: dict[int, dict[str, Any]] = {}

    def hear(self, told: Told) -> None:
        """Take it down. Raises NotAnswered."""
        self.has_begun = True
        match told:
            case Far():
                self.done, self.total = told.done, told.total
            case Claims():
                self._claims, self.total = told.claims, len(told.claims)
            case Part():
                self._parts[told.number] = told.part
                self.done = len(self._parts)
            case Report():
                self.report = told.report
            case Failed():
                raise NotAnswered(told.why)

    def cut_short(self, seconds: float) -> Answer:
        """What is known now that the time is over. Raises NotAnswered."""
        why = f"its time of {seconds:g} s was over"
        if self._claims is None:
            raise NotAnswered(f"{why}; give it more, or ask for less")
        parts = [self._parts.get(number) for number in range(len(self._claims))]
        report = reports.partial(self._claims, parts, why)
        return Answer(report=report, complete=False, looked_at=len(self._parts))
