"""What every kind needs compiled: conditions with windows to boxes, selections of lines, calendars, origins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from engine.boxes.box import Box
from engine.boxes.build import boxes_of, conjunction, within
from engine.boxes.values import ValueSet
from engine.compiler.rule_index import build_rule_index
from engine.documents.conditions import ALWAYS, Aggregate, Condition, Measure, facts_read, tests_of
from engine.documents.model import Document, Refusal, Window
from engine.runtime.decision import Origin
from engine.runtime.refusals import CompiledRefusal
from engine.runtime.rule_index import Matcher
from engine.runtime.selection import ALL_LINES, Selections
from engine.text.source import Span

_SET_OPERATORS = frozenset({"any_of", "all_of", "none_of"})
_CALENDAR = frozenset({"now.weekday", "now.time"})
_PRICED = frozenset({"line.unit_price", "line.on_sale", "line.subtotal"})
_ALWAYS_BOXES = (Box(),)


def rule_boxes(window: Window, *conditions: Condition) -> tuple[Box, ...]:
    """The boxes of all conditions together, inside the validity window (a half-open interval of `now`)."""
    boxes = conjunction(*conditions)
    if window.start is None and window.end is None:
        return boxes
    return within(boxes, "now", ValueSet.interval(window.start, window.end))


def reads_calendar(conditions: Iterable[Condition]) -> bool:
    """Whether some condition reads weekday or time of day, which depend on the time zone of the document."""
    return any(test.fact in _CALENDAR for condition in conditions for test in tests_of(condition))


def tax_sums(facts: Iterable[str]) -> frozenset[str]:
    """Which sums the facts read: with tax (`gross`), without it (`net`)."""
    return frozenset(which for fact in facts for which in ("gross", "net") if fact.endswith(f".{which}"))


def set_facts(conditions: Iterable[Condition]) -> dict[str, frozenset[str]]:
    """The set-valued facts the conditions look into, with the members they name; `known` may ask about any fact."""
    members: dict[str, set[str]] = {}
    for condition in conditions:
        for test in tests_of(condition):
            if test.operator in _SET_OPERATORS:
                members.setdefault(test.fact, set()).update(str(operand) for operand in test.operands)
            elif test.operator == "known":
                members.setdefault(test.fact, set())
    return {fact: frozenset(named) for fact, named in members.items()}


def index_rules(document: Document, boxes_by_rule: Sequence[Sequence[Box]]) -> Matcher:
    """Index rules in the given order; aggregates of the document are sparse axes."""
    return build_rule_index(boxes_by_rule, aggregates=document.aggregates)


def origin(document: Document, rule: str, span: Span, when: Condition = ALWAYS, where: Condition = ALWAYS) -> Origin:
    """Where a posting of the rule comes from, and the facts the rule reads."""
    return Origin(document.head.kind, rule, str(span), document.head.hash, facts_read(when), facts_read(where))


def compile_refusal(document: Document, refusal: Refusal) -> CompiledRefusal:
    """A refusal without its condition, which is in the index."""
    return CompiledRefusal(
        refusal.id,
        refusal.code,
        frozenset(refusal.methods),
        dict(refusal.message),
        origin(document, refusal.id, refusal.span, refusal.when),
    )


@dataclass
class SelectionTable:
    """Collects the distinct line conditions of a document; equal ones (by their boxes) share one number."""

    aggregates: Mapping[str, Aggregate]
    _boxes: list[tuple[Box, ...]] = field(default_factory=list)
    _numbers: dict[tuple[Box, ...], int] = field(default_factory=dict)
    _conditions: list[Condition] = field(default_factory=list)

    def number(self, where: Condition) -> int:
        """The number of the selection; ALL_LINES for a condition that is always true."""
        boxes = boxes_of(where)
        if boxes == _ALWAYS_BOXES:
            return ALL_LINES
        found = self._numbers.get(boxes)
        if found is None:
            self._boxes.append(boxes)
            self._conditions.append(where)
            found = self._numbers[boxes] = len(self._boxes)
        return found

    def finish(self) -> Selections:
        """All selections behind one index, the aggregates of the document attached to theirs."""
        axes: dict[int, list[tuple[str, Measure]]] = {}
        for aggregate in self.aggregates.values():
            axes.setdefault(self.number(aggregate.where), []).append((aggregate.axis, aggregate.measure))
        read = {fact for condition in self._conditions for fact in facts_read(condition)}
        return Selections(
            size=len(self._boxes) + 1,
            index=build_rule_index(self._boxes) if self._boxes else None,
            reads_prices=bool(read & _PRICED),
            aggregates={number: tuple(found) for number, found in axes.items()},
            set_facts=set_facts(self._conditions),
        )
