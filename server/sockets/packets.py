"""What may a client send over a socket? Texts of a few types that carry JSON; anything else is malformed.

The library believes more than is good: binary packets that wait for attachments that never come, events that are called
like its own, and data of any type. Whoever sends such things is no client of ours, and is not answered.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from socketio.packet import ACK, CONNECT, DISCONNECT, EVENT
from socketio.packet import Packet as SocketioPacket

LONGEST_NAME: Final = 100
"""Of an event or a namespace, in characters."""
LARGEST_ID: Final = 2**53
"""Of an acknowledgement: as far as JavaScript counts."""

_KNOWN: Final = frozenset({CONNECT, DISCONNECT, EVENT, ACK})
_RESERVED: Final = frozenset({"connect", "connect_error", "disconnect", "disconnecting"})
UPGRADES: Final = "5"
_FRAMES: Final = frozenset({"1", "3", UPGRADES, "6"})
"""Engine.IO: close, pong, upgrade, noop. Nothing that goes with them is looked at."""


class Malformed(ValueError):
    """No client of ours sends this."""


class Json:
    """The way packets are written and read: our views as they are."""

    @staticmethod
    def dumps(value: Any, **_: Any) -> str:
        """The JSON of a value."""
        return msgspec.json.encode(value).decode()

    @staticmethod
    def loads(text: str | bytes, **_: Any) -> Any:
        """The value of some JSON. Raises ValueError, for what is nested too deeply as well."""
        try:
            return msgspec.json.decode(text)
        except (msgspec.MsgspecError, RecursionError) as error:
            raise ValueError(str(error)) from error


class Packet(SocketioPacket):  # type: ignore[misc]  # the library has no types
    """A packet of Socket.IO without attachments."""

    uses_binary_events = False
    json = Json

    def decode(self, encoded_packet: object) -> int:
        """Read what a client sent. Raises Malformed."""
        if not isinstance(encoded_packet, str):
            raise Malformed("not a text")
        try:
            attachments = super().decode(encoded_packet)
        except ValueError as error:
            raise Malformed(str(error)) from error
        if attachments or self.packet_type not in _KNOWN:
            raise Malformed("a packet of a type that nobody needs")
        if len(self.namespace or "") > LONGEST_NAME or (self.id or 0) > LARGEST_ID:
            raise Malformed("a namespace or an id that nobody has")
        if not _is_well_formed(self.packet_type, self.data):
            raise Malformed("the data does not belong to such a packet")
        return 0


def is_frame(frame: object) -> bool:
    """Whether this is a packet of Engine.IO that a client may send over a websocket."""
    if not isinstance(frame, str) or not frame:
        return False
    if frame[0] == "4":
        # A message: a packet of Socket.IO, which begins with its type.
        return frame[1:2] in {"0", "1", "2", "3"}
    return frame[0] in _FRAMES or frame == "2probe"


def _is_well_formed(packet_type: int, data: Any) -> bool:
    if packet_type == EVENT:
        return isinstance(data, list) and bool(data) and _is_event_name(data[0])
    if packet_type == ACK:
        return isinstance(data, list)
    return data is None or isinstance(data, dict)


def _is_event_name(name: object) -> bool:
    return isinstance(name, str) and len(name) <= LONGEST_NAME and name not in _RESERVED
