"""How is a case of a signals document read: what happened and what is there, and what has to come of it?

Events are numbered as they are written, from 1; `times: 5` stands for five of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from engine.documents.conditions import Key
from engine.documents.model.signals import Derivation, SignalsDocument, SubjectKind
from engine.facts.case_reading import CASE_KEYS, CaseReading, items_of, name_of, words_of
from engine.facts.literals import read_duration_seconds, read_instant
from engine.facts.vocabulary import Fact, Vocabulary
from engine.signals.matching import MICROSECONDS, SUBJECTS
from engine.signals.model import Given, Happened, Subject
from engine.text.diagnostics import Diagnostic
from engine.text.nodes import Entry, Mapping, Node, Scalar
from engine.text.source import Span
from engine.text.suggest import did_you_mean

BEGINNING: Final = 1_767_225_600_000_000
"""When a case begins that does not say `at`: 2026-01-01T00:00:00Z in microseconds."""

_GIVEN: Final = ("at", "events", "subjects", "now")
_EVENT: Final = ("on", "after", "times", "facts")
_SUBJECT: Final = (*SUBJECTS, "unchanged", "facts")
EXPECTATIONS: Final = ("fires", "does", "derived", "tags")
_MOST_TIMES: Final = 1_000


@dataclass(frozen=True, slots=True)
class Case:
    """What is given, with numbers as the ids of events, and the keys that say what is expected."""

    name: str
    span: Span
    given: Given
    expect: tuple[Entry, ...]


def read_case(
    document: SignalsDocument, vocabulary: Vocabulary, node: Mapping, number: int
) -> tuple[Case, tuple[Diagnostic, ...]]:
    """The case, and what is wrong with it (RS601, RS611, and the codes of literals)."""
    reader = _CaseReader(document, vocabulary)
    case = reader.read(node, number)
    return case, tuple(reader.faults)


class _CaseReader(CaseReading):
    def __init__(self, document: SignalsDocument, vocabulary: Vocabulary) -> None:
        super().__init__(document.head.currency, document.head.timezone)
        self._document = document
        self._vocabulary = vocabulary

    def read(self, node: Mapping, number: int) -> Case:
        self.only(node, CASE_KEYS)
        given = self.filled(node, "given", f"a map with {', '.join(_GIVEN)}")
        expect = self.filled(node, "expect", f"a map with {', '.join(EXPECTATIONS)}")
        self.only(given, _GIVEN, "RS611")
        self.only(expect, EXPECTATIONS, "RS601")
        name, span = name_of(node, number)
        return Case(
            name=name,
            span=span,
            given=self._given(given),
            expect=expect.entries,
        )

    def _given(self, given: Mapping) -> Given:
        beginning = self._instant(given.get("at"))
        events = tuple(self._events(given.get("events"), beginning))
        after = given.get("now")
        last = max((event.at for event in events), default=beginning)
        now = last if after is None else beginning + self._microseconds(after)
        return Given(now=now, events=events, subjects=tuple(self._subjects(given.get("subjects"), now)))

    def _events(self, node: Node | None, beginning: int) -> Iterator[Happened]:
        number = 0
        for fields in self._maps(node, _EVENT, "{on: OrderPlaced, after: 5m, facts: {…}}"):
            name = self._event(fields)
            at = beginning + self._microseconds(fields.get("after"))
            carried = self._carried(name)
            facts = self._facts(fields.get("facts"), [fact for fact in carried if fact in self._vocabulary.facts])
            for _ in range(self._times(fields.get("times"))):
                number += 1
                if name:
                    yield Happened(str(number).rjust(4, "0"), at, name, facts)

    def _event(self, fields: Mapping) -> str:
        node = fields.get("on")
        name = node.text if isinstance(node, Scalar) else ""
        known = (*self._vocabulary.events, *self._document.order_events, *self._announced())
        if name in known:
            return name
        place = fields if node is None else node
        self.fault("RS611", f"there is no event '{name}'", place.span, did_you_mean(name, known) or "on: OrderPlaced")
        return ""

    def _carried(self, event: str) -> Sequence[str]:
        found = self._vocabulary.events.get(event)
        if found is not None:
            return found.facts
        if event in self._announced():
            return self._vocabulary.events["SignalFired"].facts if "SignalFired" in self._vocabulary.events else ()
        return self._vocabulary.order_facts

    def _announced(self) -> Iterable[str]:
        return [effect.name for signal in self._document.signals for effect in signal.then if effect.kind == "announce"]

    def _subjects(self, node: Node | None, now: int) -> Iterator[Subject]:
        for fields in self._maps(node, _SUBJECT, "{cart: C1, unchanged: 24h, facts: {…}}"):
            named = [(kind, fields.get(kind)) for kind in SUBJECTS if fields.get(kind) is not None]
            if len(named) != 1 or not isinstance(named[0][1], Scalar):
                self.fault("RS611", "a subject is one order, cart or customer", fields.span, "cart: C1")
                continue
            kind, called = named[0][0], named[0][1]
            facts = self._facts(fields.get("facts"), self._facts_of(kind))
            yield Subject(kind, called.text, now - self._microseconds(fields.get("unchanged")), facts)

    def _facts_of(self, kind: SubjectKind) -> list[str]:
        facts = self._vocabulary.facts.values()
        return [
            fact.name
            for fact in facts
            if (fact.scope == "subject" and fact.name.startswith(f"{kind}."))
            or (fact.scope == "event" and (fact.name in (f"{kind}.id", "customer.id") or _is_of_order(fact, kind)))
        ]

    def _facts(self, node: Node | None, known: Sequence[str]) -> dict[str, Key | frozenset[str]]:
        """Facts of those names; sets of codes are lists, or one code alone."""
        facts = {name: fact for name in known if (fact := self._vocabulary.find(name)) is not None}
        codes = {name for name, fact in facts.items() if fact.type == "codes"}
        entries = self.entries(node)
        sets = {entry.key.text: frozenset(words_of(entry.value)) for entry in entries if entry.key.text in codes}
        others = tuple(entry for entry in entries if entry.key.text not in codes)
        return {**sets, **({} if node is None else self.facts(Mapping(node.span, others), facts))}

    def _times(self, node: Node | None) -> int:
        if node is None:
            return 1
        text = node.text if isinstance(node, Scalar) else ""
        if text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= _MOST_TIMES:
            return int(text)
        self.fault("RS611", f"something happens once to {_MOST_TIMES} times", node.span, "times: 5")
        return 0

    def _instant(self, node: Node | None) -> int:
        if not isinstance(node, Scalar):
            return BEGINNING
        at = self.noted(read_instant(node, self.zone))
        return BEGINNING if at is None else at

    def _microseconds(self, node: Node | None) -> int:
        if not isinstance(node, Scalar):
            return 0
        seconds = self.noted(read_duration_seconds(node))
        return (seconds or 0) * MICROSECONDS

    def _maps(self, node: Node | None, keys: Sequence[str], example: str) -> Iterator[Mapping]:
        for item in items_of(node):
            if isinstance(item, Mapping):
                self.only(item, keys, "RS611")
                yield item
            else:
                self.fault("RS611", "expected a map", item.span, example)


def derived_name(derivation: Derivation) -> str:
    """How a derivation is called: `customer.tier gold`."""
    return f"{derivation.fact} {derivation.value}"


def _is_of_order(fact: Fact, kind: SubjectKind) -> bool:
    return kind == "order" and fact.name.startswith("order.")
