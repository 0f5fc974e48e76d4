"""What is asked in a scenario: which cart, decided when, under which rulesets, with which outcome expected?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from engine.facts.answers import LiteralContext
from engine.facts.cart import Cart
from engine.facts.given import attributes_of, sections
from engine.facts.instants import read_instant
from engine.facts.scenario_lines import LineReader
from engine.facts.scenario_reader import MOST_FAULTS, Known, ScenarioReader, is_null
from engine.facts.scenario_store import Store, read_store, within
from engine.facts.scenario_uses import read_coupons, read_usage
from engine.facts.timezones import zone
from engine.facts.vocabulary import Fact, Vocabulary
from engine.text.diagnostics import Diagnostic
from engine.text.faults import Faults
from engine.text.nodes import Entry, Mapping, Node
from engine.text.source import Span

DEFAULT_LOCALE: Final = "en"

_FIRST_KEYS: Final = ("name", "store", "rules", "at")
_LAST_KEYS: Final = ("lines", "coupon", "shipping_method", "usage", "catalogue", "expect")
# Facts of the cart that have a key of their own, outside the section of their name.
_SHIPPING_METHOD: Final = "shipping.method"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioContext:
    """What a scenario may leave out: the currency, the instant (microseconds since 1970 UTC), the zone of local times.

    `vocabulary` is that of checkouts, with the attributes that rulesets declare if they are to be known here.
    """

    vocabulary: Vocabulary
    currency: str | None = None
    now: int | None = None
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A cart and what is asked of it. `rules` and `expect` stay nodes for those who know what to do with them.

    `rules` is a text (a folder) or a list of documents, inline or by path; None: the caller's rulesets. `at` is the
    instant of the decision, also in `cart.now`.
    """

    name: str
    cart: Cart
    rules: Node | None
    expect: Mapping | None
    at: int
    span: Span

    @property
    def source(self) -> str:
        """The name of the text it was read from."""
        return self.span.source


def read_scenario(node: Node, context: ScenarioContext) -> tuple[Scenario | None, tuple[Diagnostic, ...]]:
    """Read a scenario; None when it has faults, which are all reported and located (RS7xx, at most 50).

    Codes are folded, lines and catalogue stand in canonical order (see `engine.facts.line_order`), a key with the
    value null is as good as left out.
    """
    faults = Faults(MOST_FAULTS)
    timezone = zone(context.timezone)
    if timezone is None:
        raise ValueError(f"there is no time zone {context.timezone!r} for scenarios")
    reader = ScenarioReader(context.vocabulary, LiteralContext(context.currency, timezone), faults)
    scenario = None
    if isinstance(node, Mapping):
        scenario = _scenario(reader, node, context, timezone)
    else:
        reader.wrong_shape(node, "a scenario must be a map")
    return (None if faults.has_errors else scenario), faults.report()


def _scenario(outer: ScenarioReader, node: Mapping, context: ScenarioContext, timezone: ZoneInfo) -> Scenario | None:
    facts_of = sections(context.vocabulary)
    fields = outer.entries(node, dict.fromkeys((*_FIRST_KEYS, *facts_of, *_LAST_KEYS)), "a scenario")
    store = read_store(outer, _value(fields, "store"))
    reader = within(outer, store, context.currency, timezone)
    at = _instant(reader, fields.get("at"), context.now, node.span)
    name = reader.text(_value(fields, "name"), "name")
    expect = reader.mapping(_value(fields, "expect"), "expect")
    cart = _cart(reader, fields, store, at or 0, node.span)
    if cart is None or at is None:
        return None
    return Scenario(name=name or "", cart=cart, rules=_value(fields, "rules"), expect=expect, at=at, span=node.span)


def _cart(reader: ScenarioReader, fields: dict[str, Entry], store: Store, now: int, span: Span) -> Cart | None:
    known = store.facts
    for section, facts in sections(reader.vocabulary).items():
        _read_section(reader, section, facts, _value(fields, section), known)
    shipping_method = reader.text(_value(fields, "shipping_method"), "shipping_method")
    if shipping_method is not None:
        known.facts[_SHIPPING_METHOD] = shipping_method
    lines = LineReader(reader)
    if "lines" not in fields:
        reader.report("RS712", "'lines' is missing", span, "write lines: [] for an empty cart")
    currency = reader.literals.currency
    if currency is None:
        reader.report("RS712", "the currency of the amounts is missing", span, "write store: {currency: EUR}")
    else:
        known.facts["currency"] = currency
    customer_id = known.text("customer.id")
    cart_lines = lines.lines(_value(fields, "lines"))
    catalogue = lines.catalogue(_value(fields, "catalogue"))
    coupons = read_coupons(reader, _value(fields, "coupon"))
    usage = read_usage(reader, _value(fields, "usage"), customer_id)
    return Cart(
        currency=currency or "",
        now=now,
        lines=cart_lines,
        facts=dict(sorted(known.facts.items())),
        sets=dict(sorted(known.sets.items())),
        coupons=coupons,
        usage=usage,
        shipping_method=shipping_method,
        payment_method=known.text("payment.method"),
        customer_id=customer_id,
        catalogue=catalogue,
        locale=known.text("locale") or DEFAULT_LOCALE,
    )


def _read_section(
    reader: ScenarioReader, section: str, facts: dict[str, Fact], node: Node | None, known: Known
) -> None:
    """`customer:`, `destination:`, `payment:`, `cart:` and whatever else a vocabulary has facts of."""
    attributes = attributes_of(section, reader.vocabulary)
    keys = (*facts, "attr") if section in ("customer", "cart") else tuple(facts)
    fields = reader.entries(reader.mapping(node, section), keys, section, section)
    reader.facts(fields, facts, known)
    if "attr" in fields:
        reader.attributes(fields["attr"].value, section, attributes, known)


def _instant(reader: ScenarioReader, entry: Entry | None, default: int | None, span: Span) -> int | None:
    if entry is None:
        if default is None:
            reader.report("RS717", "the instant of the decision is missing", span, "write at: 2026-11-21T12:00:00Z")
        return default
    instant, fault = read_instant(entry.value, reader.literals.timezone)
    if fault is not None:
        reader.report("RS710", f"at (instant): {fault.message}", entry.value.span, fault.hint)
    return instant


def _value(fields: dict[str, Entry], key: str) -> Node | None:
    entry = fields.get(key)
    return None if entry is None or is_null(entry.value) else entry.value
