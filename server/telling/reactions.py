"""Who is told of something that happened? Handler `telling`: it writes down messages, and a runner sends them.

What the live notifications ruleset waits for, and what the shop itself owes somebody: a mail to an account, and what
the lifecycle of an order writes to its customer (`notify:`). The number of statements does not depend on how many are
told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from engine.documents.model import NotificationsDocument
from engine.documents.model.notifications import Audience, Category, Channel, NoticeRule
from engine.notices.plan import Told, awaited, keys_of, who_is_told
from engine.text.source import Span
from notifications.events import MailRequested, OrderNoticeRequested, TextMessageRequested, facts_of
from server.decisions.books import BOOKS, LiveBook
from server.decisions.instants import microseconds
from server.errors import AppError
from server.telling import messages_repo, people_repo
from server.telling.channels import CHANNELS
from server.telling.people_repo import About
from server.telling.planning import NewMessage, Telling, messages
from server.web.call import Shop
from server.web.reacting import Handler, Reaction
from server.web.waking import WAKE
from storage.ids import new_id
from storage.tenancy import Store
from storage.transaction import Transaction

EVENTS: Final = "event/1"
OWED: Final = frozenset(each.__name__ for each in (MailRequested, TextMessageRequested, OrderNoticeRequested))
"""What is told whatever the ruleset says."""


async def wants(shop: Shop, store: Store, _tx: Transaction, happened: Collection[str]) -> Collection[str]:
    """The events that somebody is told of."""
    document = notices_of(shop, store)
    return (OWED if document is None else OWED | awaited(document)).intersection(happened)


async def react(reaction: Reaction) -> None:
    """Write down the messages: at most three statements, four the first time in a transaction."""
    event = reaction.event
    if isinstance(event, MailRequested):
        found = [_owed(reaction, event, "email")]
    elif isinstance(event, TextMessageRequested):
        found = [_owed(reaction, event, "sms")]
    elif isinstance(event, OrderNoticeRequested):
        found = await _planned(reaction, [_notice(reaction, event)])
    else:
        found = await _by_rules(reaction)
    if found and await messages_repo.write(reaction.tx, found):
        reaction.shop.use(WAKE).after(reaction.tx)


HANDLER: Final = Handler(wants, react)


def notices_of(shop: Shop, store: Store) -> NotificationsDocument | None:
    """The live ruleset; None where the store has none, or none that can be read."""
    live = _book(shop, store)
    return None if live is None else live.notifications


def zone_of(document: NotificationsDocument, live: LiveBook) -> str:
    """The time zone that quiet hours are read in: that of the document, else that of the shop."""
    return live.timezone if document.head.timezone == "UTC" else document.head.timezone


def money_facts(shop: Shop) -> frozenset[str]:
    """The facts of events that are amounts."""
    facts = shop.use(BOOKS).vocabulary(EVENTS).facts.values()
    return frozenset(fact.name for fact in facts if fact.type == "money")


def about(facts: Mapping[str, Any]) -> About:
    """What an event is about, by its facts."""
    return About(
        order_id=_id(facts.get("order.id")),
        customer_id=_id(facts.get("customer.id")),
        cart_id=_id(facts.get("cart.id")),
        friend_id=_id(facts.get("friend.id")),
    )


def told_of(
    document: NotificationsDocument, live: LiveBook, event: str, facts: Mapping[str, Any], at: datetime, now: datetime
) -> tuple[Told, ...]:
    """The rules that tell of the event, and when; what should have been told by now is told now, if it is not night."""
    return who_is_told(
        document, event, microseconds(at), keys_of(facts), now=microseconds(now), timezone=zone_of(document, live)
    )


async def _by_rules(reaction: Reaction) -> list[NewMessage]:
    live = _book(reaction.shop, reaction.store)
    document = None if live is None else live.notifications
    if live is None or document is None:
        return []
    event, now = reaction.event, await reaction.tx.now()
    return await _planned(reaction, told_of(document, live, event.called, facts_of(event), reaction.occurred_at, now))


async def _planned(reaction: Reaction, told: Collection[Told]) -> list[NewMessage]:
    if not told:
        return []
    facts = facts_of(reaction.event)
    people = await people_repo.find(reaction.tx, audiences_of(told), about(facts), roles_of(told))
    channels = reaction.shop.use(CHANNELS)
    found = messages(_telling(reaction, facts), told, people, channels.keys())
    return await _within_limits(reaction.tx, found)


def audiences_of(told: Iterable[Told]) -> frozenset[Audience]:
    """Whom the rules tell."""
    return frozenset(each.rule.to for each in told)


def roles_of(told: Iterable[Told]) -> frozenset[str]:
    """The roles of staff whom the rules tell."""
    return frozenset(role for each in told for role in each.rule.roles)


async def _within_limits(tx: Transaction, found: list[NewMessage]) -> list[NewMessage]:
    """The messages; those that came too soon after the last of their kind say so and are not sent."""
    limits = {each.limit_key: each.limit_seconds for each in found if each.limit_key is not None}
    if not limits:
        return found
    passed = await messages_repo.pass_limits(tx, list(limits), list(limits.values()))
    return [
        replace(each, reason="told of something like it not long ago")
        if each.limit_key is not None and each.limit_key not in passed
        else each
        for each in found
    ]


def _telling(reaction: Reaction, facts: Mapping[str, str | int | bool]) -> Telling:
    return Telling(
        store=reaction.store,
        event_id=reaction.event_id,
        facts=facts,
        link_base=reaction.shop.settings.base_url,
        money_facts=money_facts(reaction.shop),
    )


def _owed(reaction: Reaction, event: MailRequested | TextMessageRequested, channel: Channel) -> NewMessage:
    """What the shop owes an address or a number, wanted or not."""
    return NewMessage(
        id=new_id(),
        key=f"{reaction.event_id}:owed",
        event_id=reaction.event_id,
        rule=None,
        channel=channel,
        category="account",
        template=event.template,
        user_id=None,
        address=event.to,
        locale=event.locale or reaction.store.locale,
        values=event.values,
        due=reaction.occurred_at,
    )


_NOWHERE: Final = Span("", 1, 1, 1, 1)


def _notice(reaction: Reaction, event: OrderNoticeRequested) -> Told:
    """What the lifecycle writes to the customer: by mail, and in the shop."""
    channels: tuple[Channel, ...] = ("email", "inbox")
    category: Category = "order"
    rule = NoticeRule(
        id=f"notify:{event.notice}",
        events=(event.called,),
        to="customer",
        channels=channels,
        template=event.notice,
        category=category,
        quiet="ignore",
        span=_NOWHERE,
    )
    return Told(rule, microseconds(reaction.occurred_at))


def _book(shop: Shop, store: Store) -> LiveBook | None:
    try:
        return shop.use(BOOKS).live(store)
    except AppError:
        # A store whose rulesets cannot be read still owes people their mails.
        return None


def _id(value: Any) -> UUID | None:
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None
