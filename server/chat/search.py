"""Which messages hold these words? In conversations of one's own, and for staff in all of the store, notes as well."""

from __future__ import annotations

import msgspec

from server.chat import access, conversations_repo, messages_repo, search_repo
from server.chat.search_repo import Hit
from server.chat.snapshot import Message, Side
from server.web.call import Call
from storage.pages import TimeWindow
from storage.transaction import Transaction


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A message as this side sees it, and the part of it that holds the words."""

    message: Message
    side: Side
    excerpt: str


async def search(call: Call, words: str, window: TimeWindow) -> list[Found]:
    """Messages that hold all the words, the newest first, as far as the caller may see them. Three statements."""
    viewer_id = call.actor.id if call.actor.kind == "user" else None
    has_own = call.actor.may(access.OWN)

    async def hits_of(tx: Transaction) -> list[Hit]:
        if call.actor.may(access.MODERATE):
            return await search_repo.search(tx, words, viewer_id, window, has_own=has_own)
        return [] if viewer_id is None else await search_repo.search_own(tx, words, viewer_id, window)

    async def work(tx: Transaction) -> list[Found]:
        hits = await hits_of(tx)
        messages = {each.id: each for each in await messages_repo.find_each(tx, [hit.message_id for hit in hits])}
        of = {messages[hit.message_id].conversation_id for hit in hits}
        heads = {each.id: each for each in await conversations_repo.find_some(tx, of)}
        found = []
        for hit in hits:
            message = messages[hit.message_id]
            side = access.side_of(call.actor, heads[message.conversation_id])
            assert side is not None, "what is found may be seen"
            found.append(Found(message=message, side=side, excerpt=hit.excerpt))
        return found

    return await call.database.transaction(call.store.id, work)
