"""Do the cases of a lifecycle notice a fault in it, and if not, which order would show it?

Where a fault lies is known exactly: the places (state and event) whose transitions it changes. There every role is
tried, with every combination of the values at which the guards change.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import Any, Final

from engine.cases.insertion import Written
from engine.documents.conditions import Condition, Key, Test, tests_of
from engine.documents.model import SYSTEM, OrdersDocument
from engine.facts.literals import show
from engine.facts.timezones import zone
from engine.facts.vocabulary import Vocabulary
from engine.lifecycle.cases import run_case
from engine.lifecycle.compile import Lifecycle, compile_lifecycle
from engine.lifecycle.decide import Move, Refusal, decide, is_finished, open_transitions
from engine.lifecycle.wording import action_text
from engine.mutation.expected_case import node_of
from engine.mutation.judging import MOST_CARTS
from engine.mutation.model import Judged, Mutant
from engine.mutation.mutants import mutants_of
from engine.mutation.writing import case
from engine.text.diagnostics import Diagnostic
from engine.text.nodes import Mapping as MappingNode
from engine.text.source import Span

MOST_ORDERS: Final = 20 * MOST_CARTS
_TOLD: Final = frozenset({"notify", "announce"})

Facts = dict[str, Key]


@dataclass(frozen=True, slots=True)
class _Found:
    """An order that shows a fault: where it is, what happens to it (nothing: it rests), and who does that."""

    state: str
    event: str
    role: str
    facts: Facts


class OrdersJudge:
    """See `engine.mutation.judging.Judge`."""

    def __init__(self, document: OrdersDocument, vocabulary: Vocabulary, *, most: int = MOST_ORDERS) -> None:
        self.mutants = mutants_of(document, vocabulary)
        self._document, self._vocabulary, self._most = document, vocabulary, most
        self._right = compile_lifecycle(document)
        self._usual: Facts = {fact.name: 0 for fact in vocabulary.facts.values() if not fact.missing and fact.is_number}
        ran = [run_case(self._right, vocabulary, node, number) for number, node in enumerate(document.cases, 1)]
        self.faults: tuple[Diagnostic, ...] = tuple(fault for each in ran for fault in each.differences)
        self._taken: list[tuple[MappingNode, str, frozenset[Span]]] = [
            (node, each.name, each.taken) for node, each in zip(document.cases, ran, strict=True) if each.passed
        ]

    def judge(self, number: int) -> Judged:
        """Killed by which case; else told apart by an order; else equivalent, for every order was tried."""
        mutant = self.mutants[number]
        wrong = compile_lifecycle(mutant.of(self._document))
        spans = {each.span for each in self._document.transitions if _touches(mutant, each.span)}
        for node, name, _ in sorted(self._taken, key=lambda taken: not (taken[2] & spans)):
            if not run_case(wrong, self._vocabulary, node).passed:
                return Judged(number=number, status="killed", by=name)
        searched, found, all_tried = self._search(wrong)
        if found is not None:
            proposal = self._proposal(number, wrong, found)
            why = "" if proposal else "no expectation of a case tells the two apart"
            return Judged(number=number, status="survived", searched=searched, proposal=proposal, why=why)
        if all_tried:
            return Judged(number=number, status="equivalent", searched=searched, why="every order was tried")
        return Judged(number=number, status="not_distinguished", searched=searched)

    def kills(self, proposal: Written, number: int) -> bool:
        """Whether the case fails for the mutant."""
        node = node_of(proposal)
        wrong = compile_lifecycle(self.mutants[number].of(self._document))
        return (
            node is not None
            and run_case(self._right, self._vocabulary, node).passed
            and not run_case(wrong, self._vocabulary, node).passed
        )

    # search ----------------------------------------------------------------------------------------------------

    def _search(self, wrong: Lifecycle) -> tuple[int, _Found | None, bool]:
        """How many orders were tried, the plainest that shows the fault, and whether all there are were tried."""
        searched, best, all_tried = 0, None, True
        for state, event in self._changed(wrong):
            orders = list(islice(self._orders(wrong, state, event), self._most + 1))
            all_tried = all_tried and len(orders) <= self._most
            searched += len(orders)
            shown = (each for each in orders if self._outcome(self._right, each) != self._outcome(wrong, each))
            best = min((each for each in (best, *shown) if each is not None), key=self._plainness, default=None)
            if best is not None:
                break
        return searched, best, all_tried

    def _changed(self, wrong: Lifecycle) -> Iterator[tuple[str, str]]:
        """The places where something else is written; an empty event asks whether the order may rest there."""
        for place in {**self._right.at, **wrong.at}:
            if self._right.at.get(place) != wrong.at.get(place):
                yield place
        for name, state in self._right.states.items():
            if wrong.states.get(name) != state:
                yield name, ""

    def _orders(self, wrong: Lifecycle, state: str, event: str) -> Iterator[_Found]:
        conditions: list[Condition] = []
        for lifecycle in (self._right, wrong):
            conditions += [each.when for each in lifecycle.at.get((state, event), ())]
            if not event and state in lifecycle.states:
                conditions.append(lifecycle.states[state].final_when)
        values = self._values([test for condition in conditions for test in tests_of(condition)])
        roles = tuple(dict.fromkeys((SYSTEM, *self._document.roles))) if event else (SYSTEM,)
        for chosen in product(*values.values()):
            facts = {name: value for name, value in zip(values, chosen, strict=True) if value is not None}
            for role in roles:
                yield _Found(state, event, role, facts)

    def _values(self, tests: Sequence[Test]) -> dict[str, tuple[Key | None, ...]]:
        """For each fact the values at which the tests change their answer; None where it can be missing."""
        found: dict[str, set[Key | None]] = {}
        for test in tests:
            fact = self._vocabulary.facts[test.fact]
            values = found.setdefault(test.fact, {None} if fact.missing else {0} if fact.is_number else set())
            for operand in test.operands if test.operator != "known" else (1 if fact.is_number else "x",):
                if isinstance(operand, int):
                    values |= {0, 1} if fact.type == "boolean" else {max(0, operand + by) for by in (-1, 0, 1)}
                else:
                    values |= {operand, f"{operand}0"}
        return {
            name: tuple(sorted(values, key=lambda value: (value is not None, str(value))))
            for name, values in found.items()
        }

    def _outcome(self, lifecycle: Lifecycle, order: _Found) -> object:
        """What a case can see of it."""
        facts = self._usual | order.facts
        if not order.event:
            return is_finished(lifecycle, order.state, facts)
        outcome = decide(lifecycle, order.state, order.event, order.role, facts)
        return (outcome.target, _done(outcome)) if isinstance(outcome, Move) else outcome.code

    def _plainness(self, order: _Found) -> tuple[int, str]:
        unusual = {name: value for name, value in order.facts.items() if self._usual.get(name) != value}
        return len(unusual), f"{order.role} {sorted(unusual.items(), key=str)}"

    # proposals -------------------------------------------------------------------------------------------------

    def _proposal(self, number: int, wrong: Lifecycle, order: _Found) -> Written | None:
        facts = {
            name: self._shown(name, value) for name, value in order.facts.items() if self._usual.get(name) != value
        }
        given: dict[str, Any] = {} if order.state == self._right.creation else {"state": order.state}
        if facts:
            given["facts"] = facts
        walk: list[Any] = []
        if not order.event:
            outcome = is_finished(self._right, order.state, self._usual | order.facts)
            expect: dict[str, Any] = {"finished": "unknown" if outcome is None else outcome}
        else:
            right, spoilt = (
                decide(each, order.state, order.event, order.role, self._usual | order.facts)
                for each in (self._right, wrong)
            )
            if isinstance(right, Move) and isinstance(spoilt, Move) and right.target == spoilt.target:
                walk, expect = [{"on": order.event, "by": order.role}], {"does": list(_done(right))}
            else:
                given = {"role": order.role, **given} if order.role != SYSTEM else given
                expect = self._opened(right, order)
        name = f"{order.event or 'at rest'} in {order.state} by {order.role}: {self.mutants[number].shows}"
        proposal = case(name, given or {"role": order.role}, expect, walk=walk)
        return proposal if self.kills(proposal, number) else None

    def _opened(self, outcome: Move | Refusal, order: _Found) -> dict[str, Any]:
        """Why the event is closed; or, for who asks what is open, everything that is: such a case shows what a role can
        do in a state.
        """
        if isinstance(outcome, Refusal):
            return {"closed": {order.event: outcome.code}}
        moves = open_transitions(self._right, order.state, order.role, self._usual | order.facts)
        return {"open": {move.event: move.target for move in moves if move.is_open}}

    def _shown(self, name: str, value: Key) -> Key | bool:
        """A value as the facts of a case have it."""
        fact = self._vocabulary.facts[name]
        if fact.type == "boolean":
            return bool(value)
        found = zone(self._document.head.timezone)
        return value if fact.type == "count" or found is None else show(value, fact.type, "", found)


def _done(move: Move) -> tuple[str, ...]:
    return tuple(action_text(action) for action in move.actions if action.name not in _TOLD)


def _touches(mutant: Mutant, span: Span) -> bool:
    return (span.line, span.column) <= (mutant.span.line, mutant.span.column) and mutant.span.line <= span.end_line
