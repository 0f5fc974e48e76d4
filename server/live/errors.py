"""Why can this not be watched?"""

from __future__ import annotations

from typing import Final

from server.errors import ErrorCode, Kind

WATCH_INVALID: Final = ErrorCode("watch_invalid", Kind.INVALID, "It has to be said what to watch, in one way")
TOO_MANY_WATCHES: Final = ErrorCode("too_many_watches", Kind.TOO_MANY, "This connection watches too much already")
TOO_MANY_STREAMS: Final = ErrorCode("too_many_streams", Kind.TOO_MANY, "There are too many streams of yours already")
