"""Why can this not be done with an event?"""

from __future__ import annotations

from typing import Final

from server.errors import ErrorCode, Kind

EVENT_UNKNOWN: Final = ErrorCode("event_unknown", Kind.NOT_FOUND, "There is no such event")
HANDLER_UNKNOWN: Final = ErrorCode("handler_unknown", Kind.INVALID, "Nobody reacts to events under this name")
EVENT_FORGOTTEN: Final = ErrorCode(
    "event_forgotten", Kind.CONFLICT, "What the event said was only kept until everybody had been told"
)
