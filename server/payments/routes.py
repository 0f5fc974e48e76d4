"""The addresses of payments, and where providers tell what became of them."""

from __future__ import annotations

from typing import Final

from server.decisions.errors import RULES_MISSING
from server.orders.access import WRITE
from server.orders.errors import ORDER_UNKNOWN, STOCK_TAKEN, TRANSITION_REFUSED
from server.payments import paying, receipts
from server.payments.errors import NOTHING_TO_PAY, PROVIDER_UNKNOWN, RETURN_URL_FOREIGN, WEBHOOK_NOT_BELIEVED
from server.payments.providers.errors import PAYMENT_PROVIDER_MISSING
from server.payments.receiving import LARGEST_EVENT, receive
from server.payments.schemas import (
    OrderPath,
    PayBody,
    PaymentsView,
    PaymentView,
    ProviderPath,
    ReceiptsQuery,
    ReceiptView,
    WebhookView,
)
from server.payments.views import payment_view, receipt_view
from server.web.call import Call
from server.web.endpoint import GUEST, PUBLIC, Reply, Routes, Upload
from server.web.limits import LIMITER, Limit, network
from server.web.pages import Page, page, position
from server.web.problems import NOT_ALLOWED, RATE_LIMITED

routes = Routes("Payments")

PAYMENTS_PER_CUSTOMER: Final = Limit("payment-customer", 20, 60)
PAYMENTS_PER_NETWORK: Final = Limit("payment-network", 120, 60)
"""Stolen cards are tried out by the hundred, where that is possible; guest sessions cost nothing."""

_ANY_EVENT: Final = (
    "application/json", "application/octet-stream", "application/x-www-form-urlencoded", "text/plain",
)  # fmt: skip


@routes.post(
    "/orders/{number}/payments",
    needs=GUEST,
    errors=(
        ORDER_UNKNOWN, NOT_ALLOWED, NOTHING_TO_PAY, RETURN_URL_FOREIGN, PAYMENT_PROVIDER_MISSING, TRANSITION_REFUSED,
        STOCK_TAKEN, RULES_MISSING, RATE_LIMITED,
    ),
    status=202,
    idempotency="none",
)  # fmt: skip
async def pay_order(call: Call, path: OrderPath, body: PayBody) -> Reply[PaymentView]:
    """Pay an order.

    While an attempt is under way the answer is that attempt, so sending this twice is safe without an Idempotency-Key;
    after a declined one it begins another. `pending` has in `client` what the customer pays with. `created` means that
    the provider could not be reached yet: it is being asked, come back after `Retry-After`. Whether the money came is
    never said here, but by the provider: look at the order.
    """
    if not call.actor.may(WRITE):
        limiter = call.use(LIMITER)
        await limiter.hit(PAYMENTS_PER_CUSTOMER, str(call.store.id), call.actor.principal)
        await limiter.hit(PAYMENTS_PER_NETWORK, str(call.store.id), network(call.client_ip))
    payment, again_in_seconds = await paying.pay(call, path.number, body.return_url)
    headers = {} if again_in_seconds is None else {"Retry-After": str(again_in_seconds)}
    return Reply(payment_view(payment, may_pay=True), headers=headers)


@routes.get("/orders/{number}/payments", needs=GUEST, errors=(ORDER_UNKNOWN,))
async def list_order_payments(call: Call, path: OrderPath) -> PaymentsView:
    """Every attempt to pay an order, the first one first."""
    payments, may_pay = await paying.read_payments(call, path.number)
    return PaymentsView(items=[payment_view(each, may_pay=may_pay) for each in payments])


@routes.post(
    "/payments/webhooks/{provider}",
    needs=PUBLIC,
    errors=(PROVIDER_UNKNOWN, WEBHOOK_NOT_BELIEVED, RATE_LIMITED),
    uploads=_ANY_EVENT,
    upload_limit_bytes=LARGEST_EVENT,
    idempotency="none",
)
async def receive_webhook(call: Call, path: ProviderPath, upload: Upload) -> WebhookView:
    """For payment providers: tell what became of a payment or a refund.

    The signature is checked over the very bytes. An event is kept once, and processed once; one that is not about what
    we know changes nothing, and is kept for staff to look at. What is not believed is kept as well.
    """
    status = await receive(call, path.provider, upload.content)
    return WebhookView(status="repeated" if status is None else status)


@routes.get("/payments/receipts", needs="orders.read")
async def list_receipts(call: Call, query: ReceiptsQuery) -> Reply[Page[ReceiptView]]:
    """What payment providers sent, newest first, with what became of it; also what was not believed."""
    at = position(call, query)
    found = await receipts.list_receipts(call, query, at)
    return page(call, query, at, found, lambda each: [each.received_at.isoformat(), str(each.id)], receipt_view)
