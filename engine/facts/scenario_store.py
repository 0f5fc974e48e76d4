"""What does `store:` of a scenario say about the shop that is asked?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from engine.facts.answers import LiteralContext
from engine.facts.given import STORE_KEYS, attribute_scope
from engine.facts.scenario_reader import Known, ScenarioReader
from engine.facts.timezones import zone, zone_names
from engine.facts.vocabulary import FACT_TYPES, Fact, FactType
from engine.money import EXPONENTS, is_currency
from engine.text.nodes import Entry, Node, Scalar
from engine.text.nodes import Mapping as MappingNode
from engine.text.suggest import did_you_mean

_KEYS: Final = ("currency", "timezone", "attributes", *STORE_KEYS)
_ATTRIBUTE_KEYS: Final = ("type", "about")


@dataclass(frozen=True, slots=True)
class Store:
    """Currency of all amounts, zone of local times, declared attributes by full name; None or empty: not stated."""

    currency: str | None
    timezone: ZoneInfo | None
    attributes: dict[str, Fact]
    facts: Known


def read_store(reader: ScenarioReader, node: Node | None) -> Store:
    """Read `store:`; what is wrong is reported and left out."""
    fields = reader.entries(reader.mapping(node, "store"), _KEYS, "store")
    known = Known()
    for key, name in STORE_KEYS.items():
        fact = reader.vocabulary.find(name)
        if key in fields and fact is not None:
            reader.fact(fields[key].value, fact, known)
    return Store(
        currency=_currency(reader, fields.get("currency")),
        timezone=_timezone(reader, fields.get("timezone")),
        attributes=_attributes(reader, fields.get("attributes")),
        facts=known,
    )


def within(reader: ScenarioReader, store: Store, currency: str | None, timezone: ZoneInfo) -> ScenarioReader:
    """A reader for the rest of the scenario: with the store's settings, and these where it has none."""
    vocabulary = reader.vocabulary.with_attributes(store.attributes)
    literals = LiteralContext(store.currency or currency, store.timezone or timezone)
    return ScenarioReader(vocabulary, literals, reader.faults)


def _currency(reader: ScenarioReader, entry: Entry | None) -> str | None:
    code = None if entry is None else reader.text(entry.value, "currency")
    if entry is None or code is None or is_currency(code):
        return code
    hint = did_you_mean(code.upper(), EXPONENTS) or "use a three-letter code such as EUR, GBP or JPY"
    reader.report("RS716", f"'{code[:40]}' is not an active ISO 4217 currency", entry.value.span, hint)
    return None


def _timezone(reader: ScenarioReader, entry: Entry | None) -> ZoneInfo | None:
    name = None if entry is None else reader.text(entry.value, "timezone")
    found = None if name is None else zone(name)
    if entry is not None and name is not None and found is None:
        hint = did_you_mean(name, zone_names()) or "write an IANA name such as Europe/London"
        reader.report("RS716", f"there is no time zone '{name[:40]}'", entry.value.span, hint)
    return found


def _attributes(reader: ScenarioReader, entry: Entry | None) -> dict[str, Fact]:
    """`{line.attr.material: code}`, or the longer `{line.attr.material: {type: code, about: …}}` of rulesets."""
    fields = None if entry is None else reader.mapping(entry.value, "attributes")
    facts: dict[str, Fact] = {}
    for declared in reader.named(fields, "attributes"):
        fact = _attribute(reader, declared)
        if fact is not None:
            facts[fact.name] = fact
    return facts


def _attribute(reader: ScenarioReader, declared: Entry) -> Fact | None:
    name, scope = declared.key.text, attribute_scope(declared.key.text)
    if scope is None:
        hint = "write line.attr.NAME, customer.attr.NAME or cart.attr.NAME, in lower case"
        reader.report("RS703", f"'{name[:40]}' is not the name of an attribute", declared.key.span, hint)
        return None
    about = None
    type_node: Node = declared.value
    if isinstance(declared.value, MappingNode):
        parts = reader.entries(declared.value, _ATTRIBUTE_KEYS, "an attribute")
        about = reader.text(parts["about"].value, "about") if "about" in parts else None
        type_node = parts["type"].value if "type" in parts else declared.value
    fact_type = _type(reader, type_node, name)
    if fact_type is None:
        return None
    return Fact(name=name, type=fact_type, scope=scope, stage="request", missing=True, about=about or "")


def _type(reader: ScenarioReader, node: Node, name: str) -> FactType | None:
    written = node.text if isinstance(node, Scalar) else ""
    for fact_type in FACT_TYPES:
        if fact_type == written:
            return fact_type
    hint = did_you_mean(written, FACT_TYPES) or f"one of {', '.join(FACT_TYPES)}"
    reader.report("RS703", f"the attribute {name} has no type '{written[:40]}'", node.span, hint)
    return None
