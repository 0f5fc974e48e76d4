"""The addresses of webhooks: where events are sent, and what came of it."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from server.decisions.errors import RULES_MISSING
from server.web.call import Call
from server.web.endpoint import Reply, Routes
from server.web.pages import Page, by_time, page, position, window
from server.web.problems import RATE_LIMITED
from server.webhooks import deliveries, endpoints
from server.webhooks.deliveries_repo import Logged
from server.webhooks.endpoints_repo import Endpoint
from server.webhooks.errors import (
    TOO_MANY_WEBHOOKS,
    WEBHOOK_DELIVERY_UNKNOWN,
    WEBHOOK_INVALID,
    WEBHOOK_OFF,
    WEBHOOK_UNKNOWN,
)
from server.webhooks.schemas import (
    DeliveriesQuery,
    DeliveryPath,
    RetriedView,
    RotateBody,
    WebhookBody,
    WebhookChange,
    WebhookDeliveryView,
    WebhookPath,
    WebhookSecretView,
    WebhooksView,
    WebhookTestView,
    WebhookView,
)

NEEDS: Final = "settings.manage"

routes = Routes("Webhooks")


@routes.get("/webhooks", needs=NEEDS)
async def list_webhooks(call: Call) -> WebhooksView:
    """Where the store sends its events, and how each of them gets on."""
    return WebhooksView(items=[WebhookView(**_fields(each)) for each in await endpoints.list_endpoints(call)])


# No key of idempotency for what shows a secret: the answer would be kept, and the secret with it.
@routes.post(
    "/webhooks", needs=NEEDS, errors=(WEBHOOK_INVALID, TOO_MANY_WEBHOOKS, RULES_MISSING), status=201, idempotency="none"
)
async def create_webhook(call: Call, body: WebhookBody) -> WebhookSecretView:
    """Have events sent to an address. The secret that signs them is shown this once."""
    made, secret = await endpoints.create(call, body)
    return WebhookSecretView(**_fields(made), secret=secret)


@routes.get("/webhooks/{webhook_id}", needs=NEEDS, errors=(WEBHOOK_UNKNOWN,))
async def read_webhook(call: Call, path: WebhookPath) -> WebhookView:
    """One webhook."""
    return WebhookView(**_fields(await endpoints.read(call, path.webhook_id)))


@routes.patch("/webhooks/{webhook_id}", needs=NEEDS, errors=(WEBHOOK_UNKNOWN, WEBHOOK_INVALID, RULES_MISSING))
async def change_webhook(call: Call, path: WebhookPath, body: WebhookChange) -> WebhookView:
    """Change what the body names. What was still to be sent to one that is switched off is given up."""
    return WebhookView(**_fields(await endpoints.change(call, path.webhook_id, body)))


@routes.delete("/webhooks/{webhook_id}", needs=NEEDS, errors=(WEBHOOK_UNKNOWN,))
async def delete_webhook(call: Call, path: WebhookPath) -> None:
    """Send nothing there any more, and forget what was sent."""
    await endpoints.delete(call, path.webhook_id)


@routes.post("/webhooks/{webhook_id}/rotate", needs=NEEDS, errors=(WEBHOOK_UNKNOWN,), idempotency="none")
async def rotate_webhook_secret(call: Call, path: WebhookPath, body: RotateBody) -> WebhookSecretView:
    """Sign with a new secret, which is shown this once; for 24 hours the one before signs along."""
    changed, secret = await endpoints.rotate(call, path.webhook_id, keep_old=body.keep_old)
    return WebhookSecretView(**_fields(changed), secret=secret)


# A key would have it sent inside the transaction that stores the answer.
@routes.post("/webhooks/{webhook_id}/test", needs=NEEDS, errors=(WEBHOOK_UNKNOWN, RATE_LIMITED), idempotency="none")
async def test_webhook(call: Call, path: WebhookPath) -> WebhookTestView:
    """Send a `WebhookTest` now, also to one that is switched off, and see what comes of it."""
    delivery_id, outcome = await deliveries.send_test(call, path.webhook_id)
    return WebhookTestView(
        delivery_id=delivery_id,
        delivered=outcome.is_taken,
        status=outcome.status,
        milliseconds=outcome.milliseconds,
        answer=outcome.body,
        error=outcome.error,
    )


@routes.get("/webhooks/{webhook_id}/deliveries", needs=NEEDS, errors=(WEBHOOK_UNKNOWN,))
async def list_webhook_deliveries(
    call: Call, path: WebhookPath, query: DeliveriesQuery
) -> Reply[Page[WebhookDeliveryView]]:
    """What was sent there in the last 30 days, and what is still to be sent; the newest first."""
    at = position(call, query)
    found = await deliveries.list_deliveries(call, path.webhook_id, query, window(at, by_time))
    return page(call, query, at, found, lambda each: [each.created_at.isoformat(), str(each.id)], _delivery_view)


@routes.post(
    "/webhooks/{webhook_id}/deliveries/{delivery_id}/retry",
    needs=NEEDS,
    errors=(WEBHOOK_UNKNOWN, WEBHOOK_DELIVERY_UNKNOWN, WEBHOOK_OFF),
    status=202,
)
async def retry_webhook_delivery(call: Call, path: DeliveryPath) -> WebhookDeliveryView:
    """Have it sent again at once, and as often as a new one; also one that was taken."""
    return _delivery_view(await deliveries.retry(call, path.webhook_id, path.delivery_id))


@routes.post("/webhooks/{webhook_id}/retry-dead", needs=NEEDS, errors=(WEBHOOK_UNKNOWN, WEBHOOK_OFF), status=202)
async def retry_dead_webhook_deliveries(call: Call, path: WebhookPath) -> RetriedView:
    """Have all sent again that were given up, the oldest first."""
    return RetriedView(count=await deliveries.retry_dead(call, path.webhook_id))


def _fields(endpoint: Endpoint) -> dict[str, Any]:
    """What is shown of it: no secrets."""
    fields = msgspec.structs.asdict(endpoint)
    del fields["secret"], fields["old_secret"]
    fields["active"] = fields.pop("is_active")
    return fields


def _delivery_view(logged: Logged) -> WebhookDeliveryView:
    fields = msgspec.structs.asdict(logged)
    del fields["created_at"]
    return WebhookDeliveryView(at=fields.pop("occurred_at"), **fields)
