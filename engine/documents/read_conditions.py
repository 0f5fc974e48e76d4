"""How does the map under `when` or `where` become a typed condition?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.documents.axes import aggregate_axis
from engine.documents.conditions import ALWAYS, Aggregate, All, AnyOf, Condition, Measure, Not, Test
from engine.documents.definitions import Definitions
from engine.documents.places import ANYWHERE, Place
from engine.documents.read_tests import TestReader
from engine.documents.values import ValueReader
from engine.facts.vocabulary import FactType, Vocabulary
from engine.text.nodes import Entry, Mapping, Node, Scalar
from engine.text.nodes import Sequence as ListNode
from engine.text.source import Span

MEASURES: dict[Measure, FactType] = {
    "count": "count",
    "quantity": "count",
    "subtotal": "money",
    "weight_g": "weight",
}
"""What an aggregate can add up, and the type of the sum."""

CONNECTIVES = ("any", "all", "not", "condition", "lines")
DEFINED = "defined."
DEEPEST = 64
MOST_OPERANDS = 100_000
"""In one condition, after names are expanded; a long text counts for each 32 characters."""
MOST_OPERANDS_OF_DOCUMENT = 1_000_000


@dataclass(frozen=True, slots=True)
class _Measured:
    """A condition with its cost: nesting depth and number of operands after names are expanded."""

    condition: Condition
    depth: int
    operands: int


_NOTHING = _Measured(ALWAYS, 0, 0)


class ConditionReader:
    """Reads the conditions of one document. Named conditions are expanded, equal aggregates share one axis."""

    def __init__(self, values: ValueReader, vocabulary: Vocabulary | None, define: Mapping | None) -> None:
        self._values = values
        self._vocabulary = vocabulary
        self._definitions = Definitions(values, define)
        self._expanded: dict[tuple[str, Place], _Measured] = {}
        self._operands_left = MOST_OPERANDS_OF_DOCUMENT
        self.aggregates: dict[str, Aggregate] = {}
        self._axes: dict[tuple[int, Measure], Aggregate] = {}

    def read(self, node: Node, place: Place) -> Condition:
        """The typed condition; parts with faults are reported and left out."""
        if self._vocabulary is None:
            return ALWAYS
        measured = self._read(node, place)
        excess = self._excess(measured)
        if excess:
            self._values.report("RS309", excess, node.span, hint="expand fewer names inside each other")
            return ALWAYS
        return measured.condition

    def read_unused(self) -> None:
        """Read the definitions no rule has used, for their faults."""
        if self._vocabulary is None:
            return
        for name, entry in self._definitions.unused():
            if self._definitions.is_aggregate(name):
                self._aggregate_of(entry, ANYWHERE)
            else:
                self._expand(name, entry.key.span, ANYWHERE)

    def fact(self, name: str, span: Span, place: Place) -> tuple[str, FactType] | None:
        """Name (or aggregate axis) and type of what `name` means in `place`; None after a report."""
        if self._vocabulary is None:
            return None
        if name.startswith(DEFINED):
            return self._defined_aggregate(name.removeprefix(DEFINED), span, place)
        fact = self._vocabulary.find(name)
        if fact is None:
            self._unknown_fact(name, span)
            return None
        if not place.has_scope(fact):
            self._wrong_scope(name, fact.scope, span, place)
            return None
        if not place.has_stage(fact):
            message = f"{name} exists only after the stage {fact.stage}; this rule runs earlier"
            hint = f"a rule here reads values up to the stage {place.stage}"
            self._values.report("RS305", message, span, hint=hint)
            return None
        return name, fact.type

    # the grammar -----------------------------------------------------------------------------------------------

    def _read(self, node: Node, place: Place) -> _Measured:
        fields = self._values.mapping(node)
        if fields is None:
            return _NOTHING
        parts: list[_Measured] = []
        for entry in fields.entries:
            if self._values.is_full:
                break
            parts.extend(self._entry(entry, place))
        return _all(parts, fields.span)

    def _entry(self, entry: Entry, place: Place) -> Iterator[_Measured]:
        key = entry.key.text
        if key == "all":
            yield from (self._read(item, place) for item in self._listed(entry))
        elif key == "any":
            parts = [self._read(item, place) for item in self._listed(entry)]
            if parts:
                yield _combined(AnyOf(tuple(part.condition for part in parts), entry.key.span), parts)
        elif key == "not":
            part = self._read(entry.value, place)
            yield _combined(Not(part.condition, entry.key.span), [part])
        elif key == "condition":
            yield from self._named(entry, place)
        elif key == "lines":
            yield from self._aggregates(entry, place)
        else:
            yield from self._fact_tests(entry, place)

    def _listed(self, entry: Entry) -> Iterator[Node]:
        if isinstance(entry.value, ListNode) and not entry.value.items:
            message = f"'{entry.key.text}' has no parts"
            self._values.report("RS206", message, entry.value.span, hint="remove it or add a condition")
        return self._values.items(entry.value)

    def _fact_tests(self, entry: Entry, place: Place) -> Iterator[_Measured]:
        found = self.fact(entry.key.text, entry.key.span, place)
        if found is not None:
            fact, fact_type = found
            yield from map(_measured, TestReader(self._values, fact, fact_type).read(entry))

    # names -----------------------------------------------------------------------------------------------------

    def _named(self, entry: Entry, place: Place) -> Iterator[_Measured]:
        nodes = [entry.value] if isinstance(entry.value, Scalar) else list(self._values.items(entry.value))
        for node in nodes:
            name = self._values.identifier(node)
            if name is not None:
                yield self._expand(name, node.span, place)

    def _expand(self, name: str, span: Span, place: Place) -> _Measured:
        """A named condition as it reads in `place`. It is read once for each place; the trees are shared."""
        known = self._expanded.get((name, place))
        if known is not None:
            return known
        node = self._definitions.enter(name, span)
        if node is None:
            return _NOTHING
        measured = self._read(node, place)
        self._definitions.leave(name)
        self._expanded[name, place] = measured
        return measured

    def _defined_aggregate(self, name: str, span: Span, place: Place) -> tuple[str, FactType] | None:
        entry = self._definitions.aggregate(name, span)
        if entry is None or not self._may_read_lines(span, place):
            return None
        return self._aggregate_of(entry, place)

    # aggregates ------------------------------------------------------------------------------------------------

    def _aggregates(self, entry: Entry, place: Place) -> Iterator[_Measured]:
        if not self._may_read_lines(entry.key.span, place):
            return
        several = isinstance(entry.value, ListNode)
        nodes = self._values.items(entry.value) if several else iter((entry.value,))
        for node in nodes:
            fields = self._values.mapping(node)
            if fields is not None:
                yield from self._sums(fields, place)

    def _sums(self, fields: Mapping, place: Place) -> Iterator[_Measured]:
        where = self._where(fields, place)
        measures = [entry for entry in fields.entries if entry.key.text != "where"]
        if not measures:
            hint = "add one of " + ", ".join(MEASURES) + ", as in quantity: {at_least: 3}"
            self._values.report("RS202", "nothing is asked about these lines", fields.span, hint=hint)
        for entry in measures:
            found = self._aggregate(entry.key, where, place)
            if found is not None:
                yield from map(_measured, TestReader(self._values, *found).read(entry))

    def _aggregate_of(self, entry: Entry, place: Place) -> tuple[str, FactType] | None:
        fields = self._values.mapping(entry.value)
        measure = None if fields is None else fields.get("aggregate")
        if fields is None or not isinstance(measure, Scalar):
            return None
        return self._aggregate(measure, self._where(fields, place), place)

    def _aggregate(self, measure: Scalar, where: Condition, place: Place) -> tuple[str, FactType] | None:
        known = next((name for name in MEASURES if name == measure.text), None)
        if known is None:
            hint = self._values.suggest(measure.text, MEASURES, f"one of {', '.join(MEASURES)}")
            self._values.report("RS204", f"lines have no sum '{measure.text}'", measure.span, hint=hint)
            return None
        if known == "subtotal" and place.stage == "request":
            message = "the subtotal of lines exists only after the stage pricing; this rule runs earlier"
            self._values.report("RS305", message, measure.span)
            return None
        # A shared `where` may be long and used by thousands of rules: its text is made once.
        aggregate = self._axes.get((id(where), known))
        if aggregate is None:
            aggregate = Aggregate(aggregate_axis(where, known), known, where, measure.span)
            self._axes[id(where), known] = aggregate
        return self.aggregates.setdefault(aggregate.axis, aggregate).axis, MEASURES[known]

    def _where(self, fields: Mapping, place: Place) -> Condition:
        node = fields.get("where")
        return ALWAYS if node is None else self.read(node, place.of_lines())

    def _excess(self, measured: _Measured) -> str:
        """What is too much about a condition; "" when it may be used."""
        if measured.depth > DEEPEST:
            return f"the condition is nested more than {DEEPEST} deep"
        if measured.operands > MOST_OPERANDS:
            return f"the condition compares with more than {MOST_OPERANDS} values once names are expanded"
        self._operands_left -= measured.operands
        if self._operands_left < 0:
            return f"the document compares with more than {MOST_OPERANDS_OF_DOCUMENT} values"
        return ""

    # faults ----------------------------------------------------------------------------------------------------

    def _may_read_lines(self, span: Span, place: Place) -> bool:
        if place.reads_lines:
            return True
        message = f"sums over lines are of the whole cart; `{place.word}` here reads {_scopes(place)}"
        self._values.report("RS304", message, span, hint="put the test into `when`")
        return False

    def _unknown_fact(self, name: str, span: Span) -> None:
        facts = self._vocabulary.facts if self._vocabulary else {}
        hint = self._values.suggest(name, [*facts, *CONNECTIVES], "see the reference of the vocabulary")
        self._values.report("RS303", f"there is no fact '{name}' in {self._values.head.vocabulary}", span, hint=hint)

    def _wrong_scope(self, name: str, scope: str, span: Span, place: Place) -> None:
        message = f"{name} is a fact of {_SCOPES.get(scope, scope)}; `{place.word}` here reads {_scopes(place)}"
        hint = _WAY_OUT.get((scope, place.reads_lines), "")
        self._values.report("RS304", message, span, hint=hint)


_SCOPES = {
    "cart": "the cart",
    "line": "one line",
    "shipment": "a shipment",
    "taxable": "what is taxed",
    "order": "an order",
    "event": "what happened",
    "invite": "an invite",
    "subject": "a cart, an order or a customer",
    "stock": "a variant",
}
_WAY_OUT = {
    ("line", True): "ask about lines with `lines: {where: …, quantity: {at_least: 1}}`",
    ("cart", False): "put the test into `when`",
}


def _scopes(place: Place) -> str:
    return ", ".join(words for scope, words in _SCOPES.items() if scope in place.scopes)


def _measured(test: Test) -> _Measured:
    lengths = (len(key) // 32 for key in test.operands if isinstance(key, str))
    return _Measured(test, 1, len(test.operands) + sum(lengths))


def _all(parts: list[_Measured], span: Span) -> _Measured:
    if len(parts) == 1:
        return parts[0]
    return _combined(All(tuple(part.condition for part in parts), span), parts)


def _combined(condition: Condition, parts: list[_Measured]) -> _Measured:
    depth = 1 + max((part.depth for part in parts), default=0)
    return _Measured(condition, depth, sum(part.operands for part in parts))
