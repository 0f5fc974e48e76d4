"""How is a case of an orders document read: where the order is, what happens, and what has to come out?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from engine.documents.conditions import Key
from engine.documents.model import SYSTEM
from engine.facts.literals import LiteralContext, read_literal
from engine.facts.timezones import zone
from engine.facts.vocabulary import Vocabulary
from engine.lifecycle.compile import Lifecycle
from engine.text.diagnostics import Diagnostic, error
from engine.text.nodes import Entry, Mapping, Node, Scalar
from engine.text.nodes import Sequence as ListNode
from engine.text.source import Span
from engine.text.suggest import did_you_mean

_CASE: Final = ("name", "given", "walk", "expect")
_GIVEN: Final = ("state", "role", "facts")
_STEP: Final = ("on", "by", "facts")
EXPECTATIONS: Final = ("open", "closed", "ends", "finished", "does")


@dataclass(frozen=True, slots=True)
class CaseStep:
    """`on` happens, done `by` a role, and from then on `facts` are what they are."""

    event: str
    role: str
    facts: dict[str, Key]
    span: Span


@dataclass(frozen=True, slots=True)
class Case:
    """`state` None: the order is about to be created. `role` asks what is open after the walk."""

    name: str
    span: Span
    state: str | None
    role: str
    facts: dict[str, Key]
    walk: tuple[CaseStep, ...]
    expect: tuple[Entry, ...]


class CaseReader:
    """Reads one case and collects what is wrong with it (RS541, and the codes of literals)."""

    def __init__(self, lifecycle: Lifecycle, vocabulary: Vocabulary) -> None:
        self._lifecycle = lifecycle
        self._vocabulary = vocabulary
        self._literals = LiteralContext(None, zone(lifecycle.timezone) or ZoneInfo("UTC"))
        self.faults: list[Diagnostic] = []

    def read(self, node: Mapping, number: int) -> Case:
        """The case; parts with a fault are left out."""
        self._only(node, _CASE)
        given = self._map(node.get("given"), _GIVEN)
        expect = self._map(node.get("expect"), EXPECTATIONS)
        if not expect:
            self._fault("a case needs `expect`", node.span, f"one or more of {', '.join(EXPECTATIONS)}")
        name = node.get("name")
        state = self._word(self._of(given, "state"), self._states(), "state")
        role = self._word(self._of(given, "role"), self._roles(), "role")
        return Case(
            name=name.text if isinstance(name, Scalar) and name.text else f"case {number}",
            span=node.span if name is None else name.span,
            state=state,
            role=role or SYSTEM,
            facts=self._defaults() | self._facts(self._of(given, "facts")),
            walk=tuple(self._steps(node.get("walk"))),
            expect=expect,
        )

    def event(self, key: Scalar) -> bool:
        """Whether the key names an event of the lifecycle; reports it otherwise."""
        return self._word(key, self._lifecycle.events, "event") is not None

    def _defaults(self) -> dict[str, Key]:
        """What a new order is like: numbers that are always known are 0, flags false."""
        facts = self._vocabulary.facts.values()
        return {fact.name: 0 for fact in facts if not fact.missing and fact.is_number}

    def _facts(self, node: Node | None) -> dict[str, Key]:
        known: dict[str, Key] = {}
        for entry in self._map(node, None):
            fact = self._vocabulary.find(entry.key.text)
            if fact is None:
                hint = did_you_mean(entry.key.text, self._vocabulary.facts)
                self._fault(f"there is no fact '{entry.key.text}'", entry.key.span, hint)
                continue
            key, fault = read_literal(entry.value, fact.type, self._literals)
            if fault is not None:
                self.faults.append(fault)
            elif key is not None:
                known[fact.name] = key
        return known

    def _steps(self, node: Node | None) -> Iterator[CaseStep]:
        if node is not None and not isinstance(node, ListNode):
            self._fault("`walk` is a list of steps", node.span, "[{on: place, by: customer}, …]")
            return
        for item in node.items if isinstance(node, ListNode) else ():
            step = self._map(item, _STEP)
            event = self._word(self._of(step, "on"), self._lifecycle.events, "event")
            role = self._word(self._of(step, "by"), self._roles(), "role")
            if self._of(step, "on") is None:
                self._fault("a step says what happens", item.span, "{on: EVENT, by: ROLE}")
            elif event is not None:
                yield CaseStep(event, role or SYSTEM, self._facts(self._of(step, "facts")), item.span)

    def _states(self) -> tuple[str, ...]:
        return (self._lifecycle.creation, *self._lifecycle.states)

    def _roles(self) -> tuple[str, ...]:
        every = (role for rivals in self._lifecycle.at.values() for one in rivals for role in one.roles)
        return tuple(dict.fromkeys((*self._lifecycle.roles, *every, SYSTEM)))

    def _word(self, node: Node | None, known: Iterable[str], what: str) -> str | None:
        if node is None:
            return None
        text = node.text if isinstance(node, Scalar) else ""
        if text in known:
            return text
        self._fault(f"there is no {what} '{text}'", node.span, did_you_mean(text, known))
        return None

    def _map(self, node: Node | None, keys: Sequence[str] | None) -> tuple[Entry, ...]:
        if node is None:
            return ()
        if not isinstance(node, Mapping):
            self._fault("expected a map", node.span, f"with {', '.join(keys)}" if keys else "")
            return ()
        if keys is not None:
            self._only(node, keys)
        return node.entries

    def _only(self, node: Mapping, keys: Sequence[str]) -> None:
        for entry in node.entries:
            if entry.key.text not in keys:
                hint = did_you_mean(entry.key.text, keys) or f"keys here: {', '.join(keys)}"
                self._fault(f"there is no key '{entry.key.text}' here", entry.key.span, hint)

    def _of(self, entries: Sequence[Entry], key: str) -> Node | None:
        return next((entry.value for entry in entries if entry.key.text == key), None)

    def _fault(self, message: str, span: Span, hint: str) -> None:
        self.faults.append(error("RS541", message, span, hint=hint))
