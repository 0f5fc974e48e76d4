"""What else has to hold before a ruleset decides? Checks of the whole rule book, by kind of ruleset.

All that a publication looks at shares one limit of time, so that whoever publishes is told what is missing before the
request itself is over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, NamedTuple

from engine.text.diagnostics import Diagnostic
from server.decisions.books import LiveBook
from server.rule_admin.snapshot import Version
from server.web.call import Call, Resource

SHARE: Final = 0.8
"""How much of the time of a request all looking may take."""


class Candidate(NamedTuple):
    """A draft or version, and the book that would decide with it in its place; looked at `until` (see has_until)."""

    version: Version
    book: LiveBook
    until: float


Gate = Callable[[Call, Candidate], Awaitable[Sequence[Diagnostic]]]
"""Every error forbids that the candidate decides; every warning has to be allowed, as those of a check have."""

Gates = Mapping[str, Sequence[Gate]]

GATES: Final = Resource[Gates]("rule_admin.gates")


def has_until(call: Call) -> float:
    """When somebody who publishes from now on has to be told, by the clock of the event loop, in seconds."""
    return asyncio.get_running_loop().time() + call.shop.settings.request_timeout_seconds * SHARE


async def found_at_gates(call: Call, candidate: Candidate) -> list[Diagnostic]:
    """What the gates of its kind find, one after the other."""
    return [each for gate in call.use(GATES).get(candidate.version.kind, ()) for each in await gate(call, candidate)]
