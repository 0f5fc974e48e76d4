"""What would a mail look like? Written by the very functions that write it when it is sent; nothing is sent."""

from __future__ import annotations

from notifications.rendering import Rendered, render
from notifications.templates import TEMPLATES
from notifications.templates.samples import SAMPLES
from server.orders import history_repo
from server.orders.detail import OrderDetail
from server.orders.errors import ORDER_UNKNOWN
from server.telling.preview_errors import TEMPLATE_NOT_OF_ORDERS, TEMPLATE_UNKNOWN
from server.telling.rendering_values import Asked, sender_of, values_of_order
from server.web.call import Call
from server.web.problems import NOT_ALLOWED
from storage.transaction import Transaction

READ_ORDERS = "orders.read"
_ORDER = "order.id"


async def preview(call: Call, template: str, locale: str | None, order: int | None) -> Rendered:
    """The mail, of the order with this number or of a sample.

    Raises TEMPLATE_UNKNOWN, TEMPLATE_NOT_OF_ORDERS, NOT_ALLOWED and ORDER_UNKNOWN.
    """
    known = TEMPLATES.get(template)
    if known is None:
        raise TEMPLATE_UNKNOWN(f"there is no text {template!r}; GET /notifications/templates lists them")
    spoken = locale or call.store.locale
    if order is None:
        return render(template, spoken, sender_of(call.store), SAMPLES[template])
    if _ORDER not in known.needs:
        raise TEMPLATE_NOT_OF_ORDERS(f"{template!r} is about no order; leave `order` out to see a sample")
    if not call.actor.may(READ_ORDERS):
        detail = f"a preview of an order needs the permission {READ_ORDERS}; leave `order` out to see a sample"
        raise NOT_ALLOWED(detail, permission=READ_ORDERS)
    found = await _read(call, order)
    asked = Asked(call.shop, call.store, template, spoken, {_ORDER: str(found.head.id)})
    return render(template, spoken, sender_of(call.store), values_of_order(found, asked))


async def _read(call: Call, number: int) -> OrderDetail:
    async def work(tx: Transaction) -> OrderDetail | None:
        return await history_repo.read(tx, number)

    found = await call.database.transaction(call.store.id, work)
    if found is None:
        raise ORDER_UNKNOWN(f"there is no order {number}")
    return found
