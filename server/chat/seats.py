"""As what does a connection take part in which conversations, and what was it told of how they stand?"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from typing import Final
from uuid import UUID

import msgspec
from msgspec.structs import replace

from server.chat.schemas import ConversationView, ParticipantView
from server.chat.snapshot import Side
from server.sockets.connections import Connection

MOST_TOLD: Final = 500
"""Conversations of which a connection knows what it was told: who watches the queue is told of all there are."""
MOST_LEFT: Final = 500

_LOCAL: Final = "chat"


@dataclass(slots=True)
class Told:
    """How a conversation stood when it was last told: a digest of it, and where everybody was."""

    digest: int
    people: dict[UUID, ParticipantView]


@dataclass(slots=True)
class Seat:
    """What belongs to one connection. `joined` are the conversations whose messages it is handed.

    `left` are those it takes part in and wanted to be told no more of: only `join` brings them back. Since `in_doubt`
    (seconds of the event loop's clock) they may be somebody who may do other things, or sells no more.
    """

    joined: dict[UUID, Side] = field(default_factory=dict)
    follows: set[UUID] = field(default_factory=set)
    left: dict[UUID, None] = field(default_factory=dict)
    told: dict[UUID, Told] = field(default_factory=dict)
    watches_queue: bool = False
    in_doubt: float = -inf
    may_type_until: float = -inf
    """For how long (see above) it counts that they are not blocked, so that it is not asked each time they type."""

    def leave(self, conversation_id: UUID) -> None:
        """It wants to be told no more of it."""
        self.left[conversation_id] = None
        if len(self.left) > MOST_LEFT:
            del self.left[next(iter(self.left))]

    def knows(self, conversation_id: UUID) -> bool:
        """Whether it is told of it, or does not want to be."""
        return conversation_id in self.follows or conversation_id in self.left

    def tell(self, conversation_id: UUID, told: Told) -> Told | None:
        """Take note of what is told; what was told before. None as well when that is long ago and forgotten."""
        before = self.told.pop(conversation_id, None)
        self.told[conversation_id] = told
        if len(self.told) > MOST_TOLD:
            del self.told[next(iter(self.told))]
        return before


def seat_of(connection: Connection) -> Seat:
    """The connection's."""
    seat = connection.local.setdefault(_LOCAL, Seat())
    assert isinstance(seat, Seat)
    return seat


def told_by(view: ConversationView) -> Told:
    """What somebody knows who was shown this."""
    people = {each.user_id: each for each in view.participants}
    plain = replace(view, participants=[])
    return Told(hash((msgspec.json.encode(plain), tuple(people))), people)
