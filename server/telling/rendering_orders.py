"""What does a mail tell of an order? What was bought, every amount with its reason, and where the parcels are. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from engine.documents.model import CheckoutDocument
from notifications.locales import country_text
from server.catalog.words import split_pair
from server.decisions.books import LiveBook
from server.decisions.wording import in_language
from server.orders.detail import Line, OrderDetail, Shipment
from server.orders.placing import Address, WrittenPosting
from server.orders.snapshot import TransitionRow
from server.orders.views import state_name

_GOODS: Final = frozenset({"item", "pricing"})
_DISCOUNTS: Final = ("line_discount", "order_discount", "coupon")


def order_values(
    order: OrderDetail,
    live: LiveBook,
    locale: str,
    *,
    home: str,
    facts: Mapping[str, Any] | None = None,
    at: datetime | None = None,
) -> dict[str, Any]:
    """All that texts may say of the order.

    `facts` are those of the event, and `at` when it was told: the state is the one of then, and the parcel, the return
    and the refund are those it is about; of an event that says nothing of them, the last. `home` is the country that
    addresses need not name.
    """
    head = order.head
    step = _step(order, (facts or {}).get("order.seq"), at)
    state, since = _state(order, step)
    tax_added = _sum(order.postings, ("tax",))
    shipping = _sum(order.postings, ("shipping",))
    return {
        "number": head.number,
        "customer_name": order.customer_name,
        "placed_at": order.placed_at,
        "state": state_name(live.orders, state, locale),
        "state_since": since,
        "currency": head.currency,
        "total": head.total,
        "captured": head.captured,
        "refunded": head.refunded,
        "refund": (facts or {}).get("refund.amount") or _last_refund(order),
        "goods": _sum(order.postings, _GOODS),
        "discounts": _reasons(order.postings, _DISCOUNTS, live, locale),
        "shipping": None if order.shipping_method is None else shipping,
        "shipping_discounts": _reasons(order.postings, ("shipping_discount",), live, locale),
        "tax_added": tax_added,
        "tax_included": order.tax_total - tax_added,
        "rounding": _sum(order.postings, ("cash_rounding",)),
        "payment": _payment_name(live, head.payment_method, locale),
        "delivery": _delivery_name(live, order.shipping_method, locale),
        "address": _address(order.shipping_address, home, locale),
        "lines": [_line(line, order, live, locale) for line in order.lines],
        "parcels": [_parcel(each, order, step) for each in order.shipments],
        "returning": _returning(order, step),
        "dropped": [{"quantity": line.dropped, "name": line.product_name} for line in order.lines if line.dropped],
    }


def seller_values(order: OrderDetail, live: LiveBook, locale: str, *, home: str, seller: str | None) -> dict[str, Any]:
    """What a text for a seller may say of the order: their own lines, where they go, and no sums.

    What others sell in it, what was paid and by whom is nothing of theirs. Without a seller there are no lines.
    """
    own = [line for line in order.lines if line.seller is not None and line.seller == seller]
    return {
        "number": order.head.number,
        "placed_at": order.placed_at,
        "delivery": _delivery_name(live, order.shipping_method, locale),
        "address": _address(order.shipping_address, home, locale),
        "lines": [_goods(line) for line in own],
    }


def _step(order: OrderDetail, seq: int | None, at: datetime | None) -> TransitionRow | None:
    """The step of its life that is told of: the one with this number, else the last there was by then."""
    if seq is not None:
        return next((step for step in order.steps if step.seq == seq), None)
    return None if at is None else next((step for step in reversed(order.steps) if step.created_at <= at), None)


def _state(order: OrderDetail, step: TransitionRow | None) -> tuple[str, datetime]:
    """The state after the step, and since when it was in it; now, where nothing has happened since."""
    if step is None or step.seq == order.steps[-1].seq:
        return order.head.state, order.head.state_since
    led_here = (each for each in reversed(order.steps) if each.seq <= step.seq and each.source != each.target)
    entered = next(led_here, step)
    return step.target, entered.created_at


def _line(line: Line, order: OrderDetail, live: LiveBook, locale: str) -> dict[str, Any]:
    own = [posting for posting in order.postings if posting.line == line.sku]
    return {
        **_goods(line),
        "amount": line.subtotal,
        "is_gift": line.is_gift,
        "why": [] if line.is_gift else _reasons(own, ("pricing", *_DISCOUNTS), live, locale),
    }


def _goods(line: Line) -> dict[str, Any]:
    return {
        "quantity": line.quantity,
        "name": line.product_name,
        "sku": line.sku,
        "details": _details(line.product_name, line.variant_name, line.options),
    }


def _details(product: str, variant: str, options: Iterable[str]) -> list[str]:
    values = ", ".join(split_pair(pair)[1] for pair in options)
    told = values or (variant if variant != product else "")
    return [told] if told else []


def _reasons(
    postings: Iterable[WrittenPosting], kinds: Iterable[str], live: LiveBook, locale: str
) -> list[dict[str, Any]]:
    """What each rule did altogether, by the words its author gave it, in the order it was done."""
    wanted = frozenset(kinds)
    sums: dict[tuple[str, str], int] = {}
    for posting in postings:
        if posting.kind in wanted:
            rule = (posting.rules, posting.rule)
            sums[rule] = sums.get(rule, 0) + posting.amount
    return [
        {"label": live.wording.label(kind, rule, locale) or rule, "amount": amount}
        for (kind, rule), amount in sums.items()
        if amount
    ]


def _sum(postings: Iterable[WrittenPosting], kinds: Iterable[str]) -> int:
    wanted = frozenset(kinds)
    return sum(posting.amount for posting in postings if posting.kind in wanted)


def _last_refund(order: OrderDetail) -> int:
    return order.refunds[-1].amount if order.refunds else 0


def _payment_name(live: LiveBook, method: str, locale: str) -> str:
    document = live.book.documents.get("checkout")
    if not isinstance(document, CheckoutDocument):
        return method
    names: Mapping[str, Mapping[str, str]] = {each.id: each.name for each in document.payment_methods}
    return in_language(names.get(method, {}), locale) or method


def _delivery_name(live: LiveBook, method: str | None, locale: str) -> str:
    return "" if method is None else live.wording.label("shipping", method, locale) or method


def _address(address: Address, home: str, locale: str) -> list[str]:
    place = " ".join(part for part in (address.postcode, address.city, address.region) if part)
    country = "" if address.country == home else country_text(address.country, locale)
    lines = (address.company, address.name, address.line1, address.line2, place, country)
    return [line for line in lines if line]


def _parcel(parcel: Shipment, order: OrderDetail, step: TransitionRow | None) -> dict[str, Any]:
    names = {line.id: line.product_name for line in order.lines}
    return {
        "number": parcel.number,
        "carrier": parcel.carrier,
        "tracking_number": parcel.tracking_number,
        "tracking_url": _web_address(parcel.tracking_url),
        "sent_at": parcel.shipped_at,
        "is_meant": step is not None and step.event_key == f"shipment:{parcel.id}",
        "lines": [{"quantity": each.quantity, "name": names.get(each.line_id, each.sku)} for each in parcel.lines],
    }


def _web_address(text: str | None) -> str | None:
    """The address when it leads to a page; anything else is no link."""
    return text if text is not None and text.startswith(("https://", "http://")) else None


def _returning(order: OrderDetail, step: TransitionRow | None) -> list[dict[str, Any]]:
    """What comes back with the return that the step is about, else with the last: what came of it, once it has come."""
    if not order.returns:
        return []
    key = step.event_key if step is not None and step.event_key is not None else ""
    meant = next((each for each in order.returns if key.startswith(f"return:{each.id}:")), order.returns[-1])
    names = {line.id: line.product_name for line in order.lines}
    units = ((each, each.quantity if meant.received_at is None else each.received) for each in meant.lines)
    return [{"quantity": count, "name": names.get(each.line_id, each.sku)} for each, count in units if count]
