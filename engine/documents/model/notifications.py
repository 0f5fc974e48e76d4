"""What a notifications ruleset says: who is told what, how, and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.documents.conditions import ALWAYS, Condition
from engine.documents.model.common import Document
from engine.text.source import Span

Audience = Literal["customer", "inviter", "friend", "staff", "sellers"]
Channel = Literal["email", "sms", "push", "inbox"]
Category = Literal["account", "order", "reminders", "marketing", "staff"]
Quiet = Literal["respect", "ignore"]
OncePer = Literal["event", "order", "customer"]

OPTIONAL: tuple[Category, ...] = ("reminders", "marketing", "staff")
"""Categories that people may switch off, and that wait until quiet hours are over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """Minutes since local midnight; from `start` (included) until `end` (excluded), over midnight if `end` is less."""

    start: int
    end: int
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A text in one language, with `{facts}` in braces. `button` leads to `link`; either both or none."""

    subject: str
    heading: str
    body: str
    button: str | None = None
    link: str | None = None
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnText:
    """A text of the store's own, by language; the first is for all others. `facts` are those it names."""

    id: str
    words: Mapping[str, Words]
    facts: tuple[str, ...]
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """What comes together goes out as one, every so many minutes from local midnight, or every so many days at `at`.

    One of `minutes` (a divisor of a day) and `days` is given; `at` are minutes since local midnight.
    """

    minutes: int = 0
    days: int = 0
    at: int = 0
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Once:
    """Nobody is told twice because of one event; or of one order; or at all, within so many seconds (None: ever)."""

    per: OncePer = "event"
    within_seconds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRule:
    """When one of `events` happens and `when` holds of it, `to` is told.

    `roles` are those of the staff. `channels` are all used, or (`first_only`) the first that the recipient has. `text`
    is an own text, None where `template` names one that comes with the shop.
    """

    id: str
    events: tuple[str, ...]
    when: Condition = ALWAYS
    to: Audience
    roles: tuple[str, ...] = ()
    channels: tuple[Channel, ...]
    first_only: bool = False
    template: str
    text: OwnText | None = None
    category: Category
    delay_seconds: int = 0
    quiet: Quiet
    digest: Digest | None = None
    once: Once = Once()
    span: Span
    when_span: Span | None = None

    @property
    def is_optional(self) -> bool:
        """Whether people may switch it off."""
        return self.category in OPTIONAL


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationsDocument(Document):
    """Who is told what, when something happens. `texts` are in the order they are written."""

    rules: tuple[NoticeRule, ...] = ()
    quiet_hours: QuietHours | None = None
    texts: Mapping[str, OwnText] = field(default_factory=dict)
