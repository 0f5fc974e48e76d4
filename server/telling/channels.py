"""What must a way to reach people be able to do? Take one message, and say what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, Protocol
from uuid import UUID

from notifications.rendering import NothingToTell, TextFault
from server.web.call import Resource, Shop
from storage.tenancy import Store

ChannelName = Literal["email", "sms", "push", "inbox"]
Category = Literal["account", "order", "reminders", "marketing", "staff"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message to one person. `id` never changes, however often it is tried: a provider knows it again by it.

    `address` is an e-mail address or a phone number; of push and inbox the id of the user. `values` are what the
    template is filled with: facts of the event by name, and `items` in a digest (the values of each, oldest first,
    with the id of its event as `event.id`).
    `attempt` counts from 1. `rule` None: the shop itself asks for it, so nobody can unsubscribe from it.
    """

    id: UUID
    channel: ChannelName
    category: Category
    template: str
    address: str
    user_id: UUID | None
    locale: str
    rule: str | None = None
    event_id: UUID | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    attempt: int = 1
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider has taken it. `note` is what it said, for people who look into it.

    `title`, `body` and `link` are kept where people read it in the shop itself.
    """

    note: str | None = None
    title: str | None = None
    body: str | None = None
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """It will never be taken, and why. `bounced`: because of the address, which optional messages avoid from now on."""

    reason: str
    bounced: bool = False


@dataclass(frozen=True, slots=True)
class TryAgain:
    """It was not taken this time, and why. `in_seconds` is what the provider asks for; None: after a usual pause.

    `outage`: it was nothing about this message, such as a provider that cannot be reached or does not know us: no
    other message would be taken either, and the attempt does not count against this one.
    `unsure`: the provider had all of it when its answer was lost, so it may have arrived: risked a few times only.
    """

    reason: str
    in_seconds: float | None = None
    outage: bool = False
    unsure: bool = False


@dataclass(frozen=True, slots=True)
class Overtaken:
    """Nothing was handed over, since there is nothing left to tell, and why."""

    reason: str


Outcome = Sent | Refused | Overtaken | TryAgain


def not_written(fault: TextFault) -> Refused | Overtaken:
    """What becomes of a message whose text cannot be written: trying again would not help."""
    return Overtaken(str(fault)) if isinstance(fault, NothingToTell) else Refused(str(fault))


class Channel(Protocol):
    """A way to reach people. One object serves all stores and may keep connections; `close` lets them go."""

    @property
    def per_second(self) -> float | None:
        """How many messages the provider takes in a second, from this process; None: as many as come."""
        ...

    @property
    def hands(self) -> int:
        """How many may be under way at once."""
        ...

    async def send(self, shop: Shop, store: Store, message: Message) -> Outcome:
        """Hand it over, outside any transaction, within SEND_SECONDS. What it raises counts as TryAgain."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


SEND_SECONDS: Final = 60.0
"""After this sending one message is given up, and tried again later."""

CHANNELS: Final = Resource[Mapping[ChannelName, Channel]]("telling.channels")
"""Those the shop has; what has no channel is not sent, and says so."""
