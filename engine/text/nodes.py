"""What is the shape of a loaded YAML document, with the place of every part?"""

from __future__ import annotations

from collections.abc import Sequence as Path
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


def node_at(node: Node, path: Path[str | int]) -> Node:
    """The node at `path` (keys and list positions from 0), or the deepest one on the way that exists."""
    for step in path:
        child = _child(node, step)
        if child is None:
            return node
        node = child
    return node


def key_at(node: Node, path: Path[str | int]) -> Scalar | None:
    """The key that introduces the node at `path`; None for the document, a list item or a path not there."""
    if not path or not isinstance(path[-1], str):
        return None
    for step in path[:-1]:
        child = _child(node, step)
        if child is None:
            return None
        node = child
    entry = node.entry(path[-1]) if isinstance(node, Mapping) else None
    return None if entry is None else entry.key


def _child(node: Node, step: str | int) -> Node | None:
    if isinstance(node, Mapping):
        return node.get(str(step))
    if isinstance(node, Sequence) and isinstance(step, int) and 0 <= step < len(node.items):
        return node.items[step]
    return None
