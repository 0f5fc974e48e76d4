"""How are stated reasons to say no read? Shipping, tax (exemptions) and checkout share them."""

from __future__ import annotations

from collections.abc import Iterable

from engine.documents.model import Refusal
from engine.documents.places import Place
from engine.documents.reading import Ids, Reader
from engine.text.nodes import Mapping, Node


def read_refusals(
    reader: Reader, node: Node | None, what: str, place: Place, methods: Iterable[str] = ()
) -> tuple[Refusal, ...]:
    """All refusals of a list. The code is the id unless `code:` says another; `methods` are those it may name."""
    ids = Ids(reader, what)
    known = set(methods)
    read = [_refusal(reader, fields, ids, place, known) for fields in reader.mappings(node)]
    return tuple(refusal for refusal in read if refusal is not None)


def _refusal(reader: Reader, fields: Mapping, ids: Ids, place: Place, methods: set[str]) -> Refusal | None:
    refusal_id = ids.claim(fields)
    when_node = reader.required(fields, "when")
    when = reader.condition(when_node, place)
    window = reader.window(fields)
    named = reader.references(fields.get("methods"), methods, "method")
    if refusal_id is None or when_node is None:
        return None
    return Refusal(
        id=refusal_id,
        when=when,
        code=reader.identifier(fields.get("code")) or refusal_id,
        window=window,
        methods=named,
        message=reader.message(fields.get("message")),
        span=fields.span,
    )
