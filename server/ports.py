"""Which outside systems can the shop talk to? Each is a Protocol here; app.py picks the implementation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal, NamedTuple, Protocol
from uuid import UUID

import msgspec


class MediaStore(Protocol):
    """Where the bytes of images and files live, by key."""

    async def put(self, key: str, content: bytes, content_type: str) -> None:
        """Store the bytes under a new key."""

    async def get(self, key: str) -> bytes | None:
        """The bytes, or None when there are none."""

    async def delete(self, key: str) -> None:
        """Forget the key; no error when it is not there."""


PaymentEventKind = Literal[
    "payment_succeeded", "payment_failed", "instrument_told", "refund_settled", "refund_failed", "other"
]
"""What a provider tells us; only ends move an order. `instrument_told` says by which card or account somebody pays, and
everything else in between is `other`."""

LONGEST_FINGERPRINT: Final = 200
"""Characters; those of providers have some ten."""


class PaymentWanted(msgspec.Struct, frozen=True, kw_only=True):
    """A payment to begin: minor units of `currency` (ISO 4217); `key` is the same whenever it is asked again.

    `store_slug`, `order_id` and `payment_id` come back with every event about it; `return_url` is where the customer
    goes afterwards.
    """

    store_slug: str
    order_id: UUID
    order_number: str
    payment_id: UUID
    method: str
    amount: int
    currency: str
    email: str
    return_url: str | None
    key: str


class PaymentStarted(msgspec.Struct, frozen=True, kw_only=True):
    """The provider waits for the customer. `reference` is its name of the payment.

    `client` is for the storefront: `checkout_url` to go to, or `client_secret` and `publishable_key` for the provider's
    own form.
    """

    reference: str
    client: dict[str, str]


class RefundWanted(msgspec.Struct, frozen=True, kw_only=True):
    """Money to give back of the payment `reference`: minor units; `key` is the same whenever it is asked again."""

    refund_id: UUID
    payment_id: UUID
    order_id: UUID
    reference: str
    amount: int
    currency: str
    key: str


class RefundStarted(msgspec.Struct, frozen=True, kw_only=True):
    """`settled`: the money is on its way for good; `pending`: an event will say; `failed`: with the reason."""

    reference: str
    status: Literal["settled", "pending", "failed"]
    failure: str | None = None


class PaymentEvent(msgspec.Struct, frozen=True, kw_only=True):
    """What an event of a provider says, believed. Ids are those we sent along; None where the event has none.

    `amount` is in minor units by ISO 4217, whatever the provider counts in. `fingerprint` is equal for payments with
    the same card or account and tells nothing of it: at most LONGEST_FINGERPRINT characters that the provider made up,
    never card data. None where the provider has none, or makes another one for each payment.
    """

    id: str
    type: str
    kind: PaymentEventKind
    reference: str | None = None
    payment_id: UUID | None = None
    order_id: UUID | None = None
    refund_id: UUID | None = None
    amount: int | None = None
    currency: str | None = None
    failure: str | None = None
    fingerprint: str | None = None


class LookedUp(NamedTuple):
    """What the provider says of a payment that has come to an end: as an event, and as it answered."""

    event: PaymentEvent
    payload: bytes


class EventNotBelieved(Exception):
    """A signature that is missing, wrong or too old, or a payload that is no event; the message says which."""


class ProviderUnavailable(Exception):
    """The provider did not answer, or asks to try again later: nothing is known, ask again with the same key.

    `retry_after_seconds` is there when it said how much later.
    """

    def __init__(self, message: str, retry_after_seconds: int | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class ProviderRefused(Exception):
    """The provider says no, and will say no again; the message is its reason."""


class PaymentProvider(Protocol):
    """Somebody who moves money. Calls may be repeated with the same key and then do nothing more."""

    name: str

    async def start(self, wanted: PaymentWanted) -> PaymentStarted:
        """Begin a payment. Raises ProviderUnavailable and ProviderRefused."""

    async def void(self, reference: str, key: str) -> None:
        """Call off a payment that has not come; no error when it has come or was called off. Raises as `start`."""

    async def refund(self, wanted: RefundWanted) -> RefundStarted:
        """Give money back. Raises as `start`."""

    async def look_up(self, reference: str) -> LookedUp | None:
        """What became of a payment, for when no webhook comes; None while it may still come. Raises as `start`.

        The event has the same id however often the same end is found.
        """

    def read_event(self, headers: Mapping[str, str], payload: bytes, now: datetime) -> PaymentEvent:
        """What a webhook says, when it is believed. Raises EventNotBelieved."""
