"""What can happen to an order now? Every event of the lifecycle: open to the caller, or closed and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

import msgspec

from engine.boxes.truth import Failure
from engine.documents.conditions import facts_read
from engine.facts.cart import Key
from engine.facts.vocabulary import Vocabulary
from engine.lifecycle.decide import Move, Refusal
from engine.lifecycle.wording import reason
from engine.runtime.shown import Shown
from server.decisions.books import BOOKS
from server.orders import lifecycle
from server.orders.access import FULFIL
from server.orders.facts import STOCK_AVAILABLE
from server.orders.happening import Doer, Happens
from server.orders.lifecycle import Reading
from server.orders.list_shapes import FailingFactView, TransitionsView, TransitionView
from server.orders.snapshot import OrderHead
from server.orders.views import state_name
from server.web.call import Shop
from server.web.problems import NOT_ALLOWED
from storage.tenancy import Store
from storage.transaction import Transaction

VOCABULARY: Final = "order/1"
"""Of the facts that orders rulesets read."""

_SENDING: Final = frozenset({"ship", "deliver", "receive_return"})
"""Events whose addresses are only for those who fulfil orders, whatever roles the lifecycle has for them."""

_LEFT_BY: Final[Mapping[str, Mapping[str, Key]]] = {"approve_return": {"order.return_approved": 1}}
"""Facts that an event itself makes so; guards read them as the event leaves them."""


@dataclass(frozen=True, slots=True)
class Ways:
    """What each event of the lifecycle would do, brought by this doer."""

    reading: Reading
    doer: Doer
    outcomes: Mapping[str, Move | Refusal]


async def ways(tx: Transaction, shop: Shop, store: Store, order: OrderHead, doer: Doer) -> Ways:
    """Every event as things stand now. The shelves are only asked when an event that depends on them is the doer's."""
    machine = shop.use(BOOKS).live(store).orders
    order = msgspec.structs.replace(order, state=machine.current(order.state))
    asking = next(
        (
            event
            for (state, event), transitions in machine.at.items()
            for each in transitions
            if state == order.state and set(doer.roles) & set(each.roles) and STOCK_AVAILABLE in facts_read(each.when)
        ),
        "",
    )
    reading = await lifecycle.read(tx, shop, store, order, Happens(event=asking, doer=doer))
    outcomes = {
        event: lifecycle.decided(
            machine, order.state, Happens(event=event, doer=doer), {**reading.facts, **_LEFT_BY.get(event, {})}
        )[0]
        for event in machine.events
    }
    return Ways(reading, doer, outcomes)


def transitions_view(
    found: Ways, vocabulary: Vocabulary, timezone: str, locale: str, *, fulfils: bool
) -> TransitionsView:
    """The answer, with failing facts as people write them. `fulfils`: whether the caller may send and receive goods."""
    order, machine = found.reading.order, found.reading.lifecycle
    shown = Shown(vocabulary, order.currency, timezone)
    name = partial(state_name, machine, locale=locale)
    return TransitionsView(
        number=str(order.number),
        state=order.state,
        state_name=name(order.state),
        version=order.version,
        roles=list(found.doer.roles),
        transitions=[
            _told(event, outcome, fulfils or event not in _SENDING, name, shown, vocabulary)
            for event, outcome in found.outcomes.items()
        ],
    )


def _told(
    event: str, outcome: Move | Refusal, is_allowed: bool, show: Callable[[str], str], shown: Shown, words: Vocabulary
) -> TransitionView:
    if isinstance(outcome, Refusal):
        return TransitionView(
            event=event, open=False, code=outcome.code, message=reason(outcome, words),
            allowed_states=outcome.allowed_states, allowed_roles=outcome.allowed_roles,
            failing_facts=tuple(_failing(outcome, shown)),
        )  # fmt: skip
    if not is_allowed:
        return TransitionView(
            event=event, open=False, code=NOT_ALLOWED.code, message=f"this needs the permission {FULFIL}"
        )
    return TransitionView(event=event, open=True, target=outcome.target, target_name=show(outcome.target))


def _failing(refusal: Refusal, shown: Shown) -> Iterator[FailingFactView]:
    failures = [failure for obstacle in refusal.obstacles for failure in obstacle.failures]
    for fact, failure in {failure.test.fact: failure for failure in failures}.items():
        yield FailingFactView(fact=fact, value=_value(failure, shown), distance=_distance(failure, shown))


def _value(failure: Failure, shown: Shown) -> str | None:
    value = failure.value
    return None if value is None or isinstance(value, frozenset) else shown.value(failure.test.fact, value)


def _distance(failure: Failure, shown: Shown) -> str | None:
    # A flag is not so and so far from being set.
    if failure.distance is None or shown.type_of(failure.test.fact) == "boolean":
        return None
    return shown.value(failure.test.fact, failure.distance)
