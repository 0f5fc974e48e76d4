"""How does an order come to be? Its first step by the lifecycle, stock and coupons kept, all in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from engine.documents.model import START, Action
from engine.facts.cart import Key
from engine.lifecycle.compile import Lifecycle
from engine.lifecycle.decide import Move, Refusal, decide
from server.catalog import inventory
from server.decisions.books import LiveBook
from server.errors import AppError, Fault
from server.orders import phone_codes
from server.orders import placing_repo as repo
from server.orders.errors import ALREADY_ORDERED, CART_TAKEN, COUPON_EXHAUSTED, STOCK_TAKEN, TRANSITION_REFUSED
from server.orders.facts import order_facts
from server.orders.happening import EFFECTS, SYSTEM, THE_SYSTEM, Doer, Happening, Happens
from server.orders.lifecycle import advance, decided, timer_of, written
from server.orders.phone_codes import CONFIRM
from server.orders.placing import NewLine, NewOrder
from server.orders.snapshot import OrderHead, OrderUnits
from server.referrals import uses
from server.referrals.needed import Use
from server.web.call import Shop
from storage.database import TryAgain
from storage.tenancy import Store
from storage.transaction import Transaction

_IN_THE_STATEMENT: Final = frozenset({"reserve_stock", "hold_coupon", "announce"})
"""What placing does along with writing the order."""


class Created(NamedTuple):
    """An order that is there. `awaits_code`: it goes on once its customer has sent back the code."""

    number: int
    state: str
    awaits_code: bool


class Opening:
    """The first step of an order: what the store's lifecycle does with a new one."""

    def __init__(self, lifecycle: Lifecycle, move: Move, role: str) -> None:
        self.lifecycle = lifecycle
        self.move = move
        self.role = role

    def has(self, name: str) -> bool:
        """Whether the step does this."""
        return any(action.name == name for action in self.move.actions)

    @property
    def timer(self) -> tuple[timedelta, str] | None:
        """How long the order may stay in its first state, and what happens then."""
        return timer_of(self.lifecycle, self.move.target)

    @property
    def announced(self) -> tuple[str, ...]:
        """The events the step announces, by name."""
        return tuple(action.argument or self.move.event for action in self.move.actions if action.name == "announce")

    @property
    def effects(self) -> tuple[str, ...]:
        """All actions as they are recorded."""
        return tuple(written(action) for action in self.move.actions)

    @property
    def others(self) -> tuple[Action, ...]:
        """The actions that are done after the order is written."""
        return tuple(action for action in self.move.actions if action.name not in _IN_THE_STATEMENT)


def open_order(live: LiveBook, doer: Doer, total: int, units: int, payment_method: str) -> Opening:
    """What the lifecycle does with a new order of this total and so many units. Raises TRANSITION_REFUSED."""
    lifecycle = live.orders
    event = lifecycle.events_in(START)[0]
    facts: dict[str, Key] = {
        "order.total": total,
        "order.captured": 0,
        "order.refunded": 0,
        "order.fully_refunded": 0,
        "order.payment_method": payment_method,
        "order.units_open": units,
        "order.units_shipped": 0,
        "order.units_returned": 0,
        "order.held": 0,
        "order.return_approved": 0,
        "order.payment_attempts": 0,
        "order.stock_available": 1,
        "actor.is_owner": 1,
        "actor.is_seller": 0,
    }
    outcome, role = decided(lifecycle, START, Happens(event=event, doer=doer), facts)
    if isinstance(outcome, Refusal):
        raise TRANSITION_REFUSED(f"the store's orders ruleset does not let you {event} this order", reason=outcome.code)
    return Opening(lifecycle, outcome, role)


async def create(
    tx: Transaction,
    shop: Shop,
    store: Store,
    order: NewOrder,
    opening: Opening,
    needed: Sequence[Use],
) -> Created:
    """Write the order, keep its stock and its coupon uses, and confirm it when nothing has to be paid first.

    Where the checkout ruleset wants to know the customer's number first, a code is sent there, and the order waits.
    Raises CART_TAKEN, ALREADY_ORDERED, STOCK_TAKEN naming every line of which there
    is too little with what is left, and COUPON_EXHAUSTED; then nothing of the transaction may be committed.
    """
    placed = await repo.place(tx, order)
    if placed.number is None:
        await _explain(tx, order, placed)
    assert placed.number is not None
    if placed.is_low:
        await inventory.announce_taken(tx, order.demand)
    if opening.has("hold_coupon"):
        refused = await uses.hold(tx, order.id, needed)
        if refused:
            raise _used_up(refused)
    head = _head(order, placed.number, await tx.now())
    await _do_the_rest(tx, shop, store, head, order, opening)
    return await _confirm(tx, shop, store, head, order, opening)


async def _explain(tx: Transaction, order: NewOrder, placed: repo.Placed) -> None:
    """Raise for the reason why nothing was placed."""
    if not placed.has_cart:
        await refuse_repeated(tx, order.quote_id)
        raise CART_TAKEN("the cart was changed, ordered or has expired; read it and ask for a new quote")
    if await repo.has_overdue(tx, placed.short):
        # Units that nobody may keep any longer: the next attempt sees that there are too few, and frees them first.
        raise TryAgain
    raise stock_taken(
        [
            Fault("", "stock_short", f"{each.quantity} of {each.sku} are wanted, {max(0, each.available)} left")
            for each in await repo.short_lines(tx, order, placed.short)
        ]
    )


async def refuse_repeated(tx: Transaction, quote_id: UUID) -> None:
    """Raise ALREADY_ORDERED, with the number, when there is an order of this quote."""
    number = await repo.order_of_quote(tx, quote_id)
    if number is not None:
        raise ALREADY_ORDERED(f"this quote was ordered already: order {number}", number=str(number))


def stock_taken(faults: Sequence[Fault]) -> AppError:
    """STOCK_TAKEN with every line of which there is too little."""
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return STOCK_TAKEN(f"nothing was ordered: {faults[0].message}{more}", faults=faults)


def _used_up(refused: Sequence[Use]) -> AppError:
    names = sorted({use.subject for use in refused})
    return COUPON_EXHAUSTED(
        f"nothing was ordered: {', '.join(names)} was used up meanwhile; take it off the cart and ask for a new quote",
        used_up=names,
    )


async def _do_the_rest(
    tx: Transaction, shop: Shop, store: Store, head: OrderHead, order: NewOrder, opening: Opening
) -> None:
    """What the first step does besides: nothing, in the rulesets that ship."""
    doer = Doer("guest" if order.user_id is None else "user", head.owner_id, (opening.role,))
    for action in opening.others:
        await shop.use(EFFECTS)[action.name](
            Happening(
                tx=tx, shop=shop, store=store, order=head, lines=_units(order.lines),
                happens=Happens(event=order.event, doer=doer), event=order.event, target=order.state,
                argument=action.argument, step_id=order.step_id, seq=1,
            )
        )  # fmt: skip


async def _confirm(
    tx: Transaction, shop: Shop, store: Store, head: OrderHead, order: NewOrder, opening: Opening
) -> Created:
    """The order, which the system has confirmed, or has asked for a code, where the lifecycle lets it confirm."""
    facts: Mapping[str, Key] = order_facts(
        head, _units(order.lines), await tx.now(), is_owner=False, is_seller=False, return_approved=False,
        stock_available=True,
    )  # fmt: skip
    outcome = decide(opening.lifecycle, order.state, CONFIRM, SYSTEM, facts)
    if isinstance(outcome, Refusal):
        return Created(head.number, order.state, awaits_code=False)
    if order.phone_to_confirm is not None:
        await phone_codes.send_first(
            tx, shop, order.id, head.number, order.phone_to_confirm, order.locale, order.customer_name
        )
        return Created(head.number, order.state, awaits_code=True)
    happened = await advance(tx, shop, store, order.id, Happens(event=CONFIRM, doer=THE_SYSTEM, key="placed"))
    return Created(head.number, happened.target, awaits_code=False)


def _head(order: NewOrder, number: int, now: datetime) -> OrderHead:
    totals = order.decision.totals
    return OrderHead(
        id=order.id, number=number, user_id=order.user_id, guest_id=order.guest_id, customer_key=order.customer_key,
        email=order.email, locale=order.locale, state=order.state, state_since=now, version=1, deadline_at=None,
        deadline_event=None, held=False, currency=order.currency, total=totals.total, shipping_total=totals.shipping,
        payment_method=order.payment_method, captured=0, refunded=0, payment_attempts=0, delivered_at=None,
    )  # fmt: skip


def _units(lines: Sequence[NewLine]) -> tuple[OrderUnits, ...]:
    return tuple(
        OrderUnits(
            id=line.id, variant_id=line.variant_id, sku=line.sku, seller=line.seller, quantity=line.quantity,
            shipped=0, dropped=0, returned=0, restocked=0, refunded_units=0, gross=line.gross,
        )
        for line in lines
    )  # fmt: skip
