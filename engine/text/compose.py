"""How do parser events become nodes, within limits and without recursion?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml
from yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
)

from engine.text import compose_faults as refusal
from engine.text.characters import refused_in_value
from engine.text.diagnostics import Diagnostic
from engine.text.faults import Faults
from engine.text.limits import Limits
from engine.text.misreadings import misreading
from engine.text.nodes import Entry, Mapping, Node, Scalar, Sequence
from engine.text.plain_scalars import number_fault
from engine.text.source import Source, Span
from engine.text.surrogate_pairs import with_pairs, without_pairs
from engine.text.yaml_faults import bad_escape, missing_key, other_version, yaml_fault

LOADER: type[yaml.SafeLoader | yaml.CSafeLoader] = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
"""Only its event parser is used: nothing is resolved or constructed by the YAML library."""


class Composer:
    """Builds the nodes of one text from parser events; faults go to the collector it was given.

    An explicit stack replaces recursion, so depth costs no call frames; an exceeded limit stops the parser.
    """

    def __init__(self, source: Source, limits: Limits, faults: Faults, several: bool) -> None:
        self._source = source
        self._limits = limits
        self._faults = faults
        self._several = several
        self._documents: list[Node] = []
        self._stack: list[_Open] = []
        self._anchors: dict[str, _Anchored | _Open] = {}
        self._first_start: Span | None = None
        self._nodes = 0
        self._alias_nodes = 0
        self._stopped = False
        self._has_pairs = False
        self._read_to = source.span(0, 0)

    def documents(self) -> list[Node]:
        """All documents; reading stops at a syntax fault, an exceeded limit or too many faults."""
        for event in self._events():
            self._take(event)
            if self._stopped or self._faults.is_full:
                break
        return self._documents

    def _events(self) -> Iterator[Event]:
        text = without_pairs(self._source.text)
        self._has_pairs = text != self._source.text
        try:
            yield from yaml.parse(text, Loader=LOADER)
        except yaml.YAMLError as fault:
            self._faults.add(yaml_fault(self._source, fault, self._read_to))
        except (ValueError, OverflowError):  # of `chr` in the parser's pure Python form
            self._faults.add(bad_escape(self._read_to))

    def _take(self, event: Event) -> None:
        if isinstance(event, ScalarEvent):
            self._scalar(event)
        elif isinstance(event, CollectionStartEvent):
            self._open(event)
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            self._close(event)
        elif isinstance(event, AliasEvent):
            self._alias(event)
        elif isinstance(event, DocumentStartEvent):
            self._start_document(event)
        elif isinstance(event, DocumentEndEvent):
            self._anchors = {}

    def _start_document(self, event: DocumentStartEvent) -> None:
        span = self._span(event)
        if event.version is not None and tuple(event.version) != (1, 2):
            self._faults.add(other_version(span))
        if self._first_start is None:
            self._first_start = span
        elif not self._several:
            self._stop(refusal.second_document(span, self._first_start))

    def _scalar(self, event: ScalarEvent) -> None:
        text, span = self._scalar_text(event), self._scalar_span(event)
        self._count(1, span)
        self._refuse_tag(event, span)
        self._refuse_misreading(event, span)
        quoted = bool(event.style)
        if len(text) > self._limits.max_scalar_chars:
            self._faults.add(refusal.too_long(self._limits, len(text), span))
        elif quoted:
            self._refuse_characters(text, span)
        elif not (self._stack and self._stack[-1].awaits_key()):
            self._refuse_number(text, span)
        scalar = Scalar(span, text, quoted)
        if event.anchor is not None:
            self._anchors[event.anchor] = _Anchored(scalar, nodes=1, levels=0)
        self._place(scalar, nodes=1, levels=0)

    def _open(self, event: CollectionStartEvent) -> None:
        span = self._span(event)
        self._count(1, span)
        self._refuse_tag(event, span)
        if len(self._stack) >= self._limits.max_depth:
            self._stop(refusal.too_deep(self._limits, span))
            return
        collection = _Open(span, isinstance(event, MappingStartEvent), bool(event.flow_style), event.anchor)
        self._stack.append(collection)
        if event.anchor is not None:
            self._anchors[event.anchor] = collection

    def _close(self, event: Event) -> None:
        collection = self._stack.pop()
        node = collection.closed(self._span(event))
        if collection.anchor is not None and self._anchors[collection.anchor] is collection:
            self._anchors[collection.anchor] = _Anchored(node, collection.nodes, collection.levels + 1)
        self._place(node, collection.nodes, collection.levels + 1)

    def _alias(self, event: AliasEvent) -> None:
        span, name = self._span(event), event.anchor or ""
        self._refuse_misreading(event, span)
        named = self._anchors.get(name)
        if isinstance(named, _Anchored):
            self._repeat(named, span)
            return
        if named is None:
            self._faults.add(refusal.unknown_alias(name, self._anchors, span))
        else:
            self._faults.add(refusal.recursive_alias(name, span, named.span))
        self._place(Scalar(span, name, quoted=True), nodes=1, levels=0)

    def _repeat(self, named: _Anchored, span: Span) -> None:
        self._alias_nodes += named.nodes
        self._count(named.nodes, span)
        if self._alias_nodes > self._limits.max_alias_nodes:
            self._stop(refusal.too_much_repetition(self._limits, span))
        elif len(self._stack) + named.levels > self._limits.max_depth:
            self._stop(refusal.too_deep(self._limits, span))
        else:
            # A repeated scalar stands where its alias does; a repeated collection keeps its own places.
            node = named.node
            if isinstance(node, Scalar):
                node = Scalar(span, node.text, node.quoted)
            self._place(node, named.nodes, named.levels)

    def _place(self, node: Node, nodes: int, levels: int) -> None:
        """Put a finished node where it belongs: as document, list item, key or value."""
        if not self._stack:
            self._finish_document(node)
            return
        parent = self._stack[-1]
        parent.nodes += nodes
        parent.levels = max(parent.levels, levels)
        if parent.awaits_key():
            parent.key = self._key(node, parent)
        elif parent.key is not None:
            parent.entries.append(Entry(parent.key, node))
            parent.key = None
        else:
            parent.items.append(node)

    def _finish_document(self, node: Node) -> None:
        if isinstance(node, Scalar) and not node.text and not node.quoted:
            self._faults.add(refusal.empty_document(node.span))
        self._documents.append(node)

    def _key(self, node: Node, parent: _Open) -> Scalar:
        if not isinstance(node, Scalar):
            self._faults.add(refusal.complex_key(node.span))
            return Scalar(node.span, "", quoted=True)
        first = parent.keys.setdefault(node.text, node.span)
        if not node.quoted and node.text == "<<":
            self._faults.add(refusal.merge_key(node.span))
        elif not node.quoted and not node.text:
            self._faults.add(missing_key(node.span))
        elif first is not node.span:
            self._faults.add(refusal.duplicate_key(node.text, node.span, first))
        return node

    def _count(self, nodes: int, span: Span) -> None:
        self._nodes += nodes
        if self._nodes > self._limits.max_nodes:
            self._stop(refusal.too_many_nodes(self._limits, span))

    def _refuse_misreading(self, event: ScalarEvent | AliasEvent, span: Span) -> None:
        assert event.start_mark is not None
        remedy = misreading(self._source.text, event.start_mark.index, event.anchor)
        if remedy:
            self._faults.add(refusal.ambiguous(remedy, span))

    def _refuse_tag(self, event: ScalarEvent | CollectionStartEvent, span: Span) -> None:
        if event.tag is not None:
            self._faults.add(refusal.tag(event.tag, span))

    def _refuse_characters(self, text: str, span: Span) -> None:
        character = refused_in_value(text)
        if character is not None:
            self._faults.add(refusal.refused_value(character, span))

    def _refuse_number(self, text: str, span: Span) -> None:
        fault = number_fault(text)
        if fault is not None:
            self._faults.add(refusal.number(fault, text, span))

    def _stop(self, finding: Diagnostic) -> None:
        self._faults.add(finding)
        self._stopped = True

    def _span(self, event: Event) -> Span:
        start, end = event.start_mark, event.end_mark
        assert start is not None
        assert end is not None
        self._read_to = Span(self._source.name, start.line + 1, start.column + 1, end.line + 1, end.column + 1)
        return self._read_to

    def _scalar_span(self, event: ScalarEvent) -> Span:
        if event.style not in ("|", ">"):
            return self._span(event)
        # The parser ends a block scalar where the next token starts; its text ends before that.
        start, written = self._written(event)
        return self._source.span(start, start + len(written.rstrip()))

    def _scalar_text(self, event: ScalarEvent) -> str:
        if not self._has_pairs:
            return event.value
        return with_pairs(event.value, self._written(event)[1], is_escaped=event.style == '"')

    def _written(self, event: Event) -> tuple[int, str]:
        """Where the event starts, as an offset from 0, and the text it was read from."""
        start, end = event.start_mark, event.end_mark
        assert start is not None
        assert end is not None
        return start.index, self._source.text[start.index : end.index]


@dataclass(slots=True, eq=False)
class _Open:
    """A list or mapping whose end has not been read yet; `nodes` and `levels` as in `_Anchored`."""

    span: Span
    is_mapping: bool
    is_flow: bool
    anchor: str | None
    items: list[Node] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    keys: dict[str, Span] = field(default_factory=dict)
    key: Scalar | None = None
    nodes: int = 1
    levels: int = 0

    def awaits_key(self) -> bool:
        return self.is_mapping and self.key is None

    def closed(self, end: Span) -> Node:
        # A block collection has no closing bracket: it ends where its last value does.
        last = end
        if not self.is_flow and (self.entries or self.items):
            last = self.entries[-1].value.span if self.is_mapping else self.items[-1].span
        span = self.span.until(last)
        return Mapping(span, tuple(self.entries)) if self.is_mapping else Sequence(span, tuple(self.items))


@dataclass(slots=True)
class _Anchored:
    """A finished node that aliases may repeat: its expanded size in nodes and how many levels it nests."""

    node: Node
    nodes: int
    levels: int
