"""Which events may a rule wait for, and what is known each time one of them happens?

Events of the vocabulary, and those the document declares: `order_events:` are announced by the lifecycle of the store
and carry what any announcement of a lifecycle does, `signal_events:` by its signals.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from engine.documents.conditions import All, AnyOf, Condition, Not, Test
from engine.documents.reading import Reader
from engine.facts.vocabulary import EventType
from engine.text.nodes import Mapping as MappingNode
from engine.text.nodes import Node, Scalar

ALWAYS_KNOWN: Final = ("event.name", "event.at")
"""What every event carries."""

_FIRED: Final = "SignalFired"
_PLACED: Final = "OrderPlaced"


class EventNames:
    """The events of one document."""

    def __init__(self, reader: Reader, fields: MappingNode) -> None:
        self._reader = reader
        self._vocabulary = reader.vocabulary
        self.known: Mapping[str, EventType] = {
            **self._declared(fields.get("signal_events"), _FIRED),
            **self._declared(fields.get("order_events"), _PLACED),
            **({} if self._vocabulary is None else self._vocabulary.events),
        }

    def read(self, node: Node | None) -> tuple[EventType, ...]:
        """The events of `on:`, each once. A name that no event has is RS380."""
        found = [self._one(item) for item in _one_or_more(self._reader, node)]
        return tuple({event.name: event for event in found if event is not None}.values())

    def _one(self, node: Node) -> EventType | None:
        name = self._reader.identifier(node)
        event = None if name is None else self.known.get(name)
        if name is not None and event is None and self._vocabulary is not None:
            otherwise = "declare it under `order_events:` or `signal_events:`"
            hint = self._reader.suggest(name, self.known, otherwise)
            self._reader.report("RS380", f"there is no event '{name}'", node.span, hint=hint)
        return event

    def _declared(self, node: Node | None, like: str) -> dict[str, EventType]:
        pattern = None if self._vocabulary is None else self._vocabulary.events.get(like)
        names = self._reader.identifiers(node)
        return {} if pattern is None else {name: replace(pattern, name=name) for name in names}


def carried(event: EventType) -> frozenset[str]:
    """The facts it can carry."""
    return frozenset((*ALWAYS_KNOWN, *event.facts))


def known_each_time(event: EventType, when: Condition) -> frozenset[str]:
    """The facts that are known whenever the event happens and the condition holds."""
    return carried(event) - event.maybe | asked_for(when)


def asked_for(condition: Condition) -> frozenset[str]:
    """Facts without which the condition cannot be true."""
    if isinstance(condition, Test):
        is_missing = condition.operator == "known" and condition.operands == (0,)
        return frozenset() if is_missing else frozenset({condition.fact})
    if isinstance(condition, Not):
        part = condition.part
        is_test = isinstance(part, Test) and (part.operator != "known" or part.operands == (0,))
        return frozenset({part.fact}) if is_test and isinstance(part, Test) else frozenset()
    parts = [asked_for(part) for part in condition.parts]
    if isinstance(condition, All):
        return frozenset().union(*parts)
    assert isinstance(condition, AnyOf)
    return frozenset.intersection(*parts) if parts else frozenset()


def _one_or_more(reader: Reader, node: Node | None) -> Iterable[Node]:
    return (node,) if isinstance(node, Scalar) else reader.items(node)
