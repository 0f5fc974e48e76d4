"""How does an order get from one state to the next? Here, and nowhere else: decided by the store's `orders` ruleset.

`advance` is the one way. The order's row is locked, the ruleset decides by the facts as the event leaves them, state
and money are written if nobody else wrote first, the actions are done, and the step is recorded: one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from engine.documents.conditions import facts_read
from engine.documents.model import Action
from engine.facts.cart import Key
from engine.lifecycle.compile import Lifecycle
from engine.lifecycle.decide import Move, Refusal, decide, timeouts
from server.catalog import reservations
from server.decisions.books import BOOKS
from server.errors import AppError
from server.orders import repo
from server.orders.errors import ORDER_UNKNOWN, TRANSITION_REFUSED
from server.orders.facts import STOCK_AVAILABLE, order_facts
from server.orders.happening import EFFECTS, SYSTEM, THE_SYSTEM, Doer, Happening, Happens, Transitioned
from server.orders.snapshot import OrderHead, OrderUnits, TransitionRow
from server.referrals import uses
from server.web.call import Shop
from storage.database import TryAgain
from storage.ids import new_id
from storage.tenancy import Store
from storage.transaction import Transaction

_HOLDS: Final[Mapping[str, bool]] = {"hold": True, "release_hold": False}
"""Events that put an order aside, and take it up again."""
MOVED: Final = "lifecycle_changed"
"""The step of an order whose state its lifecycle no longer has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """An order with everything its lifecycle may ask about it. `order` is as it was before the event."""

    order: OrderHead
    lines: tuple[OrderUnits, ...]
    lifecycle: Lifecycle
    facts: Mapping[str, Key]


async def locked(tx: Transaction, order_id: UUID) -> OrderHead:
    """The order, locked until the transaction ends. Raises ORDER_UNKNOWN."""
    order = await repo.lock(tx, order_id)
    if order is None:
        raise ORDER_UNKNOWN(f"there is no order {order_id}")
    return order


async def advance(tx: Transaction, shop: Shop, store: Store, order_id: UUID, happens: Happens) -> Transitioned:
    """Bring an event to an order. What it reports of units is written already; its money is written here.

    An event whose key was seen before does nothing again. Raises ORDER_UNKNOWN, TRANSITION_REFUSED telling what is
    open instead, and what its actions raise; then nothing of the transaction may be committed.
    """
    order = await locked(tx, order_id)
    if happens.key is not None:
        known = await repo.step_of(tx, order_id, happens.key)
        if known is not None:
            return _repeated(order, known)
    order = await moved_on(tx, shop, store, order)
    reading = await read(tx, shop, store, order, happens)
    outcome, role = decided(reading.lifecycle, order.state, happens, reading.facts)
    if isinstance(outcome, Refusal):
        raise refused(reading, happens, outcome)
    return await _take(tx, shop, store, reading, happens, outcome, role)


async def moved_on(tx: Transaction, shop: Shop, store: Store, order: OrderHead) -> OrderHead:
    """The order, locked before, where its lifecycle lets it go on if it no longer has its state; a step like others."""
    lifecycle = shop.use(BOOKS).live(store).orders
    target = lifecycle.current(order.state)
    if target == order.state:
        return order
    reading = Reading(order=order, lines=(), lifecycle=lifecycle, facts={})
    move = Move(event=MOVED, source=order.state, target=target, actions=(), span=lifecycle.states[target].span)
    return (await _take(tx, shop, store, reading, Happens(event=MOVED, doer=THE_SYSTEM), move, SYSTEM)).order


async def read(tx: Transaction, shop: Shop, store: Store, order: OrderHead, happens: Happens) -> Reading:
    """The facts as the event leaves them, of an order that is locked."""
    lifecycle = shop.use(BOOKS).live(store).orders
    lines = await repo.units(tx, order.id)
    counted = msgspec.structs.replace(
        order, captured=order.captured + happens.captured, refunded=order.refunded + happens.refunded
    )
    stock: bool | None = None
    if _asks_for_stock(lifecycle, order.state, happens.event):
        # What is sold with a coupon is there to be had only while the coupon is.
        stock = await reservations.can_be_held(tx, order.id) and await uses.can_hold_again(tx, order.id)
    facts = order_facts(
        counted,
        lines,
        await tx.now(),
        is_owner=happens.doer.owns(order),
        is_seller=sells(happens.doer, lines),
        return_approved=await repo.return_is_approved(tx, order.id),
        stock_available=stock,
    )
    return Reading(order=order, lines=tuple(lines), lifecycle=lifecycle, facts=facts)


def sells(doer: Doer, lines: Sequence[OrderUnits]) -> bool:
    """Whether a line of the order is of the seller they are."""
    return doer.seller is not None and any(line.seller == doer.seller for line in lines)


def decided(lifecycle: Lifecycle, state: str, happens: Happens, facts: Mapping[str, Key]) -> tuple[Move | Refusal, str]:
    """The move in the first of the doer's roles that allows one, and that role; else the refusal that comes closest."""
    refusals: list[tuple[Refusal, str]] = []
    for role in happens.doer.roles or ("",):
        outcome = decide(lifecycle, state, happens.event, role, facts)
        if isinstance(outcome, Move):
            return outcome, role
        refusals.append((outcome, role))
    return max(refusals, key=lambda each: _NEARNESS.index(each[0].code))


_NEARNESS: Final = ("unknown_state", "unknown_event", "wrong_state", "wrong_role", "guard_failed", "fact_missing")


def refused(reading: Reading, happens: Happens, refusal: Refusal) -> AppError:
    """The error: why not, and what is open to the caller instead."""
    order = reading.order
    instead = sorted(open_events(reading, happens.doer))
    return TRANSITION_REFUSED(
        f"order {order.number} is {order.state}; {happens.event} is not possible: {_why(refusal)}."
        f" Open now: {', '.join(instead) or 'nothing'}",
        state=order.state,
        event=happens.event,
        reason=refusal.code,
        open=instead,
        **_params(refusal),
    )


def open_events(reading: Reading, doer: Doer) -> set[str]:
    """The events that the doer could bring now."""
    return {
        event
        for event in reading.lifecycle.events_in(reading.order.state)
        for role in doer.roles
        if isinstance(decide(reading.lifecycle, reading.order.state, event, role, reading.facts), Move)
    }


async def _take(
    tx: Transaction, shop: Shop, store: Store, reading: Reading, happens: Happens, move: Move, role: str
) -> Transitioned:
    before = reading.order
    money_counts = not any(action.name == "refund_payment" for action in move.actions)
    captured = happens.captured if money_counts else 0
    after = msgspec.structs.replace(
        before,
        state=move.target,
        held=_HOLDS.get(move.event, before.held),
        captured=before.captured + captured,
        refunded=before.refunded + happens.refunded,
        payment_attempts=before.payment_attempts + (move.event in ("start_payment", "retry_payment")),
        version=before.version + 1,
    )
    if not await repo.move(tx, before, after, timer_of(reading.lifecycle, move.target)):
        raise TryAgain
    step = TransitionRow(
        id=new_id(), seq=0, event=move.event, source=move.source, target=move.target, role=role,
        actor_kind=happens.doer.kind, actor_id=happens.doer.id, event_key=happens.key, ruleset=reading.lifecycle.hash,
        effects=tuple(written(action) for action in move.actions), note=happens.note, created_at=await tx.now(),
    )  # fmt: skip
    seq = await repo.record(tx, step, before.id)
    effects = shop.use(EFFECTS)
    for action in move.actions:
        await effects[action.name](
            Happening(
                tx=tx, shop=shop, store=store, order=after, lines=reading.lines, happens=happens, event=move.event,
                target=move.target, argument=action.argument, step_id=step.id, seq=seq,
            )
        )  # fmt: skip
    # After the effects: some steps lock stock before their customer's totals, so all have to.
    await _note_money(tx, before, after)
    return Transitioned(
        order=after, step_id=step.id, seq=seq, source=move.source, target=move.target, actions=step.effects,
        money_counts=money_counts,
    )  # fmt: skip


async def _note_money(tx: Transaction, before: OrderHead, after: OrderHead) -> None:
    """What the customer has bought so far follows the order's money; an order counts once it is paid."""
    change = (after.captured - after.refunded) - (before.captured - before.refunded)
    is_first = before.captured == 0 < after.captured
    if before.user_id is not None and (change or is_first):
        await repo.note_bought(tx, before.user_id, int(is_first), change)


def timer_of(lifecycle: Lifecycle, state: str) -> tuple[timedelta, str] | None:
    """How long an order may stay in a state, and the event that comes then; None for as long as it likes."""
    timers = timeouts(lifecycle, state)
    return (timedelta(seconds=timers[0].after_seconds), timers[0].event) if timers else None


def _asks_for_stock(lifecycle: Lifecycle, state: str, event: str) -> bool:
    return any(STOCK_AVAILABLE in facts_read(each.when) for each in lifecycle.at.get((state, event), ()))


def _repeated(order: OrderHead, known: TransitionRow) -> Transitioned:
    return Transitioned(
        order=order, step_id=known.id, seq=known.seq, source=known.source, target=known.target, actions=known.effects,
        is_repeat=True, money_counts="refund_payment" not in known.effects,
    )  # fmt: skip


def written(action: Action) -> str:
    """The action as steps record it."""
    return action.name if action.argument is None else f"{action.name}: {action.argument}"


def _why(refusal: Refusal) -> str:
    if refusal.code == "wrong_state":
        return f"that is possible in {', '.join(refusal.allowed_states)}"
    if refusal.code == "wrong_role":
        return f"that is for {', '.join(refusal.allowed_roles)}"
    if refusal.code in ("unknown_event", "unknown_state"):
        return "the store's orders ruleset knows no such thing"
    failed = [failure.test.fact for obstacle in refusal.obstacles for failure in obstacle.failures]
    return f"it depends on {', '.join(dict.fromkeys(failed))}"


def _params(refusal: Refusal) -> dict[str, Any]:
    failed = (failure.test.fact for obstacle in refusal.obstacles for failure in obstacle.failures)
    told = {
        "allowed_states": list(refusal.allowed_states),
        "allowed_roles": [role for role in refusal.allowed_roles if role != SYSTEM],
        "failing_facts": list(dict.fromkeys(failed)),
    }
    return {name: value for name, value in told.items() if value}
