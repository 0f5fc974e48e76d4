"""Which messages tell of an event? For each rule, each person and each way one, or one that says why there is none.

Pure: everything is read before, and written afterwards.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID

from engine.documents.model.notifications import Category, Channel, NoticeRule
from engine.notices.plan import Told
from engine.notices.reach import WORDS, Recipient, Way, reach
from engine.notices.words import words_for, written
from notifications.locales import money_text, nearest
from server.decisions.instants import instant_of
from server.telling.people_repo import Person
from storage.ids import new_id
from storage.tenancy import Store

OWN: Final = "own"
"""The template that writes a store's own words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMessage:
    """A message to be written down. `key` is unique in the store. `reason`: it is not to be sent, because of that.

    `limit_key`: it is told at most once in `limit_seconds`; where that time is not over it is not to be sent.
    """

    id: UUID
    key: str
    event_id: UUID
    rule: str | None
    channel: Channel
    category: Category
    template: str
    user_id: UUID | None
    address: str
    locale: str
    values: Mapping[str, Any]
    due: datetime
    digest: str | None = None
    reason: str | None = None
    limit_key: str | None = None
    limit_seconds: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """Something to tell of: an event, and its facts. `link_base` is where the shop's own pages are."""

    store: Store
    event_id: UUID
    facts: Mapping[str, str | int | bool]
    link_base: str
    money_facts: Collection[str]


def messages(
    telling: Telling, told: Iterable[Told], people: Collection[Person], available: Collection[Channel]
) -> list[NewMessage]:
    """In the order of the rules, and within one in that of the people."""
    return [
        message
        for each in told
        for person in people
        if is_meant(each.rule, person)
        for way in reach(each.rule, recipient_of(each.rule, person), available)
        for message in _of_way(telling, each, person, way)
    ]


def is_meant(rule: NoticeRule, person: Person) -> bool:
    """Whether the rule tells this person."""
    if person.audience != rule.to:
        return False
    return rule.to != "staff" or not set(rule.roles).isdisjoint(person.roles)


def recipient_of(rule: NoticeRule, person: Person) -> Recipient:
    """The person as the engine looks at them. What is optional goes to the confirmed address of the account."""
    email = person.account_email if rule.is_optional and person.account_email else person.email
    inbox = None if person.user_id is None else str(person.user_id)
    has: dict[Channel, str | None] = {"email": email, "sms": person.phone, "inbox": inbox}
    if person.has_browser:
        has["push"] = inbox
    return Recipient(
        addresses={channel: address for channel, address in has.items() if address},
        verified=person.user_id is not None,
        closed=person.is_closed,
        bounced=person.bounced,
        unwanted=cast("frozenset[tuple[Category, Channel]]", frozenset(person.unwanted)),
    )


def _of_way(telling: Telling, told: Told, person: Person, way: Way) -> Iterator[NewMessage]:
    rule = told.rule
    locale = person.locale or telling.store.locale
    message = NewMessage(
        id=new_id(),
        key=f"{telling.event_id}:{rule.id}:{person.key}:{way.channel}",
        event_id=telling.event_id,
        rule=rule.id,
        channel=way.channel,
        category=rule.category,
        template=rule.template if rule.text is None else OWN,
        user_id=person.user_id,
        address=way.address,
        locale=locale,
        values=_values(telling, rule, locale),
        due=instant_of(told.due),
    )
    if way.why_not is not None:
        yield replace(message, reason=WORDS[way.why_not])
        return
    if rule.digest is not None:
        message = replace(message, digest=f"{rule.id}:{person.key}:{way.channel}")
    yield _once(telling, rule, person, message)


def _once(telling: Telling, rule: NoticeRule, person: Person, message: NewMessage) -> NewMessage:
    """The message under the key by which it is told once."""
    who = f"{rule.id}:{person.key}:{message.channel}"
    match rule.once.per:
        case "order":
            return replace(message, key=f"order:{telling.facts['order.id']}:{who}")
        case "customer" if rule.once.within_seconds is None:
            return replace(message, key=f"ever:{who}")
        case "customer":
            return replace(message, limit_key=who, limit_seconds=rule.once.within_seconds or 0)
        case _:
            return message


def _values(telling: Telling, rule: NoticeRule, locale: str) -> dict[str, Any]:
    if rule.text is None:
        return dict(telling.facts)
    shown = {name: _shown(telling, name, value, locale) for name, value in telling.facts.items()}
    said = written(words_for(rule.text, locale), shown, telling.store.name)
    if said.get("link", "").startswith("/"):
        said["link"] = telling.link_base.rstrip("/") + said["link"]
    return {**telling.facts, **said}


def _shown(telling: Telling, name: str, value: str | int | bool, locale: str) -> str:
    """A fact as people read it."""
    if name in telling.money_facts and isinstance(value, int):
        currency = str(telling.facts.get("order.currency", telling.store.currency))
        return money_text(value, currency, nearest(locale))
    return str(value)
