"""Where is written which pictures there are? One row each; the bytes are behind the media port."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from server.media.rendering import CONTENT_TYPE, Picture
from storage.models import Media
from storage.transaction import Transaction

Purpose = Literal["avatar", "product", "chat"]


@dataclass(frozen=True, slots=True)
class StoredMedia:
    """A picture of the store."""

    id: UUID
    key: str
    content_type: str


async def add(
    tx: Transaction, *, media_id: UUID, purpose: Purpose, key: str, picture: Picture, owner_id: UUID | None
) -> None:
    """Note a picture whose bytes are stored."""
    await Media.create(
        id=media_id,
        store_id=tx.store_id,
        purpose=purpose,
        key=key,
        content_type=CONTENT_TYPE,
        size_bytes=len(picture.content),
        width=picture.width,
        height=picture.height,
        owner_id=owner_id,
    )


async def find(tx: Transaction, media_id: UUID) -> StoredMedia | None:
    """The picture of that id in the store."""
    row = await tx.fetchrow("SELECT id, key, content_type FROM media WHERE id = $1", media_id)
    return None if row is None else StoredMedia(**dict(row))


async def remove(tx: Transaction, media_id: UUID) -> str | None:
    """Forget a picture that nothing refers to any more; the key of its bytes."""
    key: str | None = await tx.fetchval("DELETE FROM media WHERE id = $1 RETURNING key", media_id)
    return key
