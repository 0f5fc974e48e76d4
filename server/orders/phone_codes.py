"""Is the number with an order that is paid at the door the customer's? A code sent there tells, and the order goes on.

The `checkout` ruleset asks for it (`confirm: sms` on a payment method). Until then the order waits in the state it was
placed in, so the lifecycle's timer ends it; staff may confirm it by themselves, after a call for example.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from engine.documents.model import CheckoutDocument
from notifications.events import TextMessageRequested
from notifications.outbox import announce
from server.decisions.books import BOOKS, LiveBook
from server.errors import AppError
from server.keys import KeyRing
from server.orders import access, history_repo, service
from server.orders import phone_codes_repo as repo
from server.orders.detail import OrderDetail
from server.orders.errors import CODE_EXPIRED, CODE_NOT_NEEDED, CODE_SPENT, CODE_WRONG, TRANSITION_REFUSED
from server.orders.happening import THE_SYSTEM, Happens
from server.orders.lifecycle import advance
from server.orders.phone_codes_repo import OrderCode
from server.orders.snapshot import OrderHead
from server.web.call import Call, Shop
from server.web.limits import LIMITER, Limit, network
from server.web.problems import RATE_LIMITED
from storage.transaction import Transaction

CONFIRM: Final = "confirm"
"""The system's event for orders that need no payment before they are packed."""
LIFETIME: Final = timedelta(minutes=10)
"""Of a code, in whole minutes: the message says how many."""
MOST_TRIES: Final = 5
"""At one code: with MOST_SENT codes, 25 of a million."""
MOST_SENT: Final = 5
"""Codes of one order."""
MOST_A_DAY: Final = 10
"""Codes to one number, whatever the orders: messages cost money, and their reader sleep."""
PAUSE: Final = timedelta(seconds=30)
"""Between two codes of an order: the first may still be on its way."""

PER_NETWORK: Final = Limit("order-code", 60, 3600)
"""Tries and messages of all orders from one place."""

_TEMPLATE: Final = "order_code"
_PURPOSE: Final = "order-code"

_Wrong = Literal["wrong", "spent", "expired"]


def asks_for_code(live: LiveBook, payment_method: str | None) -> bool:
    """Whether the live checkout ruleset wants orders of this payment method confirmed by a code."""
    document = live.book.documents.get("checkout")
    if not isinstance(document, CheckoutDocument):
        return False
    return any(method.id == payment_method and method.confirm == "sms" for method in document.payment_methods)


async def count_for_network(call: Call) -> None:
    """Count a try or a message for where the caller is, before any transaction. Raises RATE_LIMITED."""
    await call.use(LIMITER).hit(PER_NETWORK, str(call.store.id), network(call.client_ip))


async def send_first(
    tx: Transaction, shop: Shop, order_id: UUID, number: int, phone: str, locale: str, name: str
) -> None:
    """Owe the customer of a new order a code, at a number in E.164. Raises RATE_LIMITED for a number with too many."""
    code = _made()
    expires_at = await tx.now() + LIFETIME
    if not await repo.add(tx, order_id, phone, _signed(shop.keys, order_id, code), expires_at, MOST_A_DAY):
        raise _too_many(phone)
    await _owe(tx, phone, locale, code, number, name)


async def send_again(call: Call, number: int) -> datetime:
    """Owe another code, in place of the one before; until when it holds.

    Raises ORDER_UNKNOWN, NOT_ALLOWED, CODE_NOT_NEEDED (also once nothing can be confirmed any more), CODE_SPENT and
    RATE_LIMITED.
    """
    lifecycle = call.use(BOOKS).live(call.store).orders

    async def work(tx: Transaction) -> datetime:
        order, found = await _waiting(tx, call, number)
        if CONFIRM not in lifecycle.events_in(lifecycle.current(order.state)):
            raise CODE_NOT_NEEDED(f"order {number} is {order.state}: nothing is to be confirmed", state=order.state)
        now = await tx.now()
        if found.sent >= MOST_SENT:
            raise _spent(number)
        wait = found.sent_at + PAUSE - now
        if wait > timedelta():
            seconds = -(-wait // timedelta(seconds=1))
            raise RATE_LIMITED(f"a code was sent just now; come back in {seconds} s", retry_after_seconds=seconds)
        code = _made()
        expires_at = now + LIFETIME
        if not await repo.renew(tx, order.id, _signed(call.shop.keys, order.id, code), expires_at, MOST_A_DAY):
            raise _too_many(found.phone)
        await _owe(tx, found.phone, order.locale, code, order.number, "")
        return expires_at

    return await call.database.transaction(call.store.id, work)


async def confirm(call: Call, number: int, code: str) -> OrderDetail:
    """The order goes on when this is the code that was sent. An order that somebody holds waits, confirmed.

    Raises ORDER_UNKNOWN, NOT_ALLOWED, CODE_NOT_NEEDED, CODE_WRONG, CODE_EXPIRED, CODE_SPENT, and what `advance` raises.
    """

    async def work(tx: Transaction) -> OrderDetail | _Wrong:
        order, found = await _waiting(tx, call, number)
        wrong = _why_not(call.shop.keys, order.id, found, code, await tx.now())
        if wrong == "wrong":
            await repo.count_try(tx, order.id)
        if wrong is not None:
            return wrong
        await repo.mark_confirmed(tx, order.id)
        await _go_on(tx, call, order)
        return await service.detail_of(tx, order.id)

    # The tries that were wrong are committed before anybody is told: what is raised inside is undone.
    outcome = await call.database.transaction(call.store.id, work)
    match outcome:
        case "wrong":
            raise CODE_WRONG("this is not the code that was sent; look at the newest message")
        case "expired":
            raise CODE_EXPIRED(f"ask for another: POST /orders/{number}/confirmation/send")
        case "spent":
            raise _spent(number)
        case _:
            return outcome


async def _waiting(tx: Transaction, call: Call, number: int) -> tuple[OrderHead, OrderCode]:
    """The order, locked, and the code it waits for. Raises ORDER_UNKNOWN, NOT_ALLOWED and CODE_NOT_NEEDED."""
    order = access.own_or_allowed(call.actor, await history_repo.lock(tx, number), number)
    found = await repo.find(tx, order.id)
    if found is None or found.confirmed_at is not None:
        why = "needs no code" if found is None else "is confirmed already"
        raise CODE_NOT_NEEDED(f"order {number} {why}", state=order.state)
    return order, found


async def _go_on(tx: Transaction, call: Call, order: OrderHead) -> None:
    try:
        await advance(tx, call.shop, call.store, order.id, Happens(event=CONFIRM, doer=THE_SYSTEM, key="phone"))
    except AppError as refusal:
        if refusal.error is not TRANSITION_REFUSED:
            raise
        # Held, for example: staff confirm it once they have released it. Nothing was written before the refusal.


def _why_not(keys: KeyRing, order_id: UUID, found: OrderCode, code: str, now: datetime) -> _Wrong | None:
    if found.tries >= MOST_TRIES:
        return "spent"
    if now >= found.expires_at:
        return "expired"
    return None if keys.verify(_PURPOSE, _content(order_id, code), found.code) else "wrong"


async def _owe(tx: Transaction, phone: str, locale: str, code: str, number: int, name: str) -> None:
    minutes = LIFETIME // timedelta(minutes=1)
    values = {"code": code, "number": str(number), "name": name, "minutes": str(minutes)}
    await announce(tx, TextMessageRequested(template=_TEMPLATE, to=phone, locale=locale, values=values))


def _made() -> str:
    return f"{secrets.randbelow(1_000_000):06}"


def _signed(keys: KeyRing, order_id: UUID, code: str) -> str:
    return keys.sign(_PURPOSE, _content(order_id, code))


def _content(order_id: UUID, code: str) -> bytes:
    return f"{order_id}:{code}".encode()


def _spent(number: int) -> AppError:
    return CODE_SPENT(f"order {number} takes no more tries at this code, or no more codes", most=MOST_SENT)


def _too_many(phone: str) -> AppError:
    day = int(timedelta(days=1).total_seconds())
    return RATE_LIMITED(f"the number …{phone[-4:]} was sent too many codes today", retry_after_seconds=day)
