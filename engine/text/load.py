"""How does a text become a tree of located nodes without ever costing more than its limits?"""

from __future__ import annotations

from dataclasses import dataclass

from engine.text.characters import decode, refuse_characters
from engine.text.compose import Composer
from engine.text.compose_faults import empty_document, too_large
from engine.text.diagnostics import Diagnostic
from engine.text.faults import Faults
from engine.text.limits import DEFAULT_LIMITS, Limits
from engine.text.nodes import Node
from engine.text.source import Source
from engine.text.yaml_faults import refuse_many_tag_directives

__all__ = ["DEFAULT_LIMITS", "Limits", "Loaded", "LoadedStream", "decode", "load", "load_stream"]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A document, or None when one of the diagnostics is an error."""

    node: Node | None
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class LoadedStream:
    """The documents of a text in written order; none when one of the diagnostics is an error."""

    nodes: tuple[Node, ...]
    diagnostics: tuple[Diagnostic, ...]


def load(source: Source, limits: Limits = DEFAULT_LIMITS) -> Loaded:
    """Read the one YAML (or JSON) document of `source`.

    Never raises: every fault of the text is a located diagnostic, at most `limits.max_diagnostics` of them.
    """
    faults = Faults(limits.max_diagnostics)
    nodes = _documents(source, limits, faults, several=False)
    if not nodes and not faults.has_errors:
        faults.add(empty_document(source.span(0, 0)))
    return Loaded(None if faults.has_errors else nodes[0], faults.report())


def load_stream(source: Source, limits: Limits = DEFAULT_LIMITS) -> LoadedStream:
    """Read all documents of `source` (separated by `---`); the limits hold for all together. Never raises."""
    faults = Faults(limits.max_diagnostics)
    nodes = _documents(source, limits, faults, several=True)
    return LoadedStream(() if faults.has_errors else tuple(nodes), faults.report())


def _documents(source: Source, limits: Limits, faults: Faults, several: bool) -> list[Node]:
    if _is_too_large(source, limits):
        faults.add(too_large(limits, source.span(0, 0)))
        return []
    refuse_characters(source, faults)
    refuse_many_tag_directives(source, faults)
    if faults.has_errors:
        return []
    return Composer(source, limits, faults, several).documents()


def _is_too_large(source: Source, limits: Limits) -> bool:
    if len(source.text) > limits.max_bytes:
        return True
    if len(source.text) * 4 <= limits.max_bytes:  # UTF-8 needs at most four bytes for a character
        return False
    return len(source.text.encode("utf-8", "surrogatepass")) > limits.max_bytes
