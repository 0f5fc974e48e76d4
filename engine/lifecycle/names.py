"""Do all names of an orders document mean something: states, roles, actions, timers, and the place orders
start?
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.documents.model import ACTIONS, START, SYSTEM, OrdersDocument, State, Transition
from engine.text.diagnostics import Diagnostic, Related, error
from engine.text.suggest import did_you_mean


def check_names(document: OrdersDocument) -> Iterator[Diagnostic]:
    """Findings RS501 to RS508, in document order."""
    yield from _initial(document)
    yield from _state_names(document)
    for transition in document.transitions:
        yield from _states_of(transition, document)
        yield from _roles_of(transition, document)
        yield from _actions_of(transition)
        yield from _creation(transition, document)
    for state in document.states:
        yield from _timer(state, document)


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


def _states_of(transition: Transition, document: OrdersDocument) -> Iterator[Diagnostic]:
    known = [state.id for state in document.states]
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


def _timer(state: State, document: OrdersDocument) -> Iterator[Diagnostic]:
    if state.timeout is None:
        return
    event = state.timeout.event
    heard = [one for one in document.transitions if one.event == event and state.id in one.sources]
    if any(SYSTEM in transition.roles for transition in heard):
        return
    if heard:
        message = f"the timer of '{state.id}' sends '{event}' as {SYSTEM}, which may not do that"
        yield error("RS505", message, state.timeout.span, hint=f"add {SYSTEM} to `by` of '{event}'")
        return
    in_state = [one.event for one in document.transitions if state.id in one.sources]
    hint = did_you_mean(event, in_state) or f"add {{on: {event}, from: {state.id}, to: …, by: [{SYSTEM}]}}"
    message = f"nothing happens on '{event}', which the timer of '{state.id}' sends"
    yield error("RS505", message, state.timeout.span, hint=hint)
