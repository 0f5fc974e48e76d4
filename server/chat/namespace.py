"""What does the namespace /chat tell its clients by itself?"""

from __future__ import annotations

from typing import Final

from server.chat import access
from server.chat.schemas import ChatMessageView, ConversationView, CursorView
from server.chat.socket_schemas import PresenceView, SinceBody, TypingView
from server.sockets.namespaces import Namespace

chat: Final = Namespace(
    "/chat",
    needs=access.ANY,
    says=SinceBody,
    shows_presence=True,
    about="Conversations of customers with the shop and with sellers. Customers and sellers are told of the hundred"
    " newest conversations they take part in from the moment they connect, of older ones as soon as somebody writes in"
    " them, staff of those they `join`. With"
    ' `auth: {"token": …, "since": {conversation_id: change}}` whatever changed after that step comes first, and'
    " `conversation` tells how all of them stand, those too that it does not name: say `{}` when nothing was seen yet,"
    " and nothing when you come for the first time and ask for the list. Steps of a conversation come in order, each"
    " once since the last `join`; a `message` whose `after` is later than the last `change` that was seen says that"
    " something is missing: ask for `sync`.",
)

MESSAGE: Final = chat.emits(
    "message", ChatMessageView, "A message that came, was edited or taken back; also to whoever did it."
)
CONVERSATION: Final = chat.emits(
    "conversation", ConversationView,
    "How a conversation stands that is new or has changed: to who takes part, and to staff who watch the queue.",
)  # fmt: skip
CURSOR: Final = chat.emits("cursor", CursorView, "Messages have reached somebody, or they have read them.")
TYPING: Final = chat.emits("typing", TypingView, "Somebody is writing. It is not kept, and may be lost.")
PRESENCE: Final = chat.emits("presence", PresenceView, "Somebody who takes part has come or gone.")
