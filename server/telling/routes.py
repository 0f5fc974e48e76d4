"""The addresses of what people are told: their inbox and their wishes, and what staff see and mend."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from server.auth.errors import NOT_A_USER
from server.decisions.errors import RULES_MISSING
from server.telling import service, staff_repo, trying
from server.telling.errors import (
    BOUNCE_UNKNOWN,
    EVENT_NAME_UNKNOWN,
    MESSAGE_NOT_ENDED,
    MESSAGE_UNKNOWN,
    NOTICES_MISSING,
)
from server.telling.inbox_repo import InboxMessage, Preference
from server.telling.planning import NewMessage
from server.telling.schemas import (
    AddressBody,
    BouncesQuery,
    BounceView,
    InboxMessageView,
    InboxPath,
    InboxQuery,
    MessageDetailView,
    MessagePath,
    MessagesQuery,
    MessageView,
    NoticesTriedView,
    NoticesTryBody,
    NotToldView,
    PreferencesBody,
    PreferencesView,
    PreferenceView,
    RetriedView,
    RetryBody,
    UnreadView,
    WouldBeToldView,
)
from server.telling.staff_repo import Bounce, MessageRow
from server.web.call import Call
from server.web.endpoint import SIGNED_IN, Reply, Routes
from server.web.pages import Page, Position, page, position

NEEDS: Final = "jobs.manage"
TRY: Final = "decisions.dry_run"

routes = Routes("Messages")


@routes.get("/me/notification-preferences", needs=SIGNED_IN, errors=(NOT_A_USER,))
async def read_notification_preferences(call: Call) -> PreferencesView:
    """What the own account is told, by category and channel. What concerns orders and the account is always told."""
    return _preferences(await service.read_preferences(call))


@routes.patch("/me/notification-preferences", needs=SIGNED_IN, errors=(NOT_A_USER,))
async def change_notification_preferences(call: Call, body: PreferencesBody) -> PreferencesView:
    """Switch messages of a category on or off, by channel; what is not named stays as it is."""
    wanted = [Preference(category=e.category, channel=e.channel, wanted=e.wanted) for e in body.preferences]
    return _preferences(await service.change_preferences(call, wanted))


@routes.get("/me/inbox", needs=SIGNED_IN, errors=(NOT_A_USER,))
async def read_inbox(call: Call, query: InboxQuery) -> Reply[Page[InboxMessageView]]:
    """Messages to the own account, the newest first."""
    at = position(call, query)
    found = await service.read_inbox(call, _beyond(at), at.limit + 1, backwards=at.backwards, unread=query.unread)
    return page(call, query, at, found, _inbox_keys, _inbox_view)


@routes.get("/me/inbox/unread", needs=SIGNED_IN, errors=(NOT_A_USER,))
async def count_unread_messages(call: Call) -> UnreadView:
    """How many messages of the inbox are not read."""
    return UnreadView(unread=await service.count_unread(call))


@routes.post("/me/inbox/read", needs=SIGNED_IN, errors=(NOT_A_USER,))
async def read_all_messages(call: Call) -> UnreadView:
    """Mark all messages of the inbox as read."""
    return UnreadView(unread=await service.mark_read(call, None))


@routes.post("/me/inbox/{inbox_id}/read", needs=SIGNED_IN, errors=(NOT_A_USER, MESSAGE_UNKNOWN))
async def mark_message_read(call: Call, path: InboxPath) -> UnreadView:
    """Mark a message of the inbox as read."""
    return UnreadView(unread=await service.mark_read(call, path.inbox_id))


@routes.post("/notifications/dry-run", needs=TRY, errors=(RULES_MISSING, NOTICES_MISSING, EVENT_NAME_UNKNOWN))
async def try_notifications(call: Call, body: NoticesTryBody) -> NoticesTriedView:
    """Who would be told what, by the live notifications ruleset, if this happened. Nothing is sent or written down.

    Facts that name an order, a customer or a cart find the people it is about. What was told before is not looked at:
    a rule that tells something once is shown each time.
    """
    tried = await trying.try_out(call, body.event, body.facts, body.at)
    return NoticesTriedView(
        messages=[_would_be_told(each, tried.people) for each in tried.messages],
        nobody=list(tried.nobody),
        not_told=[
            NotToldView(rule=each.rule.id, facts=list(dict.fromkeys(f.test.fact for f in each.failures)))
            for each in tried.not_told
        ],
    )


@routes.get("/messages", needs=NEEDS)
async def list_messages(call: Call, query: MessagesQuery) -> Reply[Page[MessageView]]:
    """Messages to people, the newest first: of one state, channel, rule or event."""
    at = position(call, query)
    wanted = staff_repo.Wanted(
        beyond=_beyond(at), backwards=at.backwards, most=at.limit + 1, state=query.state, channel=query.channel,
        rule=query.rule, event_id=query.event_id,
    )  # fmt: skip
    found = await call.database.transaction(call.store.id, lambda tx: staff_repo.find_page(tx, wanted))
    return page(call, query, at, found, _message_keys, _message_view)


@routes.get("/messages/bounces", needs=NEEDS)
async def list_bounces(call: Call, query: BouncesQuery) -> Reply[Page[BounceView]]:
    """Addresses that refused a mail for good, the newest first. What is optional is not sent there."""
    at = position(call, query)
    beyond = None if at.keys is None else (datetime.fromisoformat(at.keys[0]), str(at.keys[1]))
    found = await call.database.transaction(
        call.store.id, lambda tx: staff_repo.bounces(tx, beyond, at.limit + 1, backwards=at.backwards)
    )
    return page(call, query, at, found, _bounce_keys, _bounce_view)


@routes.post("/messages/bounces/clear", needs=NEEDS, errors=(BOUNCE_UNKNOWN,), idempotency="none")
async def clear_bounce(call: Call, body: AddressBody) -> None:
    """Write to an address again that refused a mail."""
    await service.clear_bounce(call, body.address)


@routes.post("/messages/retry/ended", needs=NEEDS)
async def retry_messages(call: Call, body: RetryBody) -> RetriedView:
    """Try messages again at once that were refused, bounced or given up: all that ended so."""
    return RetriedView(count=await service.retry_all(call, body.state, body.channel, body.rule))


@routes.get("/messages/{message_id}", needs=NEEDS, errors=(MESSAGE_UNKNOWN,))
async def read_message(call: Call, path: MessagePath) -> MessageDetailView:
    """A message, and what its text is made of. Links that open an account are not shown."""
    message, values = await service.read_message(call, path.message_id)
    return MessageDetailView(**_fields(message), values=dict(values))


@routes.post("/messages/{message_id}/retry", needs=NEEDS, errors=(MESSAGE_UNKNOWN, MESSAGE_NOT_ENDED))
async def retry_message(call: Call, path: MessagePath) -> MessageView:
    """Try a message again at once that was refused, bounced or given up, with all that went along with it."""
    return _message_view(await service.retry(call, path.message_id))


def _preferences(found: list[Preference]) -> PreferencesView:
    return PreferencesView(preferences=[PreferenceView(**msgspec.structs.asdict(each)) for each in found])


def _beyond(at: Position) -> tuple[datetime, UUID] | None:
    return None if at.keys is None else (datetime.fromisoformat(at.keys[0]), UUID(at.keys[1]))


def _inbox_keys(message: InboxMessage) -> tuple[str, str]:
    return message.sent_at.isoformat(), str(message.id)


def _inbox_view(message: InboxMessage) -> InboxMessageView:
    return InboxMessageView(**msgspec.structs.asdict(message))


def _message_keys(message: MessageRow) -> tuple[str, str]:
    return message.created_at.isoformat(), str(message.id)


def _fields(message: MessageRow) -> dict[str, Any]:
    return {name: value for name, value in msgspec.structs.asdict(message).items() if name != "digest"}


def _message_view(message: MessageRow) -> MessageView:
    return MessageView(**_fields(message))


def _bounce_keys(bounce: Bounce) -> tuple[str, str]:
    return bounce.bounced_at.isoformat(), bounce.email_folded


def _bounce_view(bounce: Bounce) -> BounceView:
    return BounceView(
        address=bounce.email_folded,
        reason=bounce.reason,
        message_id=bounce.message_id,
        bounced_at=bounce.bounced_at,
    )


def _would_be_told(message: NewMessage, people: Mapping[str, str]) -> WouldBeToldView:
    assert message.rule is not None
    return WouldBeToldView(
        rule=message.rule,
        audience=people[message.rule],
        user_id=message.user_id,
        channel=message.channel,
        category=message.category,
        template=message.template,
        locale=message.locale,
        due=message.due,
        digest=message.digest is not None,
        reason=message.reason,
        subject=message.values.get("subject"),
    )
