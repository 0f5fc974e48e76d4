"""What can be wrong with a picture?"""

from __future__ import annotations

from typing import Final

from server.errors import ErrorCode, Kind

IMAGE_TOO_LARGE: Final = ErrorCode("image_too_large", Kind.TOO_LARGE, "The picture is too large")
IMAGE_UNREADABLE: Final = ErrorCode("image_unreadable", Kind.INVALID, "The picture cannot be read")
MEDIA_UNKNOWN: Final = ErrorCode("media_unknown", Kind.NOT_FOUND, "There is no such picture")
