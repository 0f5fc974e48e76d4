"""How does an orders document become a table in which one look-up finds the transitions to consider?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.documents.model import START, OrdersDocument, RefundPolicy, State, Transition

Place = tuple[str, str]
"""A state and an event that may happen in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle:
    """A compiled state machine: immutable, picklable, and free to be shared between threads.

    `at` holds the transitions of each place in document order, which decides between them. `events` are all
    events in the order of their first transition. `moved` says where orders go on that are in a state of
    earlier versions. `creation` is the pseudo-state from which orders are created.
    """

    name: str
    version: int
    hash: str
    timezone: str
    initial: str
    roles: tuple[str, ...]
    states: Mapping[str, State]
    events: tuple[str, ...]
    at: Mapping[Place, tuple[Transition, ...]]
    refunds: RefundPolicy
    moved: Mapping[str, str]
    document: OrdersDocument
    creation: str = START

    @property
    def announced(self) -> frozenset[str]:
        """The events that it tells the rest of the shop of."""
        steps = (step for steps in self.at.values() for step in steps)
        return frozenset(
            action.argument or step.event for step in steps for action in step.actions if action.name == "announce"
        )

    def knows(self, state: str) -> bool:
        """Whether an order can be in that state, or about to be created."""
        return state in self.states or state == self.creation

    def current(self, state: str) -> str:
        """Where an order in that state is by this lifecycle, which may have moved it on."""
        return state if self.knows(state) else self.moved.get(state, state)

    def sources_of(self, event: str) -> tuple[str, ...]:
        """The states in which the event can happen, in document order."""
        return tuple(state for state in (self.creation, *self.states) if (state, event) in self.at)

    def events_in(self, state: str) -> tuple[str, ...]:
        """The events that can happen in a state, in document order."""
        return tuple(event for event in self.events if (state, event) in self.at)


def compile_lifecycle(document: OrdersDocument) -> Lifecycle:
    """The transition table of a document that `model_check` found without errors."""
    at: dict[Place, tuple[Transition, ...]] = {}
    for transition in document.transitions:
        for source in dict.fromkeys(transition.sources):
            place = (source, transition.event)
            at[place] = (*at.get(place, ()), transition)
    return Lifecycle(
        name=document.head.name,
        version=document.head.version,
        hash=document.head.hash,
        timezone=document.head.timezone,
        initial=next((state.id for state in document.states if state.initial), ""),
        roles=document.roles,
        states={state.id: state for state in document.states},
        events=tuple(dict.fromkeys(transition.event for transition in document.transitions)),
        at=at,
        refunds=document.refunds,
        moved={each.state: each.target for each in document.moved},
        document=document,
    )


def exits_of(document: OrdersDocument) -> dict[str, list[Transition]]:
    """The transitions that leave or stay in each state (and creation), in document order."""
    exits: dict[str, list[Transition]] = {}
    for transition in document.transitions:
        for source in dict.fromkeys(transition.sources):
            exits.setdefault(source, []).append(transition)
    return exits
