"""In which ways can a ruleset about patterns over time be a little wrong?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from engine.documents.model.signals import Idle, Pattern, Signal, SignalsDocument, Step
from engine.mutation.amounts import gone, moved, without
from engine.mutation.model import Change
from engine.mutation.said import Said


def signal_changes(part: Any, said: Said) -> Iterator[Change]:
    """The ways to spoil signals, derivations and tags; nothing for anything else."""
    match part:
        case SignalsDocument():
            yield from without(part, "signals", "signal")
            yield from without(part, "derivations", "derivation")
            yield from without(part, "tags", "tag")
        case Signal():
            yield from without(part, "then", "effect")
        case Pattern():
            yield from moved(part, "within_seconds", "seconds to look back", said, least=1, money=False)
            yield from _alternatives(part)
        case Step():
            yield from moved(part, "at_least", "events", said, least=1, money=False)
            yield from without(part, "events", "event", [part.span] * len(part.events), least=1)
        case Idle():
            yield from moved(part, "for_seconds", "idle seconds", said, least=1, money=False)
            yield from gone(part, "before_seconds", "seconds after which it is too late", said, money=False)


def _alternatives(pattern: Pattern) -> Iterator[Change]:
    """One alternative of what has to be the same less; without any, events of the whole shop would count."""
    for number, names in enumerate(pattern.same):
        if len(pattern.same) > 1 or names:
            rest = (*pattern.same[:number], *pattern.same[number + 1 :])
            said = " and ".join(names) or "anything"
            yield Change(
                sort="removed", what=f"same {number}", part=replace(pattern, same=rest or ((),)),
                said=f"the same {said} removed", shows=f"with the same {said}", span=pattern.span,
            )  # fmt: skip
