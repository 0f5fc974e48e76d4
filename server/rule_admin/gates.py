"""What else has to hold before a ruleset is published? Checks of the whole rule book, by kind of ruleset."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from engine.text.diagnostics import Diagnostic
from server.decisions.books import LiveBook
from server.web.call import Resource

Gate = Callable[[LiveBook], Sequence[Diagnostic]]
"""Takes the book with the ruleset in its place, in a thread of its own; every error forbids to publish it."""

Gates = Mapping[str, Sequence[Gate]]

GATES: Final = Resource[Gates]("rule_admin.gates")


async def errors_at_gates(gates: Gates, kind: str, candidate: LiveBook) -> list[Diagnostic]:
    """What forbids to publish a ruleset of this kind, gate by gate."""
    found = [each for gate in gates.get(kind, ()) for each in await asyncio.to_thread(gate, candidate)]
    return [each for each in found if each.severity == "error"]
