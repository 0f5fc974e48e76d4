"""What do requests and answers about webhooks look like?"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType

from server.web.binding import Body, Path, View
from server.web.pages import PageQuery

State = Literal["due", "delivered", "dead"]
WebhookUrl = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=2000,
        pattern=r"^[^\s\x00-\x1f\x7f]+(?!\n)$",
        description="`https://…`, of the public internet. Outside production also `http://`, and one's own machine.",
    ),
]
Subscribed = Annotated[
    list[
        Annotated[
            str,
            Meta(
                pattern=r"^(\*|[A-Za-z][A-Za-z0-9_]{0,99})(?!\n)$",
                description="OrderPlaced, StockRanLow …; `*` is all.",
            ),
        ]
    ],
    Meta(min_length=1, max_length=100),
]
Description = Annotated[str, Meta(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*(?!\n)$", description="For yourselves.")]


class WebhookPath(Path, frozen=True, kw_only=True):
    """Which webhook."""

    webhook_id: UUID


class DeliveryPath(WebhookPath, frozen=True, kw_only=True):
    """Which delivery of it."""

    delivery_id: UUID


class WebhookBody(Body, frozen=True, kw_only=True):
    """A new webhook. `active: false` sends nothing yet but tests."""

    url: WebhookUrl
    events: Subscribed
    description: Description = ""
    active: bool = True


class WebhookChange(Body, frozen=True, kw_only=True):
    """What is to be changed; what is left out stays."""

    url: WebhookUrl | UnsetType = UNSET
    events: Subscribed | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class RotateBody(Body, frozen=True, kw_only=True):
    """Whether the secret there is signs along for 24 hours; `false` when others may know it."""

    keep_old: bool = True


class DeliveriesQuery(PageQuery, frozen=True, kw_only=True):
    """Which deliveries to list; all that are given have to fit."""

    state: State | None = None
    event: Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,99}(?!\n)$")] | None = None


class WebhookView(View, frozen=True, kw_only=True):
    """Where events are sent, and how it gets on.

    `failing_since`: since then nothing was taken. `switched_off_because` says why the shop itself switched it off.
    `waiting` deliveries are still to be sent, `dead` ones were given up. Until `old_secret_until` two secrets sign.
    """

    id: UUID
    url: str
    events: list[str]
    description: str
    active: bool
    failing_since: datetime | None
    switched_off_at: datetime | None
    switched_off_because: str | None
    old_secret_until: datetime | None
    waiting: int
    dead: int
    created_at: datetime
    updated_at: datetime


class WebhooksView(View, frozen=True, kw_only=True):
    """All webhooks of the store."""

    items: list[WebhookView]


class WebhookSecretView(WebhookView, frozen=True, kw_only=True):
    """A webhook with its secret, which is shown this once: all of it, with `whsec_`, is the key of the signature."""

    secret: str


class WebhookDeliveryView(View, frozen=True, kw_only=True):
    """What was sent, or is to be, because of an event.

    `next_try_at` is when it is due, null once it has ended. The last try, at `tried_at`, was answered with `status`
    after so many `milliseconds`; `answer` is how the answer began; without one `error` says why.
    """

    id: UUID
    event_id: UUID
    event: str
    at: datetime
    state: State
    attempts: int
    next_try_at: datetime | None
    tried_at: datetime | None
    status: int | None
    milliseconds: int | None
    answer: str | None
    error: str | None
    ended_at: datetime | None


class WebhookTestView(View, frozen=True, kw_only=True):
    """What came of a test; `delivered` when it was answered with a status of 2xx."""

    delivery_id: UUID
    delivered: bool
    status: int | None
    milliseconds: int
    answer: str
    error: str | None


class RetriedView(View, frozen=True, kw_only=True):
    """How many deliveries are sent again; as many as can be at once, 10,000, may have left some."""

    count: int
