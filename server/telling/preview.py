"""What would a mail look like? Written by the very functions that write it when it is sent; nothing is sent.

It speaks to whom the live ruleset tells it, and may be declined where that says so.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from notifications.locales import nearest
from notifications.rendering import Rendered, TextFault, render
from notifications.templates import TEMPLATES, Audience, Template
from notifications.templates.samples import samples
from server.orders import history_repo
from server.orders.detail import OrderDetail
from server.orders.errors import ORDER_UNKNOWN
from server.telling.channels import Category, Message
from server.telling.preview_errors import TEMPLATE_NOT_OF_ORDERS, TEMPLATE_UNKNOWN
from server.telling.reactions import notices_of
from server.telling.rendering_values import Asked, sender_of, values_of_order
from server.telling.unsubscribing import unsubscribe_link
from server.web.call import Call
from server.web.problems import NOT_ALLOWED
from storage.ids import new_id
from storage.transaction import Transaction

READ_ORDERS = "orders.read"
_ORDER = "order.id"
_NOBODY: Final = "ana@shop.example"
"""Whom a preview is to: its link declines nothing for anybody."""
_CATEGORIES: Final[dict[Audience, Category]] = {
    "account": "account", "customer": "order", "staff": "staff", "seller": "staff",
}  # fmt: skip


async def preview(call: Call, template: str, locale: str | None, order: int | None) -> Rendered:
    """The mail, of the order with this number or of a sample.

    Raises TEMPLATE_UNKNOWN, TEMPLATE_NOT_OF_ORDERS, NOT_ALLOWED and ORDER_UNKNOWN.
    """
    known = TEMPLATES.get(template)
    if known is None:
        raise TEMPLATE_UNKNOWN(f"there is no text {template!r}; GET /notifications/templates lists them")
    found, now = await _read(call, known, template, order)
    message = _message(call, template, known, locale or call.store.locale, found, now)
    asked = Asked.of(call.shop, call.store, message)
    if found is None:
        values = samples(nearest(message.locale))[template]
    else:
        try:
            values = values_of_order(found, asked, _first_seller(found))
        except TextFault as fault:
            raise TEMPLATE_NOT_OF_ORDERS(str(fault)) from fault
    return render(
        template,
        message.locale,
        sender_of(call.shop, call.store),
        values,
        audience=asked.audience,
        unsubscribe=unsubscribe_link(call.shop, call.store, message),
    )


async def _read(call: Call, known: Template, template: str, number: int | None) -> tuple[OrderDetail | None, datetime]:
    """The order, where one is named, and the time."""
    if number is not None:
        _refuse_order(call, known, template)

    async def work(tx: Transaction) -> tuple[OrderDetail | None, datetime]:
        return None if number is None else await history_repo.read(tx, number), await tx.now()

    found, now = await call.database.transaction(call.store.id, work)
    if number is not None and found is None:
        raise ORDER_UNKNOWN(f"there is no order {number}")
    return found, now


def _refuse_order(call: Call, known: Template, template: str) -> None:
    """Unless the text is about orders, and the caller may read them."""
    if _ORDER not in known.needs:
        raise TEMPLATE_NOT_OF_ORDERS(f"{template!r} is about no order; leave `order` out to see a sample")
    if not call.actor.may(READ_ORDERS):
        detail = f"a preview of an order needs the permission {READ_ORDERS}; leave `order` out to see a sample"
        raise NOT_ALLOWED(detail, permission=READ_ORDERS)


def _message(
    call: Call, template: str, known: Template, locale: str, order: OrderDetail | None, now: datetime
) -> Message:
    """The message it would be: of the first live rule that has this text, else of whom the text is for."""
    document = notices_of(call.shop, call.store)
    rules = () if document is None else document.rules
    rule = next((rule for rule in rules if rule.text is None and rule.template == template), None)
    return Message(
        id=new_id(),
        channel="email",
        category=_CATEGORIES[known.audience] if rule is None else rule.category,
        template=template,
        address=_NOBODY,
        user_id=None,
        locale=locale,
        rule=None if rule is None else rule.id,
        values={} if order is None else {_ORDER: str(order.head.id)},
        created_at=now,
    )


def _first_seller(order: OrderDetail) -> str | None:
    """Of whose lines a text for sellers tells: somebody's who has some."""
    return next((line.seller for line in order.lines if line.seller is not None), None)
