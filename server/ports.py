"""Which outside systems can the shop talk to? Each is a Protocol here; app.py picks the implementation."""

from __future__ import annotations

from typing import Protocol


class MediaStore(Protocol):
    """Where the bytes of images and files live, by key."""

    async def put(self, key: str, content: bytes, content_type: str) -> None:
        """Store the bytes under a new key."""

    async def get(self, key: str) -> bytes | None:
        """The bytes, or None when there are none."""

    async def delete(self, key: str) -> None:
        """Forget the key; no error when it is not there."""
