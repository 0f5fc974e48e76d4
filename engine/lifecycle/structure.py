"""Can every state be reached and left, does every order come to an end, and does waiting end by itself?"""

from __future__ import annotations

from collections.abc import Iterator

from engine.documents.conditions import ALWAYS
from engine.documents.model import START, SYSTEM, OrdersDocument, State, Transition
from engine.lifecycle.compile import exits_of
from engine.lifecycle.explore import Exploration, Situation
from engine.lifecycle.guards import Guards
from engine.lifecycle.settlement import Ledger
from engine.lifecycle.witness import assumptions, path_text
from engine.text.diagnostics import Diagnostic, Related, error


def check_structure(document: OrdersDocument, exploration: Exploration, guards: Guards) -> Iterator[Diagnostic]:
    """Findings RS510 to RS513 and RS517; those about reaching only when the exploration is complete."""
    exits = exits_of(document)
    ways_out = {
        state.id: [way for way in exits.get(state.id, ()) if way.target != state.id] for state in document.states
    }
    for state in document.states:
        if exploration.complete and state.id not in exploration.states:
            yield _unreachable(state, document)
        elif not state.final and not ways_out[state.id]:
            yield _dead_end(state, exploration)
        if state.waiting and not _ends_by_itself(state, ways_out[state.id]):
            yield _waits_for_ever(state)
        if state.final and state.final_when == ALWAYS and ways_out[state.id]:
            yield _leaves_the_end(state, ways_out[state.id])
    if exploration.complete:
        dead_ends = {state.id for state in document.states if not state.final and not ways_out[state.id]}
        yield from _never_ending(document, exploration, guards, dead_ends)


def _unreachable(state: State, document: OrdersDocument) -> Diagnostic:
    entries = [one for one in document.transitions if one.target == state.id and one.sources != (state.id,)]
    hint = "add a transition to it, or remove it"
    if entries:
        hint = "the states it is entered from cannot be reached either, or the guards on the way never hold"
    related = tuple(Related(entry.span, "would enter it") for entry in entries[:3])
    return error("RS510", f"no order can get into '{state.id}'", state.span, hint=hint, related=related)


def _dead_end(state: State, exploration: Exploration) -> Diagnostic:
    here = next((one for one in exploration.reached if one.state == state.id), None)
    witness = path_text(exploration.path_to(here)) if here else ""
    hint = "add a transition out of it, or mark it `final: true`"
    return error("RS511", f"an order in '{state.id}' can go nowhere", state.span, hint=hint, witness=witness)


def _ends_by_itself(state: State, ways_out: list[Transition]) -> bool:
    """A guarded way does not count: its guard may fail, and then the order waits on."""
    event = state.timeout.event if state.timeout else None
    return any(way.event == event and SYSTEM in way.roles and way.when == ALWAYS for way in ways_out)


def _waits_for_ever(state: State) -> Diagnostic:
    message = f"an order may wait in '{state.id}' for ever"
    hint = (
        "add `timeout: {after: 30m, event: …}` and a transition on that event "
        f"by [{SYSTEM}] to another state, without a guard"
    )
    return error("RS512", message, state.span, hint=hint)


def _leaves_the_end(state: State, ways_out: list[Transition]) -> Diagnostic:
    related = tuple(Related(way.span, f"leads to '{way.target}'") for way in ways_out[:3])
    message = f"'{state.id}' is final, but an order can leave it"
    hint = "remove `final`, say `final: {when: …}`, or remove the transition"
    return error("RS513", message, state.span, hint=hint, related=related)


def _never_ending(
    document: OrdersDocument, exploration: Exploration, guards: Guards, dead_ends: set[str]
) -> Iterator[Diagnostic]:
    states = {state.id: state for state in document.states}
    if not any(state.final for state in document.states):
        span = document.states[0].span if document.states else document.head.span
        hint = "mark the states where an order may rest with `final: true`"
        yield error("RS517", "no state is final, so no order ever ends", span, hint=hint)
        return
    excused = [one for one in exploration.reached if one.state in dead_ends or _may_end(one, states, guards)]
    ending = _leading_to(excused, exploration)
    stuck = [one for one in exploration.reached if one not in ending and one.state != START]
    if stuck:
        yield _stuck(stuck, states, exploration)


def _may_end(situation: Situation, states: dict[str, State], guards: Guards) -> bool:
    state = states.get(situation.state)
    return state is not None and state.final and guards.may_end(state, situation.ledger.money)


def _leading_to(goals: list[Situation], exploration: Exploration) -> set[Situation]:
    before: dict[Situation, list[Situation]] = {}
    for situation, following in exploration.followed.items():
        for after in following:
            before.setdefault(after, []).append(situation)
    found, open_ = set(goals), list(goals)
    while open_:
        for situation in before.get(open_.pop(), ()):
            if situation not in found:
                found.add(situation)
                open_.append(situation)
    return found


def _stuck(stuck: list[Situation], states: dict[str, State], exploration: Exploration) -> Diagnostic:
    first = stuck[0]
    path = exploration.path_to(first)
    names = ", ".join(f"'{name}'" for name in dict.fromkeys(one.state for one in stuck))
    return error(
        "RS517",
        f"an order in {names} can never come to an end ({_described(first.ledger)})",
        states[first.state].span,
        hint="add a way to a final state that an order with this history may take",
        witness=path_text(path),
        related=assumptions(path),
    )


def _described(ledger: Ledger) -> str:
    return f"stock {ledger.stock}, coupon {ledger.coupon}, money {ledger.money}"
