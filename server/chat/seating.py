"""How does a connection come to be handed the messages of a conversation, and when does that end?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from server.chat import access
from server.chat.addresses import address_of
from server.chat.feed import KIND
from server.chat.followers import FOLLOWERS
from server.chat.namespace import MESSAGE, chat
from server.chat.seats import seat_of
from server.chat.snapshot import HandedMessage, Side
from server.chat.views import message_view
from server.feeds.hub import HUB
from server.feeds.steps import Step, Thing
from server.sockets.connections import CONNECTIONS, Connection
from server.sockets.edge import EDGES
from server.sockets.serving import SOCKETS
from server.web.call import Shop


async def sit(
    shop: Shop, connection: Connection, conversation_id: UUID, side: Side, after: int, people: Collection[UUID]
) -> None:
    """Hand the connection every message that changes after this step, as its side may see it, and tell it the rest."""
    await shop.use(SOCKETS).enter_room(connection.sid, room_of(conversation_id), namespace=chat.path)
    if shop.use(CONNECTIONS).get(connection.sid) is not connection:
        return  # it has gone meanwhile, and with it all that belonged to it
    shop.use(FOLLOWERS).follow(connection, conversation_id, people)
    seat_of(connection).joined[conversation_id] = side
    connection.watches_no_more(conversation_id)
    edge = shop.use(EDGES)[chat.path]

    async def deliver(step: Step) -> None:
        message: HandedMessage = step.value
        now = _side_now(connection, side, message)
        if now is None:
            await rise(shop, connection, conversation_id)
        elif now == "staff" or message.is_public:
            await edge.tell(connection, MESSAGE, message_view(message, now, address_of(shop, connection.store)))

    thing = Thing(KIND, connection.store.id, conversation_id)
    connection.watches[conversation_id] = shop.use(HUB).watch(thing, after, deliver, _Place(connection))


async def rise(shop: Shop, connection: Connection, conversation_id: UUID) -> None:
    """Hand it no more; nothing if it was not handed any."""
    connection.watches_no_more(conversation_id)
    seat_of(connection).joined.pop(conversation_id, None)
    shop.use(FOLLOWERS).leave(connection, conversation_id)
    await shop.use(SOCKETS).leave_room(connection.sid, room_of(conversation_id), namespace=chat.path)


def may_stay(connection: Connection, side: Side) -> bool:
    """Whether the permission still holds by which the connection takes this side."""
    return connection.actor.may(access.MODERATE if side == "staff" else access.OWN)


def is_ready(connection: Connection) -> bool:
    """Whether it can be told more: it takes what it is sent, and it is known what it may see."""
    return connection.has_room() and connection.looked_at >= seat_of(connection).in_doubt


def _side_now(connection: Connection, side: Side, message: HandedMessage) -> Side | None:
    """As what somebody is handed the message who took this side before; None: as nothing any more."""
    sells = message.sold_by is not None and message.sold_by == connection.actor.id
    if side == "staff" and sells:
        side = "seller"  # since a moment ago; the board has them take their place as such
    if side == "seller" and not sells:
        return None
    return side if may_stay(connection, side) else None


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the hub delivers messages to."""

    connection: Connection

    def has_room(self) -> bool:
        return is_ready(self.connection)

    def lost_a_step(self) -> None:
        self.connection.lost_a_step()


def room_of(conversation_id: UUID) -> str:
    """Where everybody is told who writes at this moment."""
    return f"conversation {conversation_id}"
