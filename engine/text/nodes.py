"""What is the shape of a loaded YAML document, with the place of every part?"""

from __future__ import annotations

from decimal import Decimal
from typing import TypeAlias

from msgspec import Struct

from engine.text.plain_scalars import PlainValue, plain_value
from engine.text.source import Span

Plain: TypeAlias = "str | int | Decimal | bool | list[Plain] | dict[str, Plain] | None"


class Scalar(Struct, frozen=True, gc=False):
    """One value. `quoted` is true for quoted and block (`|`, `>`) scalars, which are always text."""

    span: Span
    text: str
    quoted: bool

    @property
    def value(self) -> PlainValue:
        """The text itself when quoted, otherwise what `plain_value` reads; never a float."""
        return self.text if self.quoted else plain_value(self.text)


class Sequence(Struct, frozen=True, gc=False):
    """A list of nodes in written order."""

    span: Span
    items: tuple[Node, ...]


class Entry(Struct, frozen=True, gc=False):
    """One `key: value` of a mapping. A key means its text: `1` and `"1"` are the same key."""

    key: Scalar
    value: Node


class Mapping(Struct, frozen=True, gc=False):
    """Entries in written order; the loader guarantees that their keys differ."""

    span: Span
    entries: tuple[Entry, ...]

    def entry(self, key: str) -> Entry | None:
        """The entry of `key`, or None."""
        return next((entry for entry in self.entries if entry.key.text == key), None)

    def get(self, key: str) -> Node | None:
        """The value of `key`, or None."""
        entry = self.entry(key)
        return None if entry is None else entry.value

    def keys(self) -> tuple[str, ...]:
        """All keys in written order."""
        return tuple(entry.key.text for entry in self.entries)


Node: TypeAlias = Scalar | Sequence | Mapping


def to_plain(node: Node) -> Plain:
    """The document as plain Python values; mapping keys are always their text.

    Recursive: safe because the loader bounds depth, and the expanded size of aliases.
    """
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Sequence):
        return [to_plain(item) for item in node.items]
    return {entry.key.text: to_plain(entry.value) for entry in node.entries}
