"""The address of pictures."""

from __future__ import annotations

from uuid import UUID

from server.media import service
from server.media.errors import MEDIA_UNKNOWN
from server.web.binding import Path
from server.web.call import Call
from server.web.endpoint import PUBLIC, Raw, Routes

routes = Routes("Media")


class MediaPath(Path, frozen=True, kw_only=True):
    """Names a picture."""

    media_id: UUID


@routes.get("/media/{media_id}", needs=PUBLIC, errors=(MEDIA_UNKNOWN,), raw_types=("image/webp",))
async def read_media(call: Call, path: MediaPath) -> Raw:
    """A picture. Its address never shows another one, so it can be kept for ever."""
    found, content = await service.read(call, path.media_id)
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "Content-Disposition": "inline"}
    return Raw(content, found.content_type, headers)
