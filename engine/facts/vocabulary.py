"""Which facts may a ruleset read, of what type, scope and stage is each, and which actions may it permit?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal, TypeVar, get_args

from engine.text.diagnostics import Diagnostic, error
from engine.text.faults import Faults
from engine.text.load import load
from engine.text.nodes import Mapping as MappingNode
from engine.text.nodes import Node, Scalar
from engine.text.nodes import Sequence as SequenceNode
from engine.text.source import Source, Span
from engine.text.suggest import did_you_mean

FactType = Literal[
    "money",
    "count",
    "weight",
    "volume",
    "boolean",
    "code",
    "text",
    "country",
    "region",
    "postcode",
    "category",
    "codes",
    "instant",
    "time",
    "weekday",
]
"""Keys are integers for money (minor units), count (0 or more), weight (grams), volume (cm³), boolean (0 or 1), instant
(microseconds since 1970 UTC), time (minutes since local midnight) and weekday (0, Monday, to 6); text for the others.
`codes` is a set of codes."""

Scope = Literal["cart", "line", "shipment", "taxable", "order", "event", "invite", "subject", "stock"]
"""What a fact is one of: `when` reads the cart, `where` a line, shipping a shipment, tax rates what they tax;
lifecycles read an order, signals and notifications what happened, referrals an invite, inventory a variant;
signals what has not changed for a while, as it is: a cart, an order, a customer."""

Stage = Literal[
    "request",
    "pricing",
    "line_promotions",
    "order_promotions",
    "coupons",
    "shipping",
    "shipping_promotions",
    "tax",
    "total",
]
"""The stages of a checkout in the order they run; `request` is what is known before the first."""

STAGES: Final[tuple[Stage, ...]] = get_args(Stage)
FACT_TYPES: Final[tuple[FactType, ...]] = get_args(FactType)
SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)

NUMBER_TYPES: Final[frozenset[FactType]] = frozenset(
    {"money", "count", "weight", "volume", "boolean", "instant", "time", "weekday"}
)
"""Types whose keys are integers."""

_FACT_KEYS: Final = ("type", "scope", "stage", "missing", "about")
_ACTION_KEYS: Final = ("amount", "about")
_EVENT_KEYS: Final = ("facts", "maybe", "about")
_HEAD_KEYS: Final = ("vocabulary", "version", "summary", "facts", "actions", "events")
_EVENT_NAME = re.compile(r"[A-Z][A-Za-z0-9]*")
_OF_ORDERS: Final = "order"
_NAME = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*")
_MOST_FAULTS: Final = 50
Word = TypeVar("Word", bound=str)


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing rules may read.

    `stage` is the first stage after which the value exists, `missing` says whether it can be unknown, `about` is one
    sentence for the reference.
    """

    name: str
    type: FactType
    scope: Scope
    stage: Stage
    missing: bool
    about: str

    @property
    def is_number(self) -> bool:
        """Whether keys of this fact are integers."""
        return self.type in NUMBER_TYPES


@dataclass(frozen=True, slots=True)
class PermissibleAction:
    """One thing people do in the shop, which an access ruleset lets some of them do: `orders.refund`.

    `amount` says whether it moves an amount of money, so that there can be a limit to it; `about` is one sentence for
    the reference.
    """

    name: str
    amount: bool
    about: str


@dataclass(frozen=True, slots=True)
class EventType:
    """Something that happens, which rulesets may wait for: `OrderPaid`. `facts` are those it carries.

    `of_orders`: a lifecycle announces it, so it carries what any announcement of a lifecycle does. `maybe` are those
    facts that are not known each time.
    """

    name: str
    facts: tuple[str, ...]
    of_orders: bool
    about: str
    maybe: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A published set of facts, actions and events, in the order of its document. A version never changes."""

    name: str
    version: int
    facts: Mapping[str, Fact]
    summary: str = ""
    actions: Mapping[str, PermissibleAction] = field(default_factory=dict)
    events: Mapping[str, EventType] = field(default_factory=dict)

    @property
    def order_facts(self) -> tuple[str, ...]:
        """The facts that every announcement of a lifecycle carries."""
        return next((event.facts for event in self.events.values() if event.of_orders), ())

    @property
    def ref(self) -> str:
        """How a ruleset names it: `checkout/1`."""
        return f"{self.name}/{self.version}"

    def find(self, name: str) -> Fact | None:
        """The fact of that name, or None."""
        return self.facts.get(name)

    def with_attributes(self, attributes: Mapping[str, Fact]) -> Vocabulary:
        """This vocabulary with the typed attributes of a store added; a published fact keeps its meaning."""
        return replace(self, facts={**attributes, **self.facts}) if attributes else self


def stage_rank(stage: Stage) -> int:
    """0 for `request`, then the position of the stage in the pipeline; a rule reads facts of lower rank only."""
    return STAGES.index(stage)


def read_vocabulary(source: Source) -> tuple[Vocabulary | None, tuple[Diagnostic, ...]]:
    """Read a vocabulary document; None when it has faults, which are all located (RS1xx, RS701, RS702)."""
    loaded = load(source)
    if loaded.node is None:
        return None, loaded.diagnostics
    reader = _VocabularyReader()
    vocabulary = reader.vocabulary(loaded.node)
    diagnostics = (*loaded.diagnostics, *reader.faults.report())
    return (None if reader.faults.has_errors else vocabulary), diagnostics


def _is_of_orders(fact: str) -> bool:
    return fact.partition(".")[0] in ("event", "order", "refund", "customer", "device") and fact != "customer.locale"


def _is_maybe_of_orders(fact: str) -> bool:
    """Guests have no id, and a worker that moves an order no device; the address is told when it is placed."""
    return fact.partition(".")[0] in ("customer", "device") or fact == "order.address"


class _VocabularyReader:
    """Reads on after a fault with a stand-in value, so that all faults of the document are found."""

    def __init__(self) -> None:
        self.faults = Faults(_MOST_FAULTS)

    def vocabulary(self, node: Node) -> Vocabulary:
        fields = self._mapping(node, "a vocabulary", _HEAD_KEYS)
        facts = self._facts(fields, node.span)
        return Vocabulary(
            name=self._text(fields, "vocabulary", node.span),
            version=self._version(fields, node.span),
            facts=facts,
            summary=self._summary(fields),
            actions=self._actions(fields),
            events=self._events(fields, tuple(name for name, fact in facts.items() if fact.scope == "event")),
        )

    def _summary(self, fields: MappingNode | None) -> str:
        given = fields is not None and fields.get("summary") is not None
        return self._text(fields, "summary", fields.span) if given and fields is not None else ""

    def _version(self, fields: MappingNode | None, span: Span) -> int:
        node = self._required(fields, "version", span)
        value = node.value if isinstance(node, Scalar) else None
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
        if node is not None:
            self._report("RS701", "the version must be a whole number from 1 on", node.span)
        return 0

    def _facts(self, fields: MappingNode | None, span: Span) -> dict[str, Fact]:
        has_actions = fields is not None and fields.get("actions") is not None
        node = fields.get("facts") if fields is not None and has_actions else self._required(fields, "facts", span)
        hint = "write lower-case words joined by dots, as in customer.orders_paid"
        return {name: self._fact(name, value) for name, value in self._named(node, "fact", hint)}

    def _actions(self, fields: MappingNode | None) -> dict[str, PermissibleAction]:
        node = None if fields is None else fields.get("actions")
        hint = "write an area and what is done there, joined by a dot, as in orders.refund"
        return {name: self._action(name, value) for name, value in self._named(node, "action", hint)}

    def _events(self, fields: MappingNode | None, facts: Sequence[str]) -> dict[str, EventType]:
        node = None if fields is None else fields.get("events")
        hint = "write words in the past tense, each with a capital letter, as in OrderPaid"
        return {name: self._event(name, value, facts) for name, value in self._named(node, "event", hint, _EVENT_NAME)}

    def _event(self, name: str, node: Node, facts: Sequence[str]) -> EventType:
        fields = self._mapping(node, f"the event '{name}'", _EVENT_KEYS)
        about = self._text(fields, "about", node.span)
        given = self._required(fields, "facts", node.span)
        if isinstance(given, Scalar) and given.text == _OF_ORDERS:
            # What every announcement carries is what is not of carts, coupons, invites, rewards and signals.
            carried = tuple(fact for fact in facts if _is_of_orders(fact))
            return EventType(name, carried, True, about, frozenset(filter(_is_maybe_of_orders, carried)))
        carried = self._listed_facts(given, facts, "'facts' must be a list of facts, or `order`")
        maybe = self._listed_facts(None if fields is None else fields.get("maybe"), carried, "'maybe' must be a list")
        return EventType(name, carried, False, about, frozenset(maybe))

    def _listed_facts(self, given: Node | None, known: Sequence[str], otherwise: str) -> tuple[str, ...]:
        items = given.items if isinstance(given, SequenceNode) else ()
        if given is not None and not isinstance(given, SequenceNode):
            self._report("RS701", otherwise, given.span)
        for item in items:
            if not isinstance(item, Scalar) or item.text not in known:
                written = item.text if isinstance(item, Scalar) else ""
                hint = did_you_mean(written, known) or "name a fact of this vocabulary"
                self._report("RS702", f"there is no fact '{written[:40]}'", item.span, hint)
        return tuple(item.text for item in items if isinstance(item, Scalar))

    def _named(
        self, node: Node | None, what: str, hint: str, pattern: re.Pattern[str] = _NAME
    ) -> Iterator[tuple[str, Node]]:
        listed = None if node is None else self._mapping(node, f"the list of {what}s", ())
        for entry in () if listed is None else listed.entries:
            name = entry.key.text
            if self.faults.is_full:
                return
            if not pattern.fullmatch(name):
                article = "an" if what in ("action", "event") else "a"
                self._report("RS701", f"'{name}' is not the name of {article} {what}", entry.key.span, hint)
            yield name, entry.value

    def _action(self, name: str, node: Node) -> PermissibleAction:
        fields = self._mapping(node, f"the action '{name}'", _ACTION_KEYS)
        has_amount = fields is not None and fields.get("amount") is not None
        return PermissibleAction(
            name=name,
            amount=has_amount and self._flag(fields, "amount", node.span),
            about=self._text(fields, "about", node.span),
        )

    def _fact(self, name: str, node: Node) -> Fact:
        fields = self._mapping(node, f"the fact '{name}'", _FACT_KEYS)
        return Fact(
            name=name,
            type=self._choice(fields, "type", FACT_TYPES, "code", node.span),
            scope=self._choice(fields, "scope", SCOPES, "cart", node.span),
            stage=self._choice(fields, "stage", STAGES, "request", node.span),
            missing=self._flag(fields, "missing", node.span),
            about=self._text(fields, "about", node.span),
        )

    def _choice(self, fields: MappingNode | None, key: str, among: Sequence[Word], default: Word, span: Span) -> Word:
        node = self._required(fields, key, span)
        written = node.text if isinstance(node, Scalar) else ""
        for word in among:
            if word == written:
                return word
        if node is not None:
            hint = did_you_mean(written, among) or f"one of {', '.join(among)}"
            self._report("RS702", f"there is no {key} '{written[:40]}'", node.span, hint)
        return default

    def _flag(self, fields: MappingNode | None, key: str, span: Span) -> bool:
        node = self._required(fields, key, span)
        value = node.value if isinstance(node, Scalar) else None
        if isinstance(value, bool):
            return value
        if node is not None:
            self._report("RS701", f"'{key}' must be true or false", node.span)
        return True

    def _text(self, fields: MappingNode | None, key: str, span: Span) -> str:
        node = self._required(fields, key, span)
        if isinstance(node, Scalar) and node.text.strip():
            return node.text
        if node is not None:
            self._report("RS701", f"'{key}' must be a text", node.span)
        return ""

    def _mapping(self, node: Node, what: str, keys: Sequence[str]) -> MappingNode | None:
        if not isinstance(node, MappingNode):
            self._report("RS701", f"{what} must be a map", node.span)
            return None
        for entry in node.entries if keys else ():
            if entry.key.text not in keys:
                hint = did_you_mean(entry.key.text, keys) or f"known: {', '.join(keys)}"
                self._report("RS702", f"{what} has no key '{entry.key.text[:40]}'", entry.key.span, hint)
        return node

    def _required(self, fields: MappingNode | None, key: str, span: Span) -> Node | None:
        """The value of a key; None when it is missing, which is reported, or when its map already was."""
        node = None if fields is None else fields.get(key)
        if fields is not None and node is None:
            self._report("RS701", f"'{key}' is missing", span)
        return node

    def _report(self, code: str, message: str, span: Span, hint: str = "") -> None:
        self.faults.add(error(code, message, span, hint=hint))
