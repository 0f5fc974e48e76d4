"""The address of the search for messages."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from server.chat import access, search
from server.chat.addresses import address_of
from server.chat.schemas import ChatMessageView
from server.chat.search import Found
from server.chat.views import message_view
from server.web.binding import View
from server.web.call import Call
from server.web.endpoint import Reply, Routes
from server.web.pages import Page, PageQuery, by_time, page, position, window

routes = Routes("Chat")


class ChatSearchQuery(PageQuery, frozen=True, kw_only=True):
    """What is looked for. Whole words, all of them; `"two words"` next to each other, `-word` not there, `or`."""

    q: Annotated[str, Meta(min_length=1, max_length=200)]


class FoundMessageView(View, frozen=True, kw_only=True):
    """A message that holds the words. `excerpt` is the part of its text around them, without any marks."""

    message: ChatMessageView
    excerpt: str


@routes.get("/chat/search", needs=access.ANY)
async def search_chat(call: Call, query: ChatSearchQuery) -> Reply[Page[FoundMessageView]]:
    """Messages that hold the words, the newest first: of the own conversations, and for staff of all, with notes.

    Words are compared whole and without case, as they are written: accents count, and endings too, so "ação" is not
    found by "acao" nor "parcels" by "parcel". Messages that were taken back are not found.
    """
    at = position(call, query)
    found = await search.search(call, query.q, window(at, by_time))
    address = address_of(call.shop, call.store)

    def shown(each: Found) -> FoundMessageView:
        return FoundMessageView(message=message_view(each.message, each.side, address), excerpt=each.excerpt)

    return page(call, query, at, found, _keys, shown)


def _keys(found: Found) -> tuple[str, str]:
    return found.message.created_at.isoformat(), str(found.message.id)
