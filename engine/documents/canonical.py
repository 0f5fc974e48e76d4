"""Which text identifies what a ruleset means, and what is its hash?

Order of keys, layout, comments, aliases and the spelling of numbers do not count, nor do `cases`, `invariants`, `allow`
and `summary`, which decide nothing: a claim can be added to a ruleset that is in use without making it another one.
Tables outside the document count.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from hashlib import sha256
from typing import Final

from engine.facts.timezones import TZ_VERSION
from engine.facts.vocabulary import Vocabulary
from engine.money import TABLE_VERSION
from engine.text.nodes import Mapping, Node, Scalar, Sequence
from engine.text.source import Source

ENGINE_SEMANTICS: Final = 1
"""Raised when the engine would decide an unchanged ruleset differently."""

DEPENDENCIES: Final = {"currencies": TABLE_VERSION, "engine": str(ENGINE_SEMANTICS), "timezones": TZ_VERSION}
"""What a ruleset means depends on these too: the currency table, the semantics, the time zone data."""

SILENT_KEYS: Final = frozenset({"cases", "invariants", "allow", "summary"})
"""Keys of a document that decide nothing."""

Attachments = Callable[[str], Source | None]


def canonical(node: Node, attachments: Attachments) -> bytes:
    """The resolved document as JSON with sorted keys, then the content of the tables it names, as UTF-8.

    Numbers are written with their last digit that counts (1.50 is 1.5); quoted text stays text. Lists keep their
    order. A table that cannot be found counts as absent.
    """
    kept = _without_silent_keys(node)
    tables = {path: _table(attachments(path)) for path in sorted(set(tables_named(kept)))}
    return f'{{"document":{written(kept)},"tables":{_dumped(tables)}}}'.encode()


def ruleset_hash(node: Node, attachments: Attachments) -> str:
    """sha256 (64 hex digits) over the canonical document and the versions of all it depends on: the semantics of
    the engine, the currency table and the time zone data. The vocabulary version is part of the document.
    """
    return sha256(canonical(node, attachments) + b"\n" + _dumped(DEPENDENCIES).encode()).hexdigest()


def content_hash(node: Node, attachments: Attachments) -> str:
    """sha256 over the canonical document alone: it changes only when somebody changes the ruleset or its tables."""
    return sha256(canonical(node, attachments)).hexdigest()


def vocabulary_hash(vocabulary: Vocabulary) -> str:
    """sha256 over the names of all facts and actions and what each is; the sentences about them may be put better."""
    facts = {
        fact.name: f"{fact.type} {fact.scope} {fact.stage} {'missing' if fact.missing else 'known'}"
        for fact in vocabulary.facts.values()
    }
    actions = {action.name: "amount" if action.amount else "" for action in vocabulary.actions.values()}
    parts = [vocabulary.ref, _dumped(facts), *([_dumped(actions)] if actions else [])]
    return sha256("\n".join(parts).encode()).hexdigest()


def written(node: Node) -> str:
    """One node as it stands in the canonical text: equal exactly where two nodes mean the same."""
    if isinstance(node, Sequence):
        return f"[{','.join(written(item) for item in node.items)}]"
    if isinstance(node, Mapping):
        entries = sorted((entry.key.text, entry.value) for entry in node.entries)
        return "{" + ",".join(f"{_dumped(key)}:{written(value)}" for key, value in entries) + "}"
    value = node.value
    if isinstance(value, Decimal):
        return _shortest(format(value, "f"))
    return _dumped(value)


def tables_named(node: Node) -> Iterator[str]:
    """Values of the key `table`, wherever they stand; reading a document decides which of them are tables."""
    if isinstance(node, Sequence):
        for item in node.items:
            yield from tables_named(item)
    elif isinstance(node, Mapping):
        for entry in node.entries:
            if entry.key.text == "table" and isinstance(entry.value, Scalar):
                yield entry.value.text
            else:
                yield from tables_named(entry.value)


def _without_silent_keys(node: Node) -> Node:
    if not isinstance(node, Mapping):
        return node
    return Mapping(node.span, tuple(entry for entry in node.entries if entry.key.text not in SILENT_KEYS))


def _table(source: Source | None) -> str | None:
    return None if source is None else source.text.replace("\r\n", "\n")


def _shortest(number: str) -> str:
    """The number without the zeros that say nothing; -0.0 is 0."""
    shortest = number.rstrip("0").removesuffix(".")
    return "0" if shortest == "-0" else shortest


def _dumped(value: str | int | bool | dict[str, str] | dict[str, str | None] | None) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
