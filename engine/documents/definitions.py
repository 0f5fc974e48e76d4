"""Which names does `define:` give, and are they used without going in circles?"""

from __future__ import annotations

from collections.abc import Iterator

from engine.documents.values import ValueReader
from engine.text.nodes import Entry, Mapping, Node
from engine.text.source import Span

DEEPEST = 16
"""How many names may be expanded inside each other."""


class Definitions:
    """Named conditions and aggregates of one document."""

    def __init__(self, values: ValueReader, define: Mapping | None) -> None:
        entries = () if define is None else define.entries
        self._values = values
        self._entries: dict[str, Entry] = {entry.key.text: entry for entry in entries}
        self._open: list[str] = []
        self._used: set[str] = set()

    def is_aggregate(self, name: str) -> bool:
        """Whether the name is given to an aggregate and not to a condition."""
        value = self._entries[name].value
        return isinstance(value, Mapping) and value.get("aggregate") is not None

    def unused(self) -> Iterator[tuple[str, Entry]]:
        """Names that were not asked for so far."""
        for name, entry in self._entries.items():
            if name not in self._used:
                yield name, entry

    def aggregate(self, name: str, span: Span) -> Entry | None:
        """The definition of an aggregate; None after a report."""
        if name in self._entries and self.is_aggregate(name):
            self._used.add(name)
            return self._entries[name]
        names = [known for known in self._entries if self.is_aggregate(known)]
        hint = self._values.suggest(name, names, "define it under `define:` with `aggregate:`")
        self._values.report("RS308", f"no aggregate '{name}' is defined", span, hint=hint)
        return None

    def enter(self, name: str, span: Span) -> Node | None:
        """Begin to expand a named condition; None after a report. Pair with `leave`."""
        if name not in self._entries or self.is_aggregate(name):
            names = [known for known in self._entries if not self.is_aggregate(known)]
            hint = self._values.suggest(name, names, "define it under `define:`")
            self._values.report("RS308", f"no condition '{name}' is defined", span, hint=hint)
            return None
        self._used.add(name)
        if name in self._open:
            circle = " → ".join([*self._open[self._open.index(name) :], name])
            self._values.report("RS309", f"the definition goes in a circle: {circle}", span)
            return None
        if len(self._open) >= DEEPEST:
            message = f"names are expanded more than {DEEPEST} deep"
            self._values.report("RS309", message, span, hint="write the innermost conditions out")
            return None
        self._open.append(name)
        return self._entries[name].value

    def leave(self, name: str) -> None:
        """End of what `enter` began."""
        self._open.remove(name)
