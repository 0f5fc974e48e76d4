"""How does a loaded node become a typed document?"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, TypeVar

from engine.documents.head import begin
from engine.documents.kinds import KINDS, kind_named
from engine.documents.model import AnyDocument, Kind
from engine.documents.reading import ReadContext
from engine.documents.shape import check_shape
from engine.text.diagnostics import Diagnostic, error, has_errors
from engine.text.faults import Faults
from engine.text.limits import DEFAULT_LIMITS
from engine.text.nodes import Mapping, Node, Scalar
from engine.text.source import Span
from engine.text.suggest import did_you_mean

__all__ = ["ReadContext", "kind_of", "read_document", "with_hash"]

_MISSES_A_KEY: Final = frozenset({"RS202", "RS205"})

AnyKind = TypeVar("AnyKind", bound=AnyDocument)


def read_document(node: Node, context: ReadContext) -> tuple[AnyDocument | None, list[Diagnostic]]:
    """The typed document of a ruleset, and everything that is wrong with it: its shape (RS2xx) and its names,
    types, units and stages (RS3xx; RS5xx for orders). None when one of the findings is an error. Never raises.

    `Head.hash` stays empty: see `engine.documents.canonical` and `with_hash`.
    """
    if not isinstance(node, Mapping):
        return None, [error("RS200", "a ruleset is a map of keys", node.span, hint="begin with `ruleset: …`")]
    kind, fault = kind_of(node)
    if kind is None:
        return None, [] if fault is None else [fault]
    shape = check_shape(node, kind)
    faults = Faults(DEFAULT_LIMITS.max_diagnostics)
    reader = begin(node, kind, context, faults)
    document = KINDS[kind].read(reader, node)
    findings = shape + _without_repetitions(faults.report(), shape)
    return (None if has_errors(findings) else document), findings


def kind_of(node: Mapping) -> tuple[Kind | None, Diagnostic | None]:
    """The kind the head names, or what is wrong with it."""
    named = node.get("ruleset")
    hint = f"one of {', '.join(KINDS)}"
    if named is None:
        return None, error("RS202", "'ruleset' is missing", node.span, hint=hint)
    if not isinstance(named, Scalar):
        return None, error("RS203", "expected the kind of the ruleset", named.span, hint=hint)
    kind = kind_named(named.text)
    if kind is None:
        hint = did_you_mean(named.text, KINDS) or hint
        return None, error("RS209", f"there is no kind of ruleset '{named.text[:40]}'", named.span, hint=hint)
    return kind, None


def with_hash(document: AnyKind, digest: str) -> AnyKind:
    """The same document with its hash in the head."""
    return replace(document, head=replace(document.head, hash=digest))


def _without_repetitions(findings: tuple[Diagnostic, ...], shape: list[Diagnostic]) -> list[Diagnostic]:
    """The reader notices most faults of shape itself; where the shape stage has spoken, it is not heard again.
    Nor does it miss a key in a map with an unknown one: that is probably the key it misses.
    """
    places = {_start(finding.span) for finding in shape}
    unknown = [finding.span for finding in shape if finding.code == "RS201" and finding.span is not None]
    return [
        finding
        for finding in findings
        if _start(finding.span) not in places
        and not (finding.code in _MISSES_A_KEY and any(_holds(finding.span, key) for key in unknown))
    ]


def _start(span: Span | None) -> tuple[str, int, int] | None:
    return None if span is None else (span.source, span.line, span.column)


def _holds(span: Span | None, key: Span) -> bool:
    if span is None or span.source != key.source:
        return False
    return (span.line, span.column) <= (key.line, key.column) <= (span.end_line, span.end_column)
