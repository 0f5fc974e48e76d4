"""How is an order shown? To customers with roles instead of people, to staff in full, to sellers their part."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from engine.lifecycle.compile import Lifecycle
from engine.money import formatter
from server.catalog.views import image_url
from server.catalog.words import split_pair
from server.decisions.books import LiveBook
from server.decisions.views import ruleset_view
from server.decisions.wording import in_language
from server.orders.detail import Line, Note, OrderDetail, OrderLine, Payment, Refund, Return, Shipment
from server.orders.list_shapes import OrderSummaryView, SaleSummaryView, StaffOrderSummaryView
from server.orders.shapes import (
    FlagView,
    InternalView,
    NoteView,
    OrderLineView,
    OrderPostingView,
    OrderTotalsView,
    OrderView,
    PaymentAttemptView,
    PostingsView,
    RefundSummaryView,
    ReturnedUnitsView,
    ReturnView,
    SaleView,
    ShipmentView,
    SightingView,
    StepDetailView,
    StepView,
    UnitsView,
)
from server.orders.snapshot import TransitionRow


def state_name(lifecycle: Lifecycle, state: str, locale: str) -> str:
    """What customers call the state; the state itself when the ruleset does not know it any more."""
    known = lifecycle.states.get(state)
    return state if known is None else in_language(known.name, locale) or state


@dataclass(frozen=True, slots=True)
class Shows:
    """Shows orders of one store in one language."""

    lifecycle: Lifecycle
    locale: str

    def order(self, order: OrderDetail, *, is_staff: bool) -> OrderView:
        """All of it; without what only staff see for everybody else."""
        head, money = order.head, formatter(order.head.currency)
        return OrderView(
            id=head.id, number=str(head.number), state=head.state, state_name=self.name(head.state),
            state_since=head.state_since, held=head.held, version=head.version, currency=head.currency,
            email=head.email, phone=order.phone, customer_name=order.customer_name, locale=head.locale,
            shipping_address=order.shipping_address, billing_address=order.billing_address,
            shipping_method=order.shipping_method, payment_method=head.payment_method, coupon_code=order.coupon_code,
            customer_note=order.customer_note, lines=[line_view(line, money) for line in order.lines],
            totals=_totals(order, money), payments=[_payment(each, money) for each in order.payments],
            shipments=[shipment_view(each) for each in order.shipments],
            returns=[return_view(each) for each in order.returns],
            refunds=[_refund(each, money) for each in order.refunds],
            notes=[note_view(each, is_staff=is_staff) for each in order.notes if is_staff or each.is_for_customer],
            timeline=[self.step(each, is_staff=is_staff) for each in order.steps],
            rulesets=[ruleset_view(each) for each in order.rulesets], placed_at=order.placed_at,
            paid_at=order.paid_at, shipped_at=order.shipped_at, delivered_at=head.delivered_at,
            cancelled_at=order.cancelled_at, internal=_internal(order) if is_staff else None,
        )  # fmt: skip

    def sale(self, order: OrderDetail, seller: str) -> SaleView:
        """The part of an order that is a seller's."""
        head, money = order.head, formatter(order.head.currency)
        theirs = [line for line in order.lines if line.seller == seller]
        return SaleView(
            number=str(head.number), state=head.state, state_name=self.name(head.state), held=head.held,
            version=head.version, currency=head.currency, shipping_method=order.shipping_method,
            shipping_address=order.shipping_address, lines=[line_view(line, money) for line in theirs],
            total=money(sum(line.gross for line in theirs)),
            shipments=[shipment_view(each) for each in order.shipments if each.seller == seller],
            placed_at=order.placed_at,
        )  # fmt: skip

    def step(self, step: TransitionRow, *, is_staff: bool) -> StepView:
        """A step, with who took it for staff."""
        detail = StepDetailView(
            actor_kind=step.actor_kind, actor_id=step.actor_id, key=step.event_key, ruleset=step.ruleset,
            effects=list(step.effects), note=step.note,
        )  # fmt: skip
        return StepView(
            seq=step.seq, event=step.event, source=step.source, target=step.target, target_name=self.name(step.target),
            role=step.role, at=step.created_at, detail=detail if is_staff else None,
        )  # fmt: skip

    def summary(self, order: OrderLine) -> OrderSummaryView:
        """An order in its owner's list."""
        return OrderSummaryView(
            number=str(order.number), state=order.state, state_name=self.name(order.state), currency=order.currency,
            total=formatter(order.currency)(order.total), units=order.units, lines=order.lines,
            first_product=order.first_product, first_image_url=image_url(order.first_image_id),
            placed_at=order.placed_at,
        )  # fmt: skip

    def staff_summary(self, order: OrderLine) -> StaffOrderSummaryView:
        """An order in the list of staff."""
        money = formatter(order.currency)
        return StaffOrderSummaryView(
            number=str(order.number), state=order.state, state_name=self.name(order.state), currency=order.currency,
            total=money(order.total), units=order.units, lines=order.lines, first_product=order.first_product,
            first_image_url=image_url(order.first_image_id), placed_at=order.placed_at, email=order.email,
            customer_name=order.customer_name, payment_method=order.payment_method, held=order.held,
            captured=money(order.captured), refunded=money(order.refunded),
        )  # fmt: skip

    def sale_summary(self, order: OrderLine) -> SaleSummaryView:
        """An order in a seller's list."""
        return SaleSummaryView(
            number=str(order.number), state=order.state, state_name=self.name(order.state), held=order.held,
            units=order.units, lines=order.lines, first_product=order.first_product,
            first_image_url=image_url(order.first_image_id), placed_at=order.placed_at,
        )  # fmt: skip

    def name(self, state: str) -> str:
        """What customers call the state."""
        return state_name(self.lifecycle, state, self.locale)


def postings_view(live: LiveBook, order: OrderDetail, locale: str, *, full: bool) -> PostingsView:
    """Every cent; `full` shows where each rule is written."""
    money = formatter(order.head.currency)
    return PostingsView(
        number=str(order.head.number),
        currency=order.head.currency,
        total=money(order.head.total),
        postings=[
            OrderPostingView(
                kind=each.kind, amount=money(each.amount), line=each.line, rules=each.rules, rule=each.rule,
                label=live.wording.label(each.rules, each.rule, locale) or each.rule,
                ruleset=each.ruleset if full else None, at=each.at if full else None,
            )
            for each in order.postings
        ],
    )  # fmt: skip


def line_view(line: Line, money: Callable[[int], str]) -> OrderLineView:
    """A line."""
    return OrderLineView(
        id=line.id, sku=line.sku, product_slug=line.product_slug, product_name=line.product_name,
        variant_name=line.variant_name, options=dict(split_pair(pair) for pair in line.options), brand=line.brand,
        seller=line.seller, image_url=image_url(line.image_id), is_gift=line.is_gift, quantity=line.quantity,
        list_price=money(line.list_price), unit_price=money(line.unit_price), subtotal=money(line.subtotal),
        discount=money(line.discount), total=money(line.total), net=None if line.net is None else money(line.net),
        tax=None if line.tax is None else money(line.tax), gross=money(line.gross), units_open=line.open,
        units_shipped=line.shipped, units_dropped=line.dropped, units_returned=line.returned,
        units_refunded=line.refunded_units,
    )  # fmt: skip


def shipment_view(shipment: Shipment) -> ShipmentView:
    """A parcel."""
    return ShipmentView(
        number=shipment.number, seller=shipment.seller, carrier=shipment.carrier,
        tracking_number=shipment.tracking_number, tracking_url=shipment.tracking_url, status=shipment.status,
        shipped_at=shipment.shipped_at, delivered_at=shipment.delivered_at,
        lines=[UnitsView(line_id=each.line_id, sku=each.sku, quantity=each.quantity) for each in shipment.lines],
        events=[
            SightingView(
                status=each.status, location=each.location, source=each.source, happened_at=each.happened_at
            )
            for each in shipment.events
        ],
    )  # fmt: skip


def return_view(given: Return) -> ReturnView:
    """A return."""
    return ReturnView(
        id=given.id, number=given.number, status=given.status, reason=given.reason, comment=given.comment,
        requested_at=given.requested_at, approved_at=given.approved_at, received_at=given.received_at,
        lines=[
            ReturnedUnitsView(
                line_id=each.line_id, sku=each.sku, quantity=each.quantity, received=each.received,
                restock=each.restock,
            )
            for each in given.lines
        ],
    )  # fmt: skip


def note_view(note: Note, *, is_staff: bool) -> NoteView:
    """A note; customers do not see who wrote it."""
    return NoteView(
        id=note.id, text=note.text, is_for_customer=note.is_for_customer,
        author_id=note.author_id if is_staff else None, author_name=note.author_name if is_staff else None,
        created_at=note.created_at,
    )  # fmt: skip


def _totals(order: OrderDetail, money: Callable[[int], str]) -> OrderTotalsView:
    head = order.head
    return OrderTotalsView(
        items=money(order.items_total), discount=money(order.discount_total), shipping=money(head.shipping_total),
        tax=money(order.tax_total), total=money(head.total), captured=money(head.captured),
        refunded=money(head.refunded),
    )  # fmt: skip


def _payment(payment: Payment, money: Callable[[int], str]) -> PaymentAttemptView:
    return PaymentAttemptView(
        attempt=payment.attempt, method=payment.method, provider=payment.provider, status=payment.status,
        amount=money(payment.amount), captured=money(payment.captured), refunded=money(payment.refunded),
        failure=payment.failure, created_at=payment.created_at,
    )  # fmt: skip


def _refund(refund: Refund, money: Callable[[int], str]) -> RefundSummaryView:
    return RefundSummaryView(
        number=refund.number, kind=refund.kind, status=refund.status, amount=money(refund.amount),
        reason=refund.reason, created_at=refund.created_at, settled_at=refund.settled_at,
    )  # fmt: skip


def _internal(order: OrderDetail) -> InternalView:
    head = order.head
    return InternalView(
        customer_key=head.customer_key, user_id=head.user_id, guest_id=head.guest_id, decision_id=order.decision_id,
        payment_attempts=head.payment_attempts, deadline_at=head.deadline_at, deadline_event=head.deadline_event,
        flags=[FlagView(**msgspec.structs.asdict(flag)) for flag in order.flags],
    )  # fmt: skip
