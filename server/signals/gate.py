"""Can the network of these signals be built? Tried in a process of its own, with a limit of time, before they go live.

The library in C that makes networks can hang where a ruleset is too much for it, and nothing but the system ends that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures.process import BrokenProcessPool
from typing import Final, Protocol

from engine.signals.evaluate import why_no_network
from engine.text.diagnostics import Diagnostic, error
from server.decisions.books import LiveBook
from server.web.call import Call
from server.web.processes import run_once

BUILT_WITHIN_SECONDS: Final = 10.0
LEAST_SECONDS: Final = 1.0
"""However late it is: whoever publishes may wait for so long."""
NOT_BUILT: Final = "RS679"


class Candidate(Protocol):
    """The book that would decide, looked at `until` then by the clock of the event loop."""

    @property
    def book(self) -> LiveBook:
        """With the signals that are new in it."""

    @property
    def until(self) -> float:
        """In seconds."""


async def network_is_built(_call: Call, candidate: Candidate) -> Sequence[Diagnostic]:
    """An error where the shop would be taken along by building it."""
    program = candidate.book.signals
    if program is None:
        return ()
    left = candidate.until - asyncio.get_running_loop().time()
    seconds = max(LEAST_SECONDS, min(BUILT_WITHIN_SECONDS, left))
    try:
        await run_once(seconds, why_no_network, program)
    except TimeoutError:
        return (_fault(f"its network is not built within {seconds:.0f} seconds"),)
    except BrokenProcessPool:
        return (_fault("building its network ends the process that does it"),)
    return ()


def _fault(message: str) -> Diagnostic:
    return error(
        NOT_BUILT, message, None, hint="ask for less in one ruleset: fewer signals, alternatives and conditions"
    )
