"""What may somebody do with messages: read their inbox, say what they want, and, as staff, mend what was not sent?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from engine.documents.model.notifications import OPTIONAL
from server.auth.emails import fold
from server.auth.service import user_of
from server.errors import Fault
from server.telling import inbox_repo, staff_repo
from server.telling.channels import CHANNELS, Category, ChannelName
from server.telling.errors import BOUNCE_UNKNOWN, MESSAGE_NOT_ENDED, MESSAGE_UNKNOWN
from server.telling.inbox_repo import InboxMessage, Preference
from server.telling.staff_repo import MessageRow, State
from server.web.call import Call
from server.web.noting import note
from server.web.problems import invalid
from server.web.waking import WAKE
from storage.transaction import Transaction

_RESOURCE = "message"


async def read_preferences(call: Call) -> list[Preference]:
    """What the caller wants, for every optional category that concerns them, by every channel the shop has."""
    user_id = user_of(call)
    said = await call.database.transaction(call.store.id, lambda tx: inbox_repo.preferences(tx, str(user_id)))
    return _whole(call, said)


async def change_preferences(call: Call, wanted: Sequence[Preference]) -> list[Preference]:
    """Set them. Raises BODY_INVALID for a category that is always told, and a channel the shop has not."""
    channels = call.use(CHANNELS)
    faults = [
        Fault(f"/preferences/{number}", code, message)
        for number, each in enumerate(wanted)
        for code, message in _wrong(each, channels)
    ]
    if faults:
        raise invalid(faults)
    newest = {(each.category, each.channel): each for each in wanted}

    async def work(tx: Transaction) -> list[Preference]:
        user_id = user_of(call)
        await inbox_repo.set_preferences(tx, str(user_id), user_id, list(newest.values()))
        return await inbox_repo.preferences(tx, str(user_id))

    return _whole(call, await call.database.transaction(call.store.id, work))


async def read_inbox(
    call: Call, beyond: tuple[datetime, UUID] | None, most: int, *, backwards: bool, unread: bool
) -> list[InboxMessage]:
    """The caller's messages, the newest first; backwards the oldest first."""
    user_id = user_of(call)

    async def work(tx: Transaction) -> list[InboxMessage]:
        return await inbox_repo.find_page(tx, user_id, beyond, most, backwards=backwards, unread=unread)

    return await call.database.transaction(call.store.id, work)


async def count_unread(call: Call) -> int:
    """How many messages the caller has not read."""
    user_id = user_of(call)
    return await call.database.transaction(call.store.id, lambda tx: inbox_repo.count_unread(tx, user_id))


async def mark_read(call: Call, message_id: UUID | None) -> int:
    """The caller has read this message, or all; how many are not read then. Raises MESSAGE_UNKNOWN."""
    user_id = user_of(call)

    async def work(tx: Transaction) -> int:
        if await inbox_repo.mark_read(tx, user_id, message_id) == 0 and message_id is not None:
            raise MESSAGE_UNKNOWN(f"there is no message {message_id} in the inbox; GET /me/inbox lists them")
        return await inbox_repo.count_unread(tx, user_id)

    return await call.database.transaction(call.store.id, work)


async def read_message(call: Call, message_id: UUID) -> tuple[MessageRow, Mapping[str, Any]]:
    """The message and what it says, without what may open an account. Raises MESSAGE_UNKNOWN."""
    found = await call.database.transaction(call.store.id, lambda tx: staff_repo.find(tx, message_id))
    if found is None:
        raise MESSAGE_UNKNOWN(f"there is no message {message_id}; GET /messages lists them")
    message, values = found
    return message, {} if message.rule is None and message.category == "account" else values


async def retry(call: Call, message_id: UUID) -> MessageRow:
    """Try at once what was refused, bounced or given up. Raises MESSAGE_UNKNOWN and MESSAGE_NOT_ENDED."""

    async def work(tx: Transaction) -> MessageRow:
        before = await staff_repo.find(tx, message_id)
        if before is None:
            raise MESSAGE_UNKNOWN(f"there is no message {message_id}; GET /messages lists them")
        if not await staff_repo.retry(tx, message_id):
            state = before[0].state
            raise MESSAGE_NOT_ENDED(
                f"the message {message_id} is {state}; only one that is refused, bounced or dead is tried again",
                state=state,
            )
        await note(
            tx, call, "message.retried", _RESOURCE, message_id,
            {"state": before[0].state, "reason": before[0].reason}, {"state": "waiting"},
        )  # fmt: skip
        call.use(WAKE).after(tx)
        after = await staff_repo.find(tx, message_id)
        assert after is not None
        return after[0]

    return await call.database.transaction(call.store.id, work)


async def retry_all(call: Call, state: State, channel: ChannelName | None, rule: str | None) -> int:
    """Try at once all that ended so; how many."""

    async def work(tx: Transaction) -> int:
        count = await staff_repo.retry_all(tx, state, channel, rule)
        if count:
            which = {"state": state, "channel": channel, "rule": rule}
            await note(tx, call, "messages.retried", _RESOURCE, state, which, {"count": count})
            call.use(WAKE).after(tx)
        return count

    return await call.database.transaction(call.store.id, work)


async def clear_bounce(call: Call, address: str) -> None:
    """Write to the address again. Raises BOUNCE_UNKNOWN."""
    folded = fold(address.strip())

    async def work(tx: Transaction) -> None:
        if not await staff_repo.clear_bounce(tx, folded):
            raise BOUNCE_UNKNOWN(f"no mail to {address[:80]!r} was refused; GET /messages/bounces lists addresses")
        await note(tx, call, "bounce.cleared", "address", folded, {"bounced": True}, None)

    await call.database.transaction(call.store.id, work)


def _wrong(each: Preference, channels: Mapping[ChannelName, object]) -> list[tuple[str, str]]:
    found = []
    if each.category not in OPTIONAL:
        found.append(
            ("category_not_optional", f"'{each.category}' is always told; {', '.join(OPTIONAL)} can be chosen")
        )
    if each.channel not in channels:
        found.append(("channel_unknown", f"the shop has no channel '{each.channel}'; it has {', '.join(channels)}"))
    return found


def _whole(call: Call, said: Sequence[Preference]) -> list[Preference]:
    """Every choice there is; where nothing was said it is wanted. Customers are told nothing as staff."""
    known = {(each.category, each.channel): each.wanted for each in said}
    is_staff = bool(set(call.actor.roles) - {"customer", "guest"})
    categories: list[Category] = [each for each in OPTIONAL if each != "staff" or is_staff]
    return [
        Preference(category=category, channel=channel, wanted=known.get((category, channel), True))
        for category in categories
        for channel in call.use(CHANNELS)
    ]
