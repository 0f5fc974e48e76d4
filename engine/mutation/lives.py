"""In which ways can the life of an order be a little wrong?

What no case can look at is left alone: how long a timer takes, whom a transition tells, what is kept of a partial
return.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from engine.documents.model import PART, START, Action, OrdersDocument, State, Transition
from engine.mutation.amounts import setting
from engine.mutation.model import Change

_TOLD: Final = frozenset({"notify", "announce"})
_BY_PART: Final = frozenset({"restock", "refund_payment"})


def life_changes(part: Any) -> Iterator[Change]:
    """The ways to spoil a state, a transition, or the order of transitions; nothing for anything else."""
    match part:
        case OrdersDocument():
            yield from _missing(part)
            yield from _overtaken(part)
            yield from _more_roles(part)
        case State():
            yield from setting(part, "final", (not part.final,), f"{part.id} final")
        case Transition():
            yield from _fewer_roles(part)
            yield from _actions(part)
            yield from _staying(part)


def _missing(document: OrdersDocument) -> Iterator[Change]:
    for span in dict.fromkeys(each.span for each in document.transitions):
        rest = tuple(each for each in document.transitions if each.span != span)
        gone = next(each for each in document.transitions if each.span == span)
        yield Change(
            sort="removed", what=f"transition {span.line}:{span.column}", part=replace(document, transitions=rest),
            said=f"{gone.event} to {gone.target} removed", shows=f"{gone.event} to {gone.target}", span=span,
        )  # fmt: skip


def _overtaken(document: OrdersDocument) -> Iterator[Change]:
    """Of two transitions on the same event from the same state the second is asked first."""
    every = document.transitions
    for number, second in enumerate(every):
        for earlier in range(number - 1, -1, -1):
            first = every[earlier]
            if first.event == second.event and first.span != second.span and {*first.sources} & {*second.sources}:
                order = (*every[:earlier], second, *every[earlier:number], *every[number + 1 :])
                both = f"{first.event} to {first.target} and to {second.target}"
                yield Change(
                    sort="order", what=f"{number} before {earlier}", part=replace(document, transitions=order),
                    said=f"{both} in the other order", shows=f"when {both} both fit", span=second.span,
                )  # fmt: skip
                break


def _more_roles(document: OrdersDocument) -> Iterator[Change]:
    """The first role that may not do it may: one stands for all who must not."""
    for span in dict.fromkeys(each.span for each in document.transitions):
        some = [each for each in document.transitions if each.span == span]
        rivals = [
            each for each in document.transitions if each.event == some[0].event and each.sources == some[0].sources
        ]
        other = next((role for role in document.roles if not any(role in each.roles for each in rivals)), None)
        if other is None:
            continue
        every = tuple(
            replace(each, roles=(*each.roles, other)) if each.span == span else each for each in document.transitions
        )
        what = f"{some[0].event} to {some[0].target}"
        yield Change(
            sort="setting", what=f"{other} added {span.line}:{span.column}", part=replace(document, transitions=every),
            said=f"{other} may {some[0].event}, too", shows=f"{what} is not for {other}", span=span,
        )  # fmt: skip


def _fewer_roles(transition: Transition) -> Iterator[Change]:
    for number, role in enumerate(transition.roles if len(transition.roles) > 1 else ()):
        yield Change(
            sort="removed", what=f"role {number}",
            part=replace(transition, roles=transition.roles[:number] + transition.roles[number + 1 :]),
            said=f"{role} may no longer {transition.event}", shows=f"{transition.event} by {role}",
        )  # fmt: skip


def _actions(transition: Transition) -> Iterator[Change]:
    for number, action in enumerate(transition.actions):
        if action.name in _TOLD:
            continue
        before, after = transition.actions[:number], transition.actions[number + 1 :]
        what = f"{transition.event} does {_word(action)}"
        yield Change(
            sort="removed", what=f"action {number}", part=replace(transition, actions=before + after),
            said=f"action dropped: {_word(action)}", shows=what, span=action.span,
        )  # fmt: skip
        if action.name in _BY_PART:
            other = replace(action, argument=None if action.argument == PART else PART)
            yield Change(
                sort="setting", what=f"part {number}", part=replace(transition, actions=(*before, other, *after)),
                said=f"{_word(action)} → {_word(other)}", shows=what, span=action.span,
            )  # fmt: skip


def _staying(transition: Transition) -> Iterator[Change]:
    source = transition.sources[0]
    if transition.target not in transition.sources and source != START:
        yield Change(
            sort="setting", what="target", part=replace(transition, target=source),
            said=f"to {transition.target} → {source}", shows=f"{transition.event} leads to {transition.target}",
        )  # fmt: skip


def _word(action: Action) -> str:
    return action.name if action.argument is None else f"{action.name}: {action.argument}"
