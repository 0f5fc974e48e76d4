"""May this role do this to an order in this state, and what happens then; and if not, why not?

The first transition in document order whose source, event, role and guard hold decides. A guard that reads
a missing fact is unknown, and a transition is taken only when its guard is true. Facts are as the event
leaves them: the payment, shipment, return or refund it reports is already counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from engine.boxes.truth import Failure, failures, truth
from engine.documents.conditions import Key
from engine.documents.model import Action, Transition
from engine.lifecycle.compile import Lifecycle
from engine.text.source import Span

RefusalCode = Literal["unknown_state", "unknown_event", "wrong_state", "wrong_role", "guard_failed", "fact_missing"]
"""Stable, public names: what the caller would have to change, from the farthest to the nearest thing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """The order goes from `source` to `target`; the actions are to be done in this order. `span` is the
    transition.
    """

    event: str
    source: str
    target: str
    actions: tuple[Action, ...]
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """One transition that fits state, event and role but whose guard does not hold."""

    target: str
    failures: tuple[Failure, ...]
    is_unknown: bool
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why the event cannot happen now.

    `allowed_states` is filled for `wrong_state`, `allowed_roles` for `wrong_role`, and `obstacles` (one for
    each transition considered, in document order) for `guard_failed` and `fact_missing`. `missing` are the
    facts that the guards would have needed.
    """

    code: RefusalCode
    event: str
    state: str
    role: str
    allowed_states: tuple[str, ...] = ()
    allowed_roles: tuple[str, ...] = ()
    obstacles: tuple[Obstacle, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """Names of the missing facts, each once, in document order."""
        all_failures = (failure for obstacle in self.obstacles for failure in obstacle.failures)
        return tuple(dict.fromkeys(failure.test.fact for failure in all_failures if failure.is_unknown))


@dataclass(frozen=True, slots=True)
class OpenMove:
    """What an event would do now: a move, or the reason why it is closed."""

    event: str
    outcome: Move | Refusal

    @property
    def is_open(self) -> bool:
        return isinstance(self.outcome, Move)

    @property
    def target(self) -> str | None:
        """The state the order would be in; None when closed."""
        return self.outcome.target if isinstance(self.outcome, Move) else None


def decide(lifecycle: Lifecycle, state: str, event: str, role: str, facts: Mapping[str, Key]) -> Move | Refusal:
    """The move that `event` makes, or why it makes none. Facts are keys under their names in `order/1`.

    Never raises for an unknown state, event or role: that is a refusal as well.
    """
    here = lifecycle.at.get((state, event), ())
    mine = [transition for transition in here if role in transition.roles]
    obstacles: list[Obstacle] = []
    for transition in mine:
        answer = truth(transition.when, facts)
        if answer:
            return Move(
                event=event,
                source=state,
                target=transition.target,
                actions=transition.actions,
                span=transition.span,
            )
        obstacles.append(_obstacle(transition, answer, facts))
    if obstacles:
        code: RefusalCode = "fact_missing" if any(obstacle.is_unknown for obstacle in obstacles) else "guard_failed"
        return Refusal(code=code, event=event, state=state, role=role, obstacles=tuple(obstacles))
    return _out_of_place(lifecycle, state, event, role, here)


def open_transitions(lifecycle: Lifecycle, state: str, role: str, facts: Mapping[str, Key]) -> list[OpenMove]:
    """Every event of the machine in document order, with its move or the reason why it is closed to this
    role.
    """
    return [OpenMove(event, decide(lifecycle, state, event, role, facts)) for event in lifecycle.events]


def is_finished(lifecycle: Lifecycle, state: str, facts: Mapping[str, Key]) -> bool | None:
    """Whether the order may rest in this state for ever; None when a fact that decides it is missing."""
    place = lifecycle.states.get(state)
    return False if place is None or not place.final else truth(place.final_when, facts)


@dataclass(frozen=True, slots=True)
class Timer:
    """The system sends `event` when the order has been in its state for `after_seconds`."""

    after_seconds: int
    event: str


def timeouts(lifecycle: Lifecycle, state: str) -> tuple[Timer, ...]:
    """The timers of a state, at most one today.

    They start when an order enters the state from another one, go off once, and stop when it leaves; a transition
    that stays in the state neither stops nor restarts them.
    """
    place = lifecycle.states.get(state)
    if place is None or place.timeout is None:
        return ()
    return (Timer(place.timeout.after_seconds, place.timeout.event),)


def _obstacle(transition: Transition, answer: bool | None, facts: Mapping[str, Key]) -> Obstacle:
    return Obstacle(
        target=transition.target,
        failures=failures(transition.when, facts),
        is_unknown=answer is None,
        span=transition.when_span or transition.span,
    )


def _out_of_place(lifecycle: Lifecycle, state: str, event: str, role: str, here: tuple[Transition, ...]) -> Refusal:
    if not lifecycle.knows(state):
        return Refusal(code="unknown_state", event=event, state=state, role=role)
    if event not in lifecycle.events:
        return Refusal(code="unknown_event", event=event, state=state, role=role)
    if not here:
        elsewhere = lifecycle.sources_of(event)
        return Refusal(code="wrong_state", event=event, state=state, role=role, allowed_states=elsewhere)
    allowed = tuple(dict.fromkeys(name for transition in here for name in transition.roles))
    return Refusal(code="wrong_role", event=event, state=state, role=role, allowed_roles=allowed)
