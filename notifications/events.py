"""What can happen in a shop that others should know of? Every event, what it carries, and how a stored one is read.

An event is a frozen value of ids and plain values, past tense. What rulesets may read of it is in the vocabulary
`event/1`: a field `order_total` is the fact `order.total` there (the first underscore is the dot). Its meaning never
changes: a field that means something else is a new VERSION, and `UPGRADES` says how the old one becomes the new one.
Events tell what they are about so that nobody has to ask; whoever needs more (the address to write to, the lines of an
order) reads it by the id, as it is by then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Final

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that became true. The name of the class is the name of the event, unless `name` says otherwise."""

    VERSION: ClassVar[int] = 1
    SECRET: ClassVar[frozenset[str]] = frozenset()
    """Fields that nobody is shown: who has what is in them could act for somebody else."""
    FORGOTTEN: ClassVar[Mapping[str, Any]] = MappingProxyType({})
    """What fields become once everybody has been told: what is kept for years must not hold them."""

    @property
    def called(self) -> str:
        """How rulesets and webhooks call it."""
        return type(self).__name__

    @property
    def aggregate(self) -> str | None:
        """What it happened to, `order:<id>`: events of one thing reach a handler one after another; None: any order."""
        return None


class OrderEvent(Event, frozen=True, kw_only=True):
    """What the lifecycle of the store announces: `name` is written in its ruleset (OrderPlaced, ParcelShipped, …).

    `order_state` is the order's after the step `order_seq` of its life. Money in minor units of `order_currency`.
    `customer_email`, `customer_phone`, `order_address` and `device_id` are subjects (see `notifications.subjects`):
    equal for equal people, in place of what they are; None where it is not known at that step. `refund_amount` is what
    the step gives back, 0 where it gives nothing back.
    """

    name: str
    order_id: str
    order_number: int
    order_seq: int
    order_state: str
    order_total: int
    order_currency: str
    order_payment_method: str
    order_captured: int = 0
    order_refunded: int = 0
    order_address: str | None = None
    customer_id: str | None = None
    customer_email: str | None = None
    customer_phone: str | None = None
    device_id: str | None = None
    refund_amount: int = 0

    @property
    def called(self) -> str:
        """As the lifecycle calls it."""
        return self.name

    @property
    def aggregate(self) -> str:
        """The order."""
        return f"order:{self.order_id}"


class OrderNoticeRequested(Event, frozen=True, kw_only=True):
    """The lifecycle asks to write to the customer: `notice` is the name of the text in its ruleset."""

    notice: str
    order_id: str
    order_number: int
    order_seq: int

    @property
    def aggregate(self) -> str:
        """The order."""
        return f"order:{self.order_id}"


class MailRequested(Event, frozen=True, kw_only=True):
    """A mail to one person, whatever they wish to hear of: `template` names the text, `values` fill it.

    `locale` is a language tag; None: the store's.
    """

    SECRET: ClassVar[frozenset[str]] = frozenset({"values"})
    FORGOTTEN: ClassVar[Mapping[str, Any]] = MappingProxyType({"to": "", "values": {}})

    template: str
    to: str
    locale: str | None
    values: dict[str, str]


class TextMessageRequested(Event, frozen=True, kw_only=True):
    """A text message to one number, in E.164, whatever they wish to hear of; the rest as for a mail."""

    SECRET: ClassVar[frozenset[str]] = frozenset({"values"})
    FORGOTTEN: ClassVar[Mapping[str, Any]] = MappingProxyType({"to": "", "values": {}})

    template: str
    to: str
    locale: str | None
    values: dict[str, str]


class StockLine(msgspec.Struct, frozen=True, kw_only=True):
    """One variant, in pieces, after the change."""

    variant_id: str
    sku: str
    available: int
    low_stock_threshold: int | None


class StockRanLow(Event, frozen=True, kw_only=True):
    """Variants came down to their threshold, or below it, and are not sold out."""

    lines: list[StockLine]


class VariantsSoldOut(Event, frozen=True, kw_only=True):
    """Variants of which nothing is left to sell."""

    lines: list[StockLine]


class CustomerRegistered(Event, frozen=True, kw_only=True):
    """Somebody has an account: they followed the link of their activation mail, or the shop made it for them.

    `invite_code` brought them, or None. Of accounts that the shop made, neither code nor device are known.
    """

    customer_id: str
    customer_email: str
    customer_locale: str | None = None
    device_id: str | None = None
    invite_code: str | None = None

    @property
    def aggregate(self) -> str:
        """The customer."""
        return f"customer:{self.customer_id}"


class CustomerBirthday(Event, frozen=True, kw_only=True):
    """It is the birthday of a customer who told it: announced once a year, when the day begins where the store is.

    `birthday_on` is that day, `YYYY-MM-DD`: of the year it is celebrated in, not of birth.
    """

    customer_id: str
    birthday_on: str
    customer_locale: str | None = None

    @property
    def aggregate(self) -> str:
        """The customer."""
        return f"customer:{self.customer_id}"


class CouponRefused(Event, frozen=True, kw_only=True):
    """A code was tried that does not exist, or that is of no use to who tried it. `coupon_code` is a subject."""

    coupon_code: str
    coupon_reason: str
    device_id: str | None
    customer_id: str | None = None


class CouponAccepted(Event, frozen=True, kw_only=True):
    """A code was put on a cart. `coupon_code` is a subject."""

    coupon_code: str
    cart_id: str
    device_id: str | None
    customer_id: str | None = None

    @property
    def aggregate(self) -> str:
        """The cart."""
        return f"cart:{self.cart_id}"


class InviteEvent(Event, frozen=True, kw_only=True):
    """What all events of an invite carry: `customer_id` is who invited, `friend_id` who came, `invite_counted` how many
    invites of that customer count now.
    """

    invite_id: str
    customer_id: str
    friend_id: str
    invite_counted: int

    @property
    def aggregate(self) -> str:
        """The customer who invited."""
        return f"customer:{self.customer_id}"


class InviteJoined(InviteEvent, frozen=True, kw_only=True):
    """A friend signed up with the code of a customer."""


class InviteQualified(InviteEvent, frozen=True, kw_only=True):
    """An invite counts from now on."""


class InviteReversed(InviteEvent, frozen=True, kw_only=True):
    """An invite that counted does so no longer."""


class InviteRefused(InviteEvent, frozen=True, kw_only=True):
    """An invite will never count; `invite_reason` is the id of the guard that refused it."""

    invite_reason: str


class RewardEvent(Event, frozen=True, kw_only=True):
    """What events of rewards carry: `customer_id` got a code of `reward_campaign` for `reward_reason`, the id of the
    milestone or rule that gave it. `reward_id` finds the code.
    """

    reward_id: str
    reward_reason: str
    reward_campaign: str
    customer_id: str

    @property
    def aggregate(self) -> str:
        """The customer."""
        return f"customer:{self.customer_id}"


class RewardGranted(RewardEvent, frozen=True, kw_only=True):
    """A customer was given a code."""


class RewardRevoked(RewardEvent, frozen=True, kw_only=True):
    """A code that was given and not used is taken back."""


class MessagesUnread(Event, frozen=True, kw_only=True):
    """Somebody has not read what others wrote to them for some minutes, and is away: told once until they have.

    `customer_id` is who has not, be it a customer, a seller or somebody of the staff: `conversation_role` says as what
    they take part. `conversation_unread` is how many messages, 100 at most.
    """

    customer_id: str
    conversation_id: str
    conversation_role: str
    conversation_unread: int

    @property
    def aggregate(self) -> str:
        """The conversation."""
        return f"conversation:{self.conversation_id}"


class MessagesWaiting(Event, frozen=True, kw_only=True):
    """A conversation that nobody looks after has waited for the shop for some minutes: told once for each wait."""

    conversation_id: str

    @property
    def aggregate(self) -> str:
        """The conversation."""
        return f"conversation:{self.conversation_id}"


class SignalFired(Event, frozen=True, kw_only=True):
    """A pattern over time was seen: `signal_id` is its id in the ruleset, `firing_id` finds the events that made it.

    `name` is what the signal announces itself as, SignalFired where it says nothing. What it is about is where it is
    known: an order, a cart, a customer.
    """

    name: str
    signal_id: str
    firing_id: str
    order_id: str | None = None
    order_number: int | None = None
    cart_id: str | None = None
    customer_id: str | None = None

    @property
    def called(self) -> str:
        """As the signal calls it."""
        return self.name

    @property
    def aggregate(self) -> str | None:
        """What it is about."""
        about = (("order", self.order_id), ("cart", self.cart_id), ("customer", self.customer_id))
        return next((f"{what}:{found}" for what, found in about if found is not None), None)


_ALL: Final[tuple[type[Event], ...]] = (
    OrderEvent,
    OrderNoticeRequested,
    MailRequested,
    TextMessageRequested,
    StockRanLow,
    VariantsSoldOut,
    CustomerRegistered,
    CustomerBirthday,
    CouponRefused,
    CouponAccepted,
    InviteJoined,
    InviteQualified,
    InviteReversed,
    InviteRefused,
    RewardGranted,
    RewardRevoked,
    MessagesUnread,
    MessagesWaiting,
    SignalFired,
)

EVENTS: Final[Mapping[str, type[Event]]] = MappingProxyType({each.__name__: each for each in _ALL})
"""Every type of event by its name, in the order of the reference."""

Upgrade = Callable[[dict[str, Any]], dict[str, Any]]
"""From the payload of one version to that of the next."""

UPGRADES: Final[Mapping[tuple[str, int], Upgrade]] = MappingProxyType({})
"""How a stored payload of a type and version becomes one of the next version."""


class UnknownEvent(Exception):
    """An event cannot be read by this version of the program; the message says which, and why."""


def read_event(
    kind: str,
    version: int,
    payload: bytes | msgspec.Raw,
    upgrades: Mapping[tuple[str, int], Upgrade] = UPGRADES,
) -> Event:
    """A stored event, in its newest version; `kind` is the name of its type. Raises UnknownEvent."""
    found = EVENTS.get(kind)
    if found is None:
        raise UnknownEvent(f"there is no type of event {kind!r}: it was written by another version of the program")
    if version > found.VERSION:
        raise UnknownEvent(f"{kind} has version {version}; this program knows it up to {found.VERSION}")
    try:
        return _read(found, version, bytes(payload), upgrades)
    except msgspec.ValidationError as error:
        raise UnknownEvent(f"{kind} of version {version} cannot be read: {error}") from error


def _read(found: type[Event], version: int, payload: bytes, upgrades: Mapping[tuple[str, int], Upgrade]) -> Event:
    if version == found.VERSION:
        return msgspec.json.decode(payload, type=found)
    fields = msgspec.json.decode(payload, type=dict[str, Any])
    for step in range(version, found.VERSION):
        upgrade = upgrades.get((found.__name__, step))
        if upgrade is None:
            raise UnknownEvent(f"{found.__name__} of version {step} has no way to version {step + 1}")
        fields = upgrade(fields)
    return msgspec.convert(fields, type=found)


def facts_of(event: Event) -> dict[str, str | int | bool]:
    """What rulesets may read of the event, by the name of the fact; what is None is missing."""
    plain = msgspec.structs.asdict(event)
    found = {field.replace("_", ".", 1): value for field, value in plain.items() if type(value) in (str, int, bool)}
    found.pop("name", None)
    return {"event.name": event.called, **found}
