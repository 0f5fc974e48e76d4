"""Why can this not be done with a webhook?"""

from __future__ import annotations

from typing import Final

from server.errors import ErrorCode, Kind

WEBHOOK_UNKNOWN: Final = ErrorCode("webhook_unknown", Kind.NOT_FOUND, "There is no such webhook")
WEBHOOK_DELIVERY_UNKNOWN: Final = ErrorCode(
    "webhook_delivery_unknown", Kind.NOT_FOUND, "The webhook has no such delivery"
)
WEBHOOK_INVALID: Final = ErrorCode("webhook_invalid", Kind.INVALID, "Nothing can be sent like this")
WEBHOOK_OFF: Final = ErrorCode("webhook_off", Kind.CONFLICT, "The webhook is switched off")
TOO_MANY_WEBHOOKS: Final = ErrorCode("too_many_webhooks", Kind.CONFLICT, "The store has as many webhooks as it may")
