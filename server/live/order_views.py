"""What is somebody shown of an order they follow? What the address of the order would show them, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from engine.money import formatter
from server.decisions.books import BOOKS
from server.decisions.shapes import Money
from server.orders.detail import OrderDetail
from server.orders.shapes import (
    Number,
    PaymentAttemptView,
    RefundSummaryView,
    ReturnView,
    ShipmentView,
    StateName,
    StepView,
)
from server.orders.snapshot import TransitionRow
from server.orders.views import Shows
from server.web.binding import View
from server.web.call import Shop
from storage.tenancy import Store

Seq = Annotated[int, Meta(description="The step's number within its order, from 1, without a gap.")]


class OrderStepView(View, frozen=True, kw_only=True):
    """A step of an order's life, and where the order stood after it. `step` is null for sellers."""

    number: Number
    seq: Seq
    state: str
    state_name: StateName
    at: datetime
    step: StepView | None


class OrderNowView(View, frozen=True, kw_only=True):
    """How an order stands now. `seq` is its last step. Sellers see their parcels, and null where others see more."""

    number: Number
    seq: int
    version: int
    state: str
    state_name: StateName
    held: bool
    currency: str
    locale: str
    placed_at: datetime
    paid_at: datetime | None
    shipped_at: datetime | None
    delivered_at: datetime | None
    cancelled_at: datetime | None
    captured: Money | None
    refunded: Money | None
    shipments: list[ShipmentView]
    payments: list[PaymentAttemptView] | None
    returns: list[ReturnView] | None
    refunds: list[RefundSummaryView] | None


class OrderEndedView(View, frozen=True, kw_only=True):
    """An order that is not followed any more, because whoever did may not see it any more."""

    number: Number


@dataclass(frozen=True, slots=True)
class Audience:
    """As whom somebody sees an order; `seller` is whose lines and parcels a seller sees."""

    kind: Literal["customer", "staff", "seller"]
    seller: str | None = None


def step_view(
    shop: Shop, store: Store, number: int, locale: str, audience: Audience, row: TransitionRow
) -> OrderStepView:
    """A step, as this audience sees it."""
    shows = _shows(shop, store, locale)
    return OrderStepView(
        number=str(number), seq=row.seq, state=row.target, state_name=shows.name(row.target), at=row.created_at,
        step=None if audience.kind == "seller" else shows.step(row, is_staff=audience.kind == "staff"),
    )  # fmt: skip


def now_view(shop: Shop, store: Store, order: OrderDetail, locale: str, audience: Audience) -> OrderNowView:
    """How the order stands, as this audience sees it."""
    shows = _shows(shop, store, locale)
    seq = order.steps[-1].seq if order.steps else 0
    if audience.seller is not None:
        sale = shows.sale(order, audience.seller)
        return OrderNowView(
            number=sale.number, seq=seq, version=sale.version, state=sale.state, state_name=sale.state_name,
            held=sale.held, currency=sale.currency, locale=locale, placed_at=sale.placed_at, paid_at=None,
            shipped_at=None, delivered_at=None, cancelled_at=None, captured=None, refunded=None,
            shipments=sale.shipments, payments=None, returns=None, refunds=None,
        )  # fmt: skip
    seen, money = shows.order(order, is_staff=audience.kind == "staff"), formatter(order.head.currency)
    return OrderNowView(
        number=seen.number, seq=seq, version=seen.version, state=seen.state, state_name=seen.state_name,
        held=seen.held, currency=seen.currency, locale=seen.locale, placed_at=seen.placed_at, paid_at=seen.paid_at,
        shipped_at=seen.shipped_at, delivered_at=seen.delivered_at, cancelled_at=seen.cancelled_at,
        captured=money(order.head.captured), refunded=money(order.head.refunded), shipments=seen.shipments,
        payments=seen.payments, returns=seen.returns, refunds=seen.refunds,
    )  # fmt: skip


def _shows(shop: Shop, store: Store, locale: str) -> Shows:
    return Shows(shop.use(BOOKS).live(store).orders, locale)
