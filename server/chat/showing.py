"""What is answered to the caller, by HTTP or by socket?"""

from __future__ import annotations

from server.chat.addresses import address_of
from server.chat.conversations import Shown
from server.chat.messages import Part, Seen
from server.chat.schemas import ChatMessagesView, ChatMessageView, ConversationView, SyncView
from server.chat.views import conversation_view, message_view
from server.web.call import Call


def shown(call: Call, seen: Seen) -> ChatMessageView:
    """A message."""
    return message_view(seen.message, seen.side, address_of(call.shop, call.store))


def standing(call: Call, found: Shown) -> ConversationView:
    """A conversation."""
    return conversation_view(found.conversation, found.side, call.actor.id)


def synced(call: Call, part: Part) -> SyncView:
    """Steps as they are answered."""
    items = _views(call, part)
    return SyncView(items=items, next=items[-1].change if part.more_after else None)


def listed(call: Call, part: Part) -> ChatMessagesView:
    """Messages as they are answered."""
    return ChatMessagesView(items=_views(call, part), more_before=part.more_before, more_after=part.more_after)


def _views(call: Call, part: Part) -> list[ChatMessageView]:
    address = address_of(call.shop, call.store)
    return [message_view(each, part.side, address) for each in part.messages]
