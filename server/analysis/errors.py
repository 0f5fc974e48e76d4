"""Why can this not be done with a collection of carts, or with a replay?"""

from __future__ import annotations

from typing import Final

from server.errors import ErrorCode, Kind

COLLECTION_UNKNOWN: Final = ErrorCode("cart_collection_unknown", Kind.NOT_FOUND, "There is no such collection of carts")
COLLECTION_UNREADABLE: Final = ErrorCode(
    "cart_collection_unreadable", Kind.INVALID, "None of the carts of this file can be read"
)
COLLECTION_TOO_LARGE: Final = ErrorCode("cart_collection_too_large", Kind.INVALID, "The file has too many carts")
COLLECTIONS_TOO_MANY: Final = ErrorCode(
    "cart_collections_too_many", Kind.CONFLICT, "The store has as many collections as it may have"
)
REPLAY_UNKNOWN: Final = ErrorCode("replay_unknown", Kind.NOT_FOUND, "There is no such replay")
REPLAY_SOURCE_INVALID: Final = ErrorCode(
    "replay_source_invalid", Kind.INVALID, "This says not where the carts come from"
)
REPLAYS_TOO_MANY: Final = ErrorCode("replays_too_many", Kind.CONFLICT, "Too many replays are waiting already")
REPLAY_OVER: Final = ErrorCode("replay_over", Kind.CONFLICT, "The replay has ended")
REPLAY_RUNNING: Final = ErrorCode("replay_running", Kind.CONFLICT, "The replay has not ended")
REPLAY_NOT_DONE: Final = ErrorCode("replay_not_done", Kind.CONFLICT, "The replay has no report")
