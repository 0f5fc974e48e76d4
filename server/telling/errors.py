"""Why can this not be done with a message?"""

from __future__ import annotations

from typing import Final

from server.errors import ErrorCode, Kind

MESSAGE_UNKNOWN: Final = ErrorCode("message_unknown", Kind.NOT_FOUND, "There is no such message")
MESSAGE_NOT_ENDED: Final = ErrorCode("message_not_ended", Kind.CONFLICT, "The message is not to be tried again")
BOUNCE_UNKNOWN: Final = ErrorCode("bounce_unknown", Kind.NOT_FOUND, "Nothing is known against this address")
EVENT_NAME_UNKNOWN: Final = ErrorCode("event_name_unknown", Kind.INVALID, "There is no such event")
NOTICES_MISSING: Final = ErrorCode("notices_missing", Kind.CONFLICT, "The store has no notifications ruleset")
PUSH_MISSING: Final = ErrorCode("push_missing", Kind.NOT_FOUND, "The shop sends no web pushes")
SUBSCRIPTION_UNKNOWN: Final = ErrorCode("subscription_unknown", Kind.NOT_FOUND, "There is no such browser of yours")
