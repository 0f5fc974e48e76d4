"""The addresses of parcels, and of what sellers see and do of orders with a line of theirs."""

from __future__ import annotations

from typing import Final

from server.catalog.errors import NOT_A_SELLER
from server.decisions.errors import RULES_MISSING
from server.orders import access, changing, fulfilment, service
from server.orders.detail import OrderDetail
from server.orders.errors import (
    EVENT_ELSEWHERE,
    ORDER_UNKNOWN,
    SHIPMENT_UNKNOWN,
    TRANSITION_REFUSED,
    UNITS_INVALID,
)
from server.orders.list_shapes import SaleSummaryView
from server.orders.routes import keys_of, shows
from server.orders.schemas import (
    DeliveryBody,
    EventBody,
    EventPath,
    LocaleQuery,
    OrderPath,
    SalesQuery,
    ShipmentBody,
    ShipmentPath,
    SightingBody,
    TrackingBody,
)
from server.orders.shapes import ParcelView, SaleView
from server.orders.views import shipment_view
from server.web.call import Call
from server.web.endpoint import Reply, Routes
from server.web.etag import VERSION_CHANGED, versioned, wanted_version
from server.web.pages import Page, page, position

routes = Routes("Orders")

_SALES: Final = (RULES_MISSING, NOT_A_SELLER)
_SENDING: Final = (ORDER_UNKNOWN, RULES_MISSING, NOT_A_SELLER, TRANSITION_REFUSED, UNITS_INVALID)
_SENT: Final = (*_SENDING, SHIPMENT_UNKNOWN)


@routes.post("/orders/{number}/shipments", needs=access.SENDERS, errors=(*_SENDING, VERSION_CHANGED), status=201)
async def ship_order(call: Call, path: OrderPath, body: ShipmentBody) -> Reply[ParcelView]:
    """Send a parcel: units of lines, or all that are still open. Sellers send what they sell themselves.

    When nothing is left to send the order is shipped, otherwise shipped in part. `If-Match` may name the version.
    """
    found = await fulfilment.ship(call, path.number, wanted_version(call), body)
    return _parcel(call, found, found.shipments[-1].number, status=201)


@routes.patch("/orders/{number}/shipments/{shipment}", needs=access.SENDERS, errors=_SENT)
async def track_shipment(call: Call, path: ShipmentPath, body: TrackingBody) -> Reply[ParcelView]:
    """Change carrier, tracking number and address of a parcel."""
    return _parcel(call, await fulfilment.track(call, path.number, path.shipment, body), path.shipment)


@routes.post("/orders/{number}/shipments/{shipment}/events", needs=access.SENDERS, errors=_SENT, status=201)
async def sight_shipment(call: Call, path: ShipmentPath, body: SightingBody) -> Reply[ParcelView]:
    """Note where a parcel was seen.

    `delivered` is the same as delivering it; `failed` says that it comes back, and leaves the order to a person: bring
    `delivery_failed`, or deliver the parcel after all. The same sighting again is not noted a second time.
    """
    found = await fulfilment.sight(call, path.number, path.shipment, body)
    return _parcel(call, found, path.shipment, status=201)


@routes.post("/orders/{number}/shipments/{shipment}/deliver", needs=access.SENDERS, errors=_SENT)
async def deliver_shipment(call: Call, path: ShipmentPath, body: DeliveryBody) -> Reply[ParcelView]:
    """A parcel has arrived. With the last one the order is delivered; cash on delivery is paid then."""
    found = await fulfilment.deliver(call, path.number, path.shipment, body.happened_at)
    return _parcel(call, found, path.shipment)


@routes.get("/seller/orders", needs=access.READ_SALES, errors=_SALES)
async def list_sales(call: Call, query: SalesQuery) -> Reply[Page[SaleSummaryView]]:
    """Orders with a line of yours, newest first; of each you see your lines alone."""
    at = position(call, query)
    found = await service.sales(call, query.state, at)
    return page(call, query, at, found, keys_of, shows(call, query.locale or call.store.locale).sale_summary)


@routes.get("/seller/orders/{number}", needs=access.READ_SALES, errors=(*_SALES, ORDER_UNKNOWN))
async def read_sale(call: Call, path: OrderPath, query: LocaleQuery) -> Reply[SaleView]:
    """An order with a line of yours: your lines, your parcels, and where to send them."""
    return _sale(call, *await service.read_sale(call, path.number), query.locale)


@routes.post(
    "/seller/orders/{number}/events/{event}",
    needs=access.FULFIL_OWN,
    errors=(*_SALES, ORDER_UNKNOWN, EVENT_ELSEWHERE, VERSION_CHANGED, TRANSITION_REFUSED),
)
async def bring_sale_event(call: Call, path: EventPath, query: LocaleQuery, body: EventBody) -> Reply[SaleView]:
    """Bring an event of the lifecycle to an order with a line of yours: process, when you begin to pack."""
    found = await changing.bring_to_sale(call, path.number, path.event, wanted_version(call), body.note)
    return _sale(call, *found, query.locale)


def _sale(call: Call, order: OrderDetail, seller: str, locale: str | None) -> Reply[SaleView]:
    return versioned(shows(call, locale or call.store.locale).sale(order, seller), order.head.version)


def _parcel(call: Call, order: OrderDetail, number: int, status: int | None = None) -> Reply[ParcelView]:
    head = order.head
    parcel = next(each for each in order.shipments if each.number == number)
    view = ParcelView(
        order=str(head.number),
        order_state=head.state,
        order_state_name=shows(call, call.store.locale).name(head.state),
        order_version=head.version,
        shipment=shipment_view(parcel),
    )
    return versioned(view, head.version, status)
