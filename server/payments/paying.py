"""What happens when somebody wants to pay? The order steps, an attempt is written down, and its provider is asked.

Asking is done after the commit, so that nothing waits for a provider while it holds a row. Should we die in between,
the attempt is due and the worker asks with the same key. Paying twice at once is the same attempt, so nobody needs an
Idempotency-Key.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from server.decisions.books import BOOKS
from server.errors import Fault
from server.orders import history_repo as orders
from server.orders.access import WRITE, own_or_allowed, owns, visible
from server.orders.happening import Doer, Happens, doer_of
from server.orders.lifecycle import advance
from server.orders.snapshot import OrderHead
from server.payments import repo
from server.payments.attempts import Asked, ask
from server.payments.errors import NOTHING_TO_PAY, RETURN_URL_FOREIGN
from server.payments.providers.registry import CASH_ON_DELIVERY, PROVIDERS
from server.payments.snapshot import PaymentRow
from server.web.call import Call
from storage.transaction import Transaction

START: Final = "start_payment"
RETRY: Final = "retry_payment"


async def pay(call: Call, number: int, return_url: str | None) -> Asked:
    """The attempt to pay an order that is under way, or a new one.

    Raises ORDER_UNKNOWN, NOT_ALLOWED, NOTHING_TO_PAY, RETURN_URL_FOREIGN, PAYMENT_PROVIDER_MISSING, TRANSITION_REFUSED.
    """
    _check_return_url(call, return_url)
    payment, order = await call.database.transaction(call.store.id, lambda tx: _begin(tx, call, number, return_url))
    if payment.status != "created":
        return Asked(payment, None)
    return await ask(call.shop, call.store, payment, order)


async def read_payments(call: Call, number: int) -> tuple[list[PaymentRow], bool]:
    """Every attempt to pay an order; and whether the caller may go on with the one under way.

    Raises ORDER_UNKNOWN.
    """

    async def work(tx: Transaction) -> tuple[list[PaymentRow], bool]:
        order = visible(call.actor, await orders.find(tx, number), number)
        return await repo.of_order(tx, order.id), owns(call.actor, order) or call.actor.may(WRITE)

    return await call.database.transaction(call.store.id, work)


async def _begin(tx: Transaction, call: Call, number: int, return_url: str | None) -> tuple[PaymentRow, OrderHead]:
    order = own_or_allowed(call.actor, await orders.lock(tx, number), number, WRITE)
    payments = await repo.of_order(tx, order.id)
    if payments and payments[-1].is_open:
        return payments[-1], order
    _refuse_if_nothing_to_pay(order)
    provider = call.use(PROVIDERS).of_method(call.store, order.payment_method)
    await advance(tx, call.shop, call.store, order.id, _attempt(call, order))
    return await repo.insert(tx, order, provider.name, order.total - order.captured, return_url), order


def _attempt(call: Call, order: OrderHead) -> Happens:
    """The event: where the lifecycle lets one try again it is not the first time any more."""
    live = call.use(BOOKS).live(call.store)
    doer: Doer = doer_of(live.orders, live.access, call.actor)
    return Happens(event=RETRY if (order.state, RETRY) in live.orders.at else START, doer=doer)


def _refuse_if_nothing_to_pay(order: OrderHead) -> None:
    if order.payment_method == CASH_ON_DELIVERY:
        raise NOTHING_TO_PAY(f"order {order.number} is paid in cash when it arrives")
    if order.total <= order.captured:
        why = "is paid" if order.captured else "costs nothing"
        raise NOTHING_TO_PAY(f"order {order.number} {why}; GET /orders/{order.number} says where it is")


def _check_return_url(call: Call, return_url: str | None) -> None:
    """Providers send customers wherever they are told, so it may only be to where the shop's own pages are."""
    if return_url is None:
        return
    settings = call.shop.settings
    ours = {_origin(each) for each in (*settings.origins, settings.base_url)}
    if _origin(return_url) not in ours:
        detail = f"return_url has to begin with {' or '.join(sorted(each for each in ours if each))}"
        raise RETURN_URL_FOREIGN(detail, faults=[Fault("/return_url", RETURN_URL_FOREIGN.code, detail)])


def _origin(address: str) -> str | None:
    """`https://host:port` of an address; None when it is no web address, or could be read in two ways."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.netloc or "@" in parts.netloc or "\\" in address:
        return None
    return f"{parts.scheme}://{parts.netloc.lower()}"
