"""How is a case of a notifications document read: what happened, to whom it is told, and what has to come out?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar, get_args
from zoneinfo import ZoneInfo

from engine.documents.conditions import Key
from engine.documents.model import NotificationsDocument
from engine.documents.model.notifications import OPTIONAL, Category, Channel
from engine.facts.instants import read_instant
from engine.facts.literals import LiteralContext, read_literal
from engine.facts.timezones import zone
from engine.facts.vocabulary import Vocabulary
from engine.notices.reach import WORDS, Recipient
from engine.text.diagnostics import Diagnostic, error
from engine.text.nodes import Entry, Mapping, Node, Scalar
from engine.text.nodes import Sequence as ListNode
from engine.text.source import Span
from engine.text.suggest import did_you_mean

CASE_INSTANT: Final = 1_767_268_800_000_000
"""When an event of a case happens that does not say `at`: 2026-01-01T12:00:00Z in microseconds."""

_CASE: Final = ("name", "given", "expect")
_GIVEN: Final = ("event", "at", "facts", "recipient")
_RECIPIENT: Final = ("has", "unwanted", "verified", "bounced", "closed")
_EXPECT: Final = ("told", "channels", "at", "withheld", "subject")
_CHANNELS: Final[tuple[Channel, ...]] = get_args(Channel)

Word = TypeVar("Word", bound=str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What is expected of one rule, or (`rule` None) the list of rules that tell. `text` as it is written."""

    key: str
    rule: str | None
    words: tuple[str, ...]
    instant: int | None
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`at` in microseconds since 1970 UTC."""

    name: str
    span: Span
    event: str
    at: int
    facts: dict[str, Key]
    recipient: Recipient
    expect: tuple[Expected, ...]


def read_case(
    document: NotificationsDocument, vocabulary: Vocabulary, node: Mapping, number: int
) -> tuple[Case, tuple[Diagnostic, ...]]:
    """The case, and what is wrong with it (RS601, RS610, RS611, and the codes of literals)."""
    reader = _CaseReader(document, vocabulary)
    case = reader.read(node, number)
    return case, tuple(reader.faults)


class _CaseReader:
    def __init__(self, document: NotificationsDocument, vocabulary: Vocabulary) -> None:
        self._document = document
        self._vocabulary = vocabulary
        self._zone = zone(document.head.timezone) or ZoneInfo("UTC")
        self._literals = LiteralContext(document.head.currency or None, self._zone)
        self.faults: list[Diagnostic] = []

    def read(self, node: Mapping, number: int) -> Case:
        self._only(node, _CASE, "RS611")
        given, expect = self._map(node, "given"), self._map(node, "expect")
        self._only(given, _GIVEN, "RS611")
        self._only(expect, _EXPECT, "RS601")
        name = node.get("name")
        return Case(
            name=name.text if isinstance(name, Scalar) and name.text else f"case {number}",
            span=node.span if name is None else name.span,
            event=self._event(given),
            at=self._instant(given.get("at")) or CASE_INSTANT,
            facts=self._facts(given.get("facts")),
            recipient=self._recipient(given.get("recipient")),
            expect=tuple(found for entry in expect.entries for found in self._expected(entry)),
        )

    def _event(self, given: Mapping) -> str:
        events = sorted({event for rule in self._document.rules for event in rule.events} | {*self._vocabulary.events})
        node = given.get("event")
        if node is None:
            self._fault("RS611", "the case does not say what happened", given.span, "given: {event: OrderPaid, …}")
        return "" if node is None else self._word(node, events, "event") or ""

    def _instant(self, node: Node | None) -> int | None:
        if node is None:
            return None
        instant, fault = read_instant(node, self._zone)
        if fault is not None:
            self.faults.append(fault)
        return instant

    def _facts(self, node: Node | None) -> dict[str, Key]:
        found: dict[str, Key] = {}
        for entry in self._entries(node):
            fact = self._vocabulary.find(entry.key.text)
            if fact is None or isinstance(entry.value, ListNode):
                hint = did_you_mean(entry.key.text, self._vocabulary.facts)
                self._fault("RS611", f"there is no fact '{entry.key.text}' of an event", entry.key.span, hint)
                continue
            key, fault = read_literal(entry.value, fact.type, self._literals)
            if fault is not None:
                self.faults.append(fault)
            elif key is not None:
                found[fact.name] = key
        return found

    def _recipient(self, node: Node | None) -> Recipient:
        entries = self._entries(node)
        self._only(Mapping(node.span, entries) if node is not None else None, _RECIPIENT, "RS611")
        said = {entry.key.text: entry.value for entry in entries}
        has = tuple(self._words(said["has"], _CHANNELS, "channel")) if "has" in said else _CHANNELS
        unwanted: Iterable[Category] = self._words(said.get("unwanted"), OPTIONAL, "category that can be switched off")
        return Recipient(
            addresses={channel: channel for channel in has},
            verified=self._flag(said.get("verified"), True),
            closed=self._flag(said.get("closed"), False),
            bounced=self._flag(said.get("bounced"), False),
            unwanted=frozenset((category, channel) for category in unwanted for channel in _CHANNELS),
        )

    def _expected(self, entry: Entry) -> Iterator[Expected]:
        key, rules = entry.key.text, [rule.id for rule in self._document.rules]
        if key == "told":
            words = tuple(self._words(entry.value, rules, "rule"))
            yield Expected(key=key, rule=None, words=words, instant=None, span=entry.key.span)
            return
        for each in self._entries(entry.value):
            if self._word(each.key, rules, "rule") is None:
                continue
            instant = self._instant(each.value) if key == "at" else None
            words = tuple(self._words(each.value, self._choices(key), "word")) if key != "at" else ()
            yield Expected(key=key, rule=each.key.text, words=words, instant=instant, span=each.key.span)

    def _choices(self, key: str) -> Sequence[str] | None:
        return _CHANNELS if key == "channels" else tuple(WORDS) if key == "withheld" else None

    def _words(self, node: Node | None, known: Sequence[Word] | None, what: str) -> Iterator[Word]:
        items = node.items if isinstance(node, ListNode) else () if node is None else (node,)
        for item in items:
            word = self._word(item, known, what)
            if word is not None:
                yield word

    def _word(self, node: Node, known: Sequence[Word] | None, what: str) -> Word | None:
        text = node.text if isinstance(node, Scalar) else ""
        for word in (text,) if known is None else known:
            if word == text:
                return word  # type: ignore[return-value]  # any word will do where none are known
        hint = "" if known is None else did_you_mean(text, known) or f"one of {', '.join(known)}"
        self._fault("RS610", f"there is no {what} '{text}'", node.span, hint)
        return None

    def _flag(self, node: Node | None, default: bool) -> bool:
        value = node.value if isinstance(node, Scalar) else default
        if not isinstance(value, bool) and node is not None:
            self._fault("RS611", "expected true or false", node.span, "")
        return value if isinstance(value, bool) else default

    def _entries(self, node: Node | None) -> tuple[Entry, ...]:
        if node is not None and not isinstance(node, Mapping):
            self._fault("RS611", "expected a map", node.span, "")
        return node.entries if isinstance(node, Mapping) else ()

    def _map(self, case: Mapping, key: str) -> Mapping:
        node = case.get(key)
        if isinstance(node, Mapping) and node.entries:
            return node
        place = case if node is None else node
        self._fault("RS611", f"the case has nothing in `{key}`", place.span, "given: {event: …}, expect: {told: […]}")
        return Mapping(place.span, ())

    def _only(self, node: Mapping | None, keys: Sequence[str], code: str) -> None:
        for entry in () if node is None else node.entries:
            if entry.key.text not in keys:
                hint = did_you_mean(entry.key.text, keys) or f"keys here: {', '.join(keys)}"
                self._fault(code, f"there is no key '{entry.key.text}' here", entry.key.span, hint)

    def _fault(self, code: str, message: str, span: Span, hint: str) -> None:
        self.faults.append(error(code, message, span, hint=hint))
