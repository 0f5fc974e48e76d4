"""How is a case of a notifications document read: what happened, to whom it is told, and what has to come out?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar, get_args

from engine.documents.conditions import Key
from engine.documents.model import NotificationsDocument
from engine.documents.model.notifications import OPTIONAL, Category, Channel
from engine.facts.case_reading import CASE_KEYS, CaseReading, items_of, name_of
from engine.facts.instants import read_instant
from engine.facts.vocabulary import Vocabulary
from engine.notices.reach import WORDS, Recipient
from engine.text.diagnostics import Diagnostic
from engine.text.nodes import Entry, Mapping, Node, Scalar
from engine.text.source import Span
from engine.text.suggest import did_you_mean

CASE_INSTANT: Final = 1_767_268_800_000_000
"""When an event of a case happens that does not say `at`: 2026-01-01T12:00:00Z in microseconds."""

_GIVEN: Final = ("event", "at", "facts", "recipient")
_RECIPIENT: Final = ("has", "unwanted", "verified", "bounced", "closed")
_EXPECT: Final = ("told", "channels", "at", "withheld", "subject")
_EXAMPLE: Final = "given: {event: …}, expect: {told: […]}"
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


class _CaseReader(CaseReading):
    def __init__(self, document: NotificationsDocument, vocabulary: Vocabulary) -> None:
        super().__init__(document.head.currency, document.head.timezone)
        self._document = document
        self._vocabulary = vocabulary

    def read(self, node: Mapping, number: int) -> Case:
        self.only(node, CASE_KEYS)
        given, expect = self.filled(node, "given", _EXAMPLE), self.filled(node, "expect", _EXAMPLE)
        self.only(given, _GIVEN, "RS611")
        self.only(expect, _EXPECT, "RS601")
        name, span = name_of(node, number)
        return Case(
            name=name,
            span=span,
            event=self._event(given),
            at=CASE_INSTANT if (at := self._instant(given.get("at"))) is None else at,
            facts=self.facts(given.get("facts"), self._vocabulary.facts),
            recipient=self._recipient(given.get("recipient")),
            expect=tuple(found for entry in expect.entries for found in self._expected(entry)),
        )

    def _event(self, given: Mapping) -> str:
        events = sorted({event for rule in self._document.rules for event in rule.events} | {*self._vocabulary.events})
        node = given.get("event")
        if node is None:
            self.fault("RS611", "the case does not say what happened", given.span, "given: {event: OrderPaid, …}")
        return "" if node is None else self._word(node, events, "event") or ""

    def _instant(self, node: Node | None) -> int | None:
        return None if node is None else self.noted(read_instant(node, self.zone))

    def _recipient(self, node: Node | None) -> Recipient:
        entries = self.entries(node)
        self.only(Mapping(node.span, entries) if node is not None else None, _RECIPIENT, "RS611")
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
        for each in self.entries(entry.value):
            if self._word(each.key, rules, "rule") is None:
                continue
            instant = self._instant(each.value) if key == "at" else None
            words = tuple(self._words(each.value, self._choices(key), "word")) if key != "at" else ()
            yield Expected(key=key, rule=each.key.text, words=words, instant=instant, span=each.key.span)

    def _choices(self, key: str) -> Sequence[str] | None:
        return _CHANNELS if key == "channels" else tuple(WORDS) if key == "withheld" else None

    def _words(self, node: Node | None, known: Sequence[Word] | None, what: str) -> Iterator[Word]:
        for item in items_of(node):
            word = self._word(item, known, what)
            if word is not None:
                yield word

    def _word(self, node: Node, known: Sequence[Word] | None, what: str) -> Word | None:
        text = node.text if isinstance(node, Scalar) else ""
        for word in (text,) if known is None else known:
            if word == text:
                return word  # type: ignore[return-value]  # any word will do where none are known
        hint = "" if known is None else did_you_mean(text, known) or f"one of {', '.join(known)}"
        self.fault("RS610", f"there is no {what} '{text}'", node.span, hint)
        return None

    def _flag(self, node: Node | None, default: bool) -> bool:
        value = node.value if isinstance(node, Scalar) else default
        if not isinstance(value, bool) and node is not None:
            self.fault("RS611", "expected true or false", node.span, "")
        return value if isinstance(value, bool) else default
