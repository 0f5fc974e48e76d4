"""Claims for tests."""

from __future__ import annotations

from engine.documents.conditions import ALWAYS, Condition
from engine.documents.model import Claim, Invariant
from engine.text.source import Span

NOWHERE = Span("claims.yaml", 1, 1, 1, 2)


def claimed(claim: Claim, when: Condition = ALWAYS) -> Invariant:
    """The claim as an invariant."""
    return Invariant(id="it", claim=claim, when=when, span=NOWHERE)
