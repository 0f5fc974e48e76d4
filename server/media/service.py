"""What can be done with pictures? Take an upload in, show it, forget it.

Bytes are written before the row that names them and deleted after it is gone, so no row ever names what is not there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

import structlog

from server.media import repo
from server.media.errors import MEDIA_UNKNOWN
from server.media.files import MEDIA
from server.media.pictures import PICTURES
from server.media.rendering import CONTENT_TYPE, Picture
from server.media.repo import Purpose, StoredMedia
from server.web.call import Call
from storage.ids import new_id
from storage.transaction import Transaction

UPLOADS: Final = ("image/jpeg", "image/png", "image/webp")
"""Media types an upload of a picture may have."""

_LOG: Final = structlog.get_logger("sostech.media")


@dataclass(frozen=True, slots=True)
class Received:
    """An upload that was rendered and stored, and waits for its row; `discard` it when there will be none."""

    id: UUID
    key: str
    purpose: Purpose
    picture: Picture


async def receive(call: Call, content: bytes, purpose: Purpose, longest_side: int) -> Received:
    """Render and store an upload, before any transaction. Raises IMAGE_TOO_LARGE, IMAGE_UNREADABLE."""
    picture = await call.use(PICTURES).render(content, longest_side)
    media_id = new_id()
    key = f"{call.store.id}/{purpose}/{media_id}.webp"
    await call.use(MEDIA).put(key, picture.content, CONTENT_TYPE)
    return Received(media_id, key, purpose, picture)


async def discard(call: Call, received: Received) -> None:
    """Forget an upload that got no row."""
    await call.use(MEDIA).delete(received.key)


async def keep(tx: Transaction, received: Received, owner_id: UUID | None) -> None:
    """Write the row of an upload."""
    await repo.add(
        tx, media_id=received.id, purpose=received.purpose, key=received.key, picture=received.picture,
        owner_id=owner_id,
    )  # fmt: skip


async def remove(tx: Transaction, call: Call, media_id: UUID) -> None:
    """Forget a picture that no row refers to any more; its bytes go after the commit."""
    key = await repo.remove(tx, media_id)
    if key is None:
        return

    async def delete() -> None:
        try:
            await call.use(MEDIA).delete(key)
        except OSError as error:
            # The change is made; a file too many is not worth an error to its user.
            _LOG.warning("media_not_deleted", key=key, reason=str(error))

    tx.after_commit(delete)


async def read(call: Call, media_id: UUID) -> tuple[StoredMedia, bytes]:
    """A picture and its bytes. Raises MEDIA_UNKNOWN."""

    async def work(tx: Transaction) -> StoredMedia | None:
        return await repo.find(tx, media_id)

    found = await call.database.transaction(call.store.id, work)
    content = None if found is None else await call.use(MEDIA).get(found.key)
    if found is None or content is None:
        raise MEDIA_UNKNOWN(f"there is no picture {media_id}")
    return found, content


def address(media_id: UUID) -> str:
    """Where a picture is served; below the shop's own address."""
    return f"/api/v1/media/{media_id}"
