"""What do the addresses of messages take and show?"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from server.telling.channels import Category, ChannelName
from server.telling.staff_repo import State
from server.web.binding import Body, Path, View
from server.web.pages import PageQuery

Name = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]*(?!\n)$")]
EmailText = Annotated[str, Meta(min_length=3, max_length=254)]
Instant = Annotated[datetime, Meta(tz=True)]
FactText = Annotated[str, Meta(max_length=1_000)]
FactNumber = Annotated[int, Meta(ge=-(10**15), le=10**15)]


class MessagePath(Path, frozen=True, kw_only=True):
    """Names a message."""

    message_id: UUID


class InboxPath(Path, frozen=True, kw_only=True):
    """Names a message in the own inbox."""

    inbox_id: UUID


class InboxQuery(PageQuery, frozen=True, kw_only=True):
    """Which page of the inbox; `unread`: only what is not read."""

    unread: bool = False


class InboxMessageView(View, frozen=True, kw_only=True):
    """A message. `link` is where it leads, null where it leads nowhere."""

    id: UUID
    category: Category
    template: str
    title: str
    body: str
    link: str | None
    sent_at: datetime
    read_at: datetime | None


class UnreadView(View, frozen=True, kw_only=True):
    """How many messages are not read."""

    unread: int


class PreferenceBody(Body, frozen=True, kw_only=True):
    """Whether messages of a category are wanted by a channel."""

    category: Category
    channel: ChannelName
    wanted: bool


class PreferencesBody(Body, frozen=True, kw_only=True):
    """What is to change; the last counts where two are about the same."""

    preferences: Annotated[list[PreferenceBody], Meta(min_length=1, max_length=50)]


class PreferenceView(View, frozen=True, kw_only=True):
    """Whether messages of a category are wanted by a channel."""

    category: Category
    channel: ChannelName
    wanted: bool


class PreferencesView(View, frozen=True, kw_only=True):
    """Everything that can be chosen. What concerns orders and the account is always told."""

    preferences: list[PreferenceView]


class MessagesQuery(PageQuery, frozen=True, kw_only=True):
    """Which page, and of which messages."""

    state: State | None = None
    channel: ChannelName | None = None
    rule: Name | None = None
    event_id: UUID | None = None


class MessageView(View, frozen=True, kw_only=True):
    """A message to one person. `reason` says why it was not sent, or what the provider said.

    `rule` null: the shop itself owes it. `interrupted` is how often it may have arrived without anybody knowing: its
    sender was ended at it, or the provider's answer was lost. `digest_of` is the message it went along with.
    """

    id: UUID
    event_id: UUID | None
    rule: str | None
    channel: ChannelName
    category: Category
    template: str
    user_id: UUID | None
    address: str
    locale: str
    state: State
    attempts: int
    interrupted: int
    next_try_at: datetime | None
    digest_of: UUID | None
    sent_at: datetime | None
    read_at: datetime | None
    reason: str | None
    created_at: datetime


class MessageDetailView(MessageView, frozen=True, kw_only=True):
    """The same with what its text is made of; what may open an account is left out."""

    values: dict[str, Any]


class RetryBody(Body, frozen=True, kw_only=True):
    """Which messages to try again: all that ended so, of a channel or of a rule if it is named."""

    state: Literal["refused", "bounced", "dead"]
    channel: ChannelName | None = None
    rule: Name | None = None


class RetriedView(View, frozen=True, kw_only=True):
    """How many messages are tried again."""

    count: int


class BouncesQuery(PageQuery, frozen=True, kw_only=True):
    """Which page."""


class BounceView(View, frozen=True, kw_only=True):
    """An address that refused a mail for good: what is optional is kept from it."""

    address: str
    reason: str
    message_id: UUID | None
    bounced_at: datetime


class AddressBody(Body, frozen=True, kw_only=True):
    """An address."""

    address: EmailText


class NoticesTryBody(Body, frozen=True, kw_only=True):
    """An event that might happen. Facts as events carry them: amounts in minor units. `at` null: now."""

    event: Name
    facts: Annotated[dict[str, FactText | FactNumber | bool], Meta(max_length=100)] = msgspec.field(
        default_factory=dict
    )
    at: Instant | None = None


class WouldBeToldView(View, frozen=True, kw_only=True):
    """A message that would be written down. `reason`: it would not be sent, because of that."""

    rule: str
    audience: str
    user_id: UUID | None
    channel: ChannelName
    category: Category
    template: str
    locale: str
    due: datetime
    digest: bool
    reason: str | None
    subject: str | None


class NotToldView(View, frozen=True, kw_only=True):
    """A rule that waits for the event, and does not tell of this one: which facts are in the way."""

    rule: str
    facts: list[str]


class NoticesTriedView(View, frozen=True, kw_only=True):
    """Who would be told what. `nobody` are rules that hold and find nobody to tell."""

    messages: list[WouldBeToldView]
    nobody: list[str]
    not_told: list[NotToldView]
