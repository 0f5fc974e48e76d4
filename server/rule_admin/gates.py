"""What else has to hold before a ruleset decides? Checks of the whole rule book, by kind of ruleset."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, NamedTuple

from engine.text.diagnostics import Diagnostic
from server.decisions.books import LiveBook
from server.rule_admin.snapshot import Version
from server.web.call import Call, Resource


class Candidate(NamedTuple):
    """A draft or version, and the book that would decide with it in its place."""

    version: Version
    book: LiveBook


Gate = Callable[[Call, Candidate], Awaitable[Sequence[Diagnostic]]]
"""Every error forbids that the candidate decides; every warning has to be allowed, as those of a check have."""

Gates = Mapping[str, Sequence[Gate]]

GATES: Final = Resource[Gates]("rule_admin.gates")


async def found_at_gates(call: Call, candidate: Candidate) -> list[Diagnostic]:
    """What the gates of its kind find, one after the other."""
    return [each for gate in call.use(GATES).get(candidate.version.kind, ()) for each in await gate(call, candidate)]
