"""Do all names of an orders document mean something: states, roles, actions, timers, and the place orders
start?
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.documents.model import ACTIONS, START, SYSTEM, OrdersDocument, State, Transition
from engine.lifecycle.compile import exits_of
from engine.text.diagnostics import Diagnostic, Related, error
from engine.text.suggest import did_you_mean


def check_names(document: OrdersDocument) -> Iterator[Diagnostic]:
    """Findings RS501 to RS508, in document order."""
    yield from _initial(document)
    yield from _state_names(document)
    known = frozenset(state.id for state in document.states)
    for transition in document.transitions:
        yield from _states_of(transition, known)
        yield from _roles_of(transition, document)
        yield from _actions_of(transition)
        yield from _creation(transition, document)
    exits = exits_of(document)
    for state in document.states:
        yield from _timer(state, exits.get(state.id, ()))


def _initial(document: OrdersDocument) -> Iterator[Diagnostic]:
    initial = [state for state in document.states if state.initial]
    if not initial:
        span = document.states[0].span if document.states else document.head.span
        yield error("RS501", "no state is initial", span, hint="mark the first state with `initial: true`")
    for state in initial[1:]:
        message = f"'{state.id}' is initial, and so is '{initial[0].id}'"
        related = (Related(initial[0].span, "the first one"),)
        yield error("RS502", message, state.span, hint="leave one of them", related=related)


def _state_names(document: OrdersDocument) -> Iterator[Diagnostic]:
    for state in document.states:
        if state.id == START:
            hint = f"'{START}' names the moment before an order exists; give the state another name"
            yield error("RS508", f"a state must not be called '{START}'", state.span, hint=hint)


def _states_of(transition: Transition, known: frozenset[str]) -> Iterator[Diagnostic]:
    for name in (*transition.sources, transition.target):
        if name not in known and not (name == START and name in transition.sources):
            hint = did_you_mean(name, known) or "declare it under `states:`"
            yield error("RS503", f"there is no state '{name}'", transition.span, hint=hint)


def _roles_of(transition: Transition, document: OrdersDocument) -> Iterator[Diagnostic]:
    if not document.roles:
        return
    for role in transition.roles:
        if role not in document.roles and role != SYSTEM:
            hint = did_you_mean(role, document.roles) or "declare it under `roles:`"
            yield error("RS504", f"there is no role '{role}'", transition.span, hint=hint)


def _actions_of(transition: Transition) -> Iterator[Diagnostic]:
    for action in transition.actions:
        if action.name not in ACTIONS:
            hint = did_you_mean(action.name, ACTIONS) or f"known: {', '.join(ACTIONS)}"
            yield error("RS506", f"there is no action '{action.name}'", action.span, hint=hint)


def _creation(transition: Transition, document: OrdersDocument) -> Iterator[Diagnostic]:
    initial = [state.id for state in document.states if state.initial]
    if START in transition.sources and initial and transition.target not in initial:
        message = f"an order is created in '{transition.target}', but the initial state is '{initial[0]}'"
        yield error("RS508", message, transition.span, hint=f"write `to: {initial[0]}`")


def _timer(state: State, exits: Sequence[Transition]) -> Iterator[Diagnostic]:
    if state.timeout is None:
        return
    event = state.timeout.event
    heard = [one for one in exits if one.event == event]
    if any(SYSTEM in transition.roles for transition in heard):
        return
    if heard:
        message = f"the timer of '{state.id}' sends '{event}' as {SYSTEM}, which may not do that"
        yield error("RS505", message, state.timeout.span, hint=f"add {SYSTEM} to `by` of '{event}'")
        return
    hint = (
        did_you_mean(event, (one.event for one in exits))
        or f"add {{on: {event}, from: {state.id}, to: …, by: [{SYSTEM}]}}"
    )
    message = f"nothing happens on '{event}', which the timer of '{state.id}' sends"
    yield error("RS505", message, state.timeout.span, hint=hint)
