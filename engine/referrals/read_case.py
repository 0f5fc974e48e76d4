"""How is a case of a referrals document read: what is known of an invite, a customer or an event, what comes out?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal, get_args

from engine.documents.conditions import Key
from engine.documents.model import ReferralsDocument
from engine.facts.case_reading import CASE_KEYS, CaseReading, name_of, words_of
from engine.facts.literals import read_duration_seconds
from engine.facts.vocabulary import Scope, Vocabulary
from engine.referrals.judge import InviteState
from engine.text.diagnostics import Diagnostic
from engine.text.nodes import Entry, Mapping, Node, Scalar
from engine.text.nodes import Sequence as ListNode
from engine.text.source import Span
from engine.text.suggest import did_you_mean

About = Literal["invite", "customer", "event"]

_GIVEN: Final = ("state", "for", "allowed", "counted", "event", "facts")
_EXPECT: Final[dict[About, tuple[str, ...]]] = {
    "invite": ("state", "guard", "asked_again"),
    "customer": ("milestones", "next", "missing"),
    "event": ("rewards",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is given and what is expected, of one of three things.

    Of an invite: it has been in `state` for so many seconds, and these are its `facts`. Of a customer: how many of
    their invites are `counted`. Of an event: its `facts`, the name among them. `expect` holds the keys as written.
    """

    name: str
    span: Span
    about: About
    state: InviteState
    seconds: int
    allowed: bool
    counted: int
    facts: dict[str, Key]
    expect: tuple[Entry, ...]


def read_case(
    document: ReferralsDocument, vocabulary: Vocabulary, node: Mapping, number: int
) -> tuple[Case, tuple[Diagnostic, ...]]:
    """The case, and what is wrong with it (RS601, RS610, RS611, and the codes of literals)."""
    reader = _CaseReader(document, vocabulary)
    case = reader.read(node, number)
    return case, tuple(reader.faults)


class _CaseReader(CaseReading):
    def __init__(self, document: ReferralsDocument, vocabulary: Vocabulary) -> None:
        super().__init__(document.head.currency, document.head.timezone)
        self._document = document
        self._vocabulary = vocabulary

    def read(self, node: Mapping, number: int) -> Case:
        self.only(node, CASE_KEYS)
        given, expect = self.filled(node, "given"), self.filled(node, "expect")
        self.only(given, _GIVEN, "RS611")
        about: About = "event" if given.get("event") else "customer" if given.get("counted") else "invite"
        self.only(expect, _EXPECT[about], "RS601")
        name, span = name_of(node, number)
        return Case(
            name=name,
            span=span,
            about=about,
            state=self._state(given.get("state")),
            seconds=self._seconds(given.get("for")),
            allowed=self._number(given.get("allowed"), "boolean") == 1,
            counted=self._number(given.get("counted"), "count"),
            facts=self._facts(given, "event" if about == "event" else "invite"),
            expect=tuple(self._expected(expect)),
        )

    def _expected(self, expect: Mapping) -> Iterator[Entry]:
        document = self._document
        known: dict[str, Iterable[str]] = {
            "state": get_args(InviteState),
            "guard": ["none", *(guard.id for guard in document.guards)],
            "milestones": [milestone.id for milestone in document.milestones],
            "next": ["none", *(milestone.id for milestone in document.milestones)],
            "rewards": [reward.id for reward in document.rewards],
        }
        for entry in expect.entries:
            if entry.key.text not in known:
                yield entry
                continue
            choices = tuple(known[entry.key.text])
            wrong = [word for word in words_of(entry.value) if word not in choices]
            if not wrong:
                yield entry
            for word in wrong[:1]:
                hint = did_you_mean(word, choices) or f"one of {', '.join(choices)}"
                self.fault("RS610", f"`{entry.key.text}` cannot be '{word}'", entry.value.span, hint)

    def _state(self, node: Node | None) -> InviteState:
        text = node.text if isinstance(node, Scalar) else ""
        for state in get_args(InviteState):
            if text == state:
                found: InviteState = state
                return found
        if node is not None:
            hint = did_you_mean(text, get_args(InviteState)) or f"one of {', '.join(get_args(InviteState))}"
            self.fault("RS611", f"an invite is never '{text}'", node.span, hint)
        return "joined"

    def _seconds(self, node: Node | None) -> int:
        if not isinstance(node, Scalar):
            return 0
        seconds = self.noted(read_duration_seconds(node))
        return seconds or 0

    def _number(self, node: Node | None, kind: Literal["boolean", "count"]) -> int:
        if node is None or isinstance(node, ListNode):
            return 0
        key = self.literal(node, kind)
        return key if isinstance(key, int) else 0

    def _facts(self, given: Mapping, scope: Scope) -> dict[str, Key]:
        """What is given, over what is always known: numbers are 0, flags false."""
        of_scope = {fact.name: fact for fact in self._vocabulary.facts.values() if fact.scope == scope}
        facts: dict[str, Key] = {fact.name: 0 for fact in of_scope.values() if not fact.missing and fact.is_number}
        name = given.get("event")
        if isinstance(name, Scalar):
            facts["event.name"] = name.text
        return {**facts, **self.facts(given.get("facts"), of_scope)}
