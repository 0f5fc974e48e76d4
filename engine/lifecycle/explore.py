"""Which combinations of state and settlement can an order get into, and by which shortest path?

The search is breadth first over state × ledger, which is finite, so every path of any length is covered,
cycles included, and the first path found to anything is a shortest one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from engine.documents.model import START, OrdersDocument, State, Transition
from engine.lifecycle.compile import exits_of
from engine.lifecycle.guards import Guards
from engine.lifecycle.settlement import PAYMENT_SUCCEEDED, Breach, Ledger, Money, settle, unsettled

MAX_STEPS = 20_000
"""More transitions than any machine drawn by hand can take; beyond, the search stops and says so."""


class Situation(NamedTuple):
    """An order in a state, with what is settled so far."""

    state: str
    ledger: Ledger


class Step(NamedTuple):
    """One transition taken from a situation."""

    before: Situation
    transition: Transition


@dataclass(frozen=True, slots=True)
class Found:
    """A breach with a shortest path to it."""

    breach: Breach
    path: tuple[Step, ...]


@dataclass(slots=True)
class Exploration:
    """`reached` maps every situation to the step that first led there, `followed` every situation to those
    one step further; `complete` is false when the search stopped.
    """

    reached: dict[Situation, Step | None] = field(default_factory=dict)
    followed: dict[Situation, set[Situation]] = field(default_factory=dict)
    found: list[Found] = field(default_factory=list)
    complete: bool = True

    @property
    def states(self) -> frozenset[str]:
        return frozenset(situation.state for situation in self.reached)

    def path_to(self, situation: Situation) -> tuple[Step, ...]:
        """The shortest path, from the creation of the order on."""
        steps: list[Step] = []
        step = self.reached[situation]
        while step is not None:
            steps.append(step)
            step = self.reached[step.before]
        return tuple(reversed(steps))


def explore(document: OrdersDocument, guards: Guards) -> Exploration:
    """Follow every transition that may be taken, from creation or else from the initial state on."""
    return _Search(document, guards).run()


class _Search:
    """The state of one exploration: the queue, what was found, and which breaches are already known."""

    def __init__(self, document: OrdersDocument, guards: Guards) -> None:
        self._guards = guards
        self._states = {state.id: state for state in document.states}
        self._exits = exits_of(document)
        self._first = START if START in self._exits else _initial(document)
        self._result = Exploration()
        self._known: set[tuple[str, object, str]] = set()
        self._takeable: dict[tuple[str, Money], tuple[Transition, ...]] = {}
        self._queue: deque[Situation] = deque()

    def run(self) -> Exploration:
        self._arrive(self._with_payment_begun(Situation(self._first, Ledger())), None)
        steps = 0
        while self._queue:
            situation = self._queue.popleft()
            for transition in self.takeable(situation):
                steps += 1
                self._take(situation, transition)
            if steps > MAX_STEPS:
                self._result.complete = False
                break
        return self._result

    def takeable(self, situation: Situation) -> tuple[Transition, ...]:
        """Transitions that decide for some role and some facts an order in this situation can have."""
        key = (situation.state, situation.ledger.money)
        if key not in self._takeable:
            self._takeable[key] = tuple(self._deciding(*key))
        return self._takeable[key]

    def _deciding(self, state: str, money: Money) -> Iterator[Transition]:
        earlier: dict[tuple[str, str], list[Transition]] = {}
        for transition in self._exits.get(state, ()):
            lines = [earlier.setdefault((transition.event, role), []) for role in transition.roles]
            if any(self._guards.may_decide(transition, line, money) for line in lines):
                yield transition
            for line in lines:
                line.append(transition)

    def _take(self, before: Situation, transition: Transition) -> None:
        step = Step(before, transition)
        ledger, breaches = settle(before.ledger, transition, self._guards.proves_refund(transition))
        for breach in breaches:
            self._report(breach, lambda: (*self._result.path_to(before), step))
        after = self._with_payment_begun(Situation(transition.target, ledger))
        self._result.followed.setdefault(before, set()).add(after)
        self._arrive(after, step)

    def _arrive(self, situation: Situation, step: Step | None) -> None:
        if situation in self._result.reached:
            return
        self._result.reached[situation] = step
        self._queue.append(situation)
        for breach in self._at_rest(situation):
            self._report(breach, lambda: self._result.path_to(situation))

    def _with_payment_begun(self, situation: Situation) -> Situation:
        """A state that awaits a payment lets one begin, and from then on it may succeed at any time."""
        state, ledger = situation
        awaits = any(exit_.event == PAYMENT_SUCCEEDED for exit_ in self._exits.get(state, ()))
        return Situation(state, ledger._replace(in_flight=True)) if awaits and ledger.money == "none" else situation

    def _at_rest(self, situation: Situation) -> Iterator[Breach]:
        state = self._states.get(situation.state)
        if state is None:
            return
        if state.final and self._guards.may_end(state, situation.ledger.money):
            yield from unsettled(situation.ledger, state)
        if situation.ledger.in_flight and situation.ledger.money == "none" and not self._takes_payment(situation):
            yield _late_payment(state)

    def _takes_payment(self, situation: Situation) -> bool:
        return any(transition.event == PAYMENT_SUCCEEDED for transition in self.takeable(situation))

    def _report(self, breach: Breach, path: Callable[[], tuple[Step, ...]]) -> None:
        key = (breach.code, breach.span, breach.message)
        if key not in self._known:
            self._known.add(key)
            self._result.found.append(Found(breach, path()))


def _late_payment(state: State) -> Breach:
    message = f"a payment that succeeds while the order is in '{state.id}' has nowhere to go"
    hint = (
        f"add {{on: {PAYMENT_SUCCEEDED}, from: {state.id}, by: [system], do: [refund_payment]}}, "
        "which gives a late payment back"
    )
    return Breach("RS526", message, hint, state.span)


def _initial(document: OrdersDocument) -> str:
    return next((state.id for state in document.states if state.initial), "")
