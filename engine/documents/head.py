"""What do the first lines of a document say about how the rest is to be read?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, get_args
from zoneinfo import ZoneInfo

from engine.documents.model import Head, Kind
from engine.documents.reading import ReadContext, Reader
from engine.documents.values import ValueReader
from engine.facts.given import attribute_scope
from engine.facts.timezones import zone
from engine.facts.vocabulary import FACT_TYPES, Fact, FactType, Vocabulary
from engine.money import EXPONENTS, Rounding, is_currency
from engine.text.faults import Faults
from engine.text.nodes import Mapping as MappingNode
from engine.text.nodes import Node, Scalar
from engine.text.nodes import Sequence as ListNode

ROUNDINGS: Final[tuple[Rounding, ...]] = get_args(Rounding)
_VOCABULARIES: Final[Mapping[Kind, str]] = {
    "orders": "order",
    "access": "access",
    "referrals": "event",
    "signals": "event",
    "notifications": "event",
    "inventory": "stock",
}
_UTC: Final = "UTC"
_LONGEST_ZONE: Final = 64


def begin(fields: MappingNode, kind: Kind, context: ReadContext, faults: Faults) -> Reader:
    """A reader for the document; faults of its head are reported and replaced by defaults, so reading goes on."""
    blank = Head(
        kind=kind, name="", version=1, vocabulary="", currency="", currencies=(), timezone=_UTC, span=fields.span
    )
    values = ValueReader(blank, _utc(), faults)
    time_zone = _time_zone(values, fields.get("timezone"))
    currencies = _currencies(values, fields.get("currency"))
    head = Head(
        kind=kind,
        name=values.identifier(values.required(fields, "name")) or "",
        version=values.integer(values.required(fields, "version"), 1) or 1,
        vocabulary=values.text(values.required(fields, "vocabulary")) or "",
        currency=_currency(values, fields, currencies, context.currency),
        currencies=currencies,
        timezone=time_zone.key,
        rounding=values.choice(fields.get("rounding"), ROUNDINGS, "half_up"),
        summary=values.text(fields.get("summary")) or "",
        span=fields.span,
    )
    attributes = _attributes(values, fields.get("attributes"))
    vocabulary = _vocabulary(values, fields, head, context)
    if vocabulary is not None:
        vocabulary = vocabulary.with_attributes(attributes)
    values = ValueReader(head, time_zone, faults)
    return Reader(values, vocabulary, attributes, context.attachments, fields.get("define"))


def vocabulary_name(kind: Kind) -> str:
    """The vocabulary whose versions documents of this kind read."""
    return _VOCABULARIES.get(kind, "checkout")


def _utc() -> ZoneInfo:
    found = zone(_UTC)
    if found is None:
        raise LookupError("the time zone data has no UTC")
    return found


def _time_zone(values: ValueReader, node: Node | None) -> ZoneInfo:
    name = values.text(node)
    found = None if name is None or len(name) > _LONGEST_ZONE else zone(name)
    if node is not None and name is not None and found is None:
        hint = "write an IANA name such as Europe/London or America/Sao_Paulo"
        values.report("RS302", f"there is no time zone '{name[:_LONGEST_ZONE]}'", node.span, hint=hint)
    return found or _utc()


def _currencies(values: ValueReader, node: Node | None) -> tuple[str, ...]:
    nodes = node.items if isinstance(node, ListNode) else () if node is None else (node,)
    known = []
    for item in nodes:
        code = values.text(item)
        if code is None:
            continue
        if is_currency(code):
            known.append(code)
        else:
            hint = values.suggest(code.upper(), EXPONENTS, "use a three-letter code such as EUR, GBP or JPY")
            values.report("RS316", f"'{code}' is not an active ISO 4217 currency", item.span, hint=hint)
    return tuple(dict.fromkeys(known))


def _currency(values: ValueReader, fields: MappingNode, currencies: tuple[str, ...], wanted: str | None) -> str:
    if wanted is None or not currencies:
        return currencies[0] if currencies else ""
    if wanted not in currencies:
        node = fields.get("currency")
        message = f"the document has no amounts in {wanted}, only in {', '.join(currencies)}"
        values.report("RS317", message, fields.span if node is None else node.span)
        return currencies[0]
    return wanted


def _vocabulary(values: ValueReader, fields: MappingNode, head: Head, context: ReadContext) -> Vocabulary | None:
    node = fields.get("vocabulary")
    if node is None or not head.vocabulary:
        return None
    found = context.vocabularies.get(head.vocabulary)
    if found is None:
        known = sorted(context.vocabularies)
        hint = values.suggest(head.vocabulary, known, f"known: {', '.join(known)}")
        values.report("RS301", f"there is no vocabulary '{head.vocabulary}'", node.span, hint=hint)
        return None
    if found.name != vocabulary_name(head.kind):
        message = f"{head.kind} rulesets read the vocabulary {vocabulary_name(head.kind)}, not {found.name}"
        values.report("RS301", message, node.span, hint=f"write vocabulary: {vocabulary_name(head.kind)}/1")
        return None
    return found


def _attributes(values: ValueReader, node: Node | None) -> dict[str, Fact]:
    fields = values.mapping(node)
    facts: dict[str, Fact] = {}
    for entry in () if fields is None else fields.entries:
        declared = values.mapping(entry.value)
        scope = attribute_scope(entry.key.text)
        if scope is None:
            message = f"'{entry.key.text}' is not the name of an attribute"
            hint = "write line.attr.NAME, customer.attr.NAME or cart.attr.NAME, in lower case"
            values.report("RS328", message, entry.key.span, hint=hint)
        elif declared is not None:
            fact_type = _fact_type(values, declared)
            about = values.text(declared.get("about")) or ""
            if fact_type is not None:
                facts[entry.key.text] = Fact(
                    name=entry.key.text,
                    type=fact_type,
                    scope=scope,
                    stage="request",
                    missing=True,
                    about=about,
                )
    return facts


def _fact_type(values: ValueReader, declared: MappingNode) -> FactType | None:
    node = values.required(declared, "type")
    if not isinstance(node, Scalar):
        if node is not None:
            values.text(node)
        return None
    for fact_type in FACT_TYPES:
        if node.text == fact_type:
            return fact_type
    hint = values.suggest(node.text, FACT_TYPES, f"one of {', '.join(FACT_TYPES)}")
    values.report("RS204", f"there is no type '{node.text}'", node.span, hint=hint)
    return None
