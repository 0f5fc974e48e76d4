"""The media port on a folder."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from server.media.files import FileMediaStore


async def test_what_was_put_is_got_until_it_is_deleted(tmp_path: Path) -> None:
    store = FileMediaStore(tmp_path)
    await store.put("a/b/c.webp", b"picture", "image/webp")
    assert await store.get("a/b/c.webp") == b"picture"
    await store.delete("a/b/c.webp")
    await store.delete("a/b/c.webp")
    assert await store.get("a/b/c.webp") is None


async def test_nothing_half_written_stays(tmp_path: Path) -> None:
    store = FileMediaStore(tmp_path)
    await asyncio.gather(*(store.put("a/b.webp", bytes([number]) * 1000, "image/webp") for number in range(8)))
    content = await store.get("a/b.webp")
    assert content is not None
    assert len(set(content)) == 1
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["b.webp"]


@pytest.mark.parametrize("key", ["", "/etc/passwd", "../x", "a/../../x", "a//b", "a/.", "A", "a\\b", "a\n", "a/.b"])
async def test_a_key_that_is_none_of_ours_reaches_no_file(tmp_path: Path, key: str) -> None:
    with pytest.raises(ValueError, match="not a key"):
        await FileMediaStore(tmp_path).get(key)
