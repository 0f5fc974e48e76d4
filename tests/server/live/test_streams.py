"""Does a box hold what waits for one reader, within bounds, and cut off who never reads?"""

from __future__ import annotations

import asyncio

import pytest

from server.live import streams
from server.live.streams import MOST_WAITING, Box, Reader
from server.web.actor import ANONYMOUS
from storage.ids import new_id


def _box(cut: list[str] | None = None) -> Box:
    return Box(Reader(new_id(), ANONYMOUS, "unknown"), lambda: cut.append("cut") if cut is not None else None)


def _in(seconds: float) -> float:
    return asyncio.get_running_loop().time() + seconds


async def test_what_was_put_in_is_taken_out_in_order() -> None:
    box = _box()
    box.put("order", {"seq": 1}, 1)
    box.put("order_now", {"seq": 1})
    taken = await box.take(_in(10))
    assert taken == b'id: 1\nevent: order\ndata: {"seq":1}\n\nevent: order_now\ndata: {"seq":1}\n\n'


async def test_a_reader_to_whom_nothing_happens_gets_signs_of_life(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "BEATS_EVERY_SECONDS", 0.01)
    assert await _box().take(_in(10)) == b": still here\n\n"


async def test_nothing_is_taken_out_of_a_box_that_is_closed_or_too_late() -> None:
    box = _box()
    box.put("order", {})
    assert await box.take(_in(-1)) is None
    box.close()
    assert await box.take(_in(10)) is None


async def test_who_takes_nothing_out_of_a_full_box_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    cut: list[str] = []
    box = _box(cut)
    for _ in range(MOST_WAITING):
        assert box.has_room()
        box.put("order", {})
    assert (box.has_room(), cut) == (False, [])
    monkeypatch.setattr(streams, "TAKES_IN_SECONDS", -1.0)
    assert (box.has_room(), box.has_room()) == (False, False)
    assert (cut, box.is_open) == (["cut"], False)


async def test_a_box_has_room_again_once_something_was_taken_out() -> None:
    box = _box()
    for _ in range(MOST_WAITING):
        box.put("order", {})
    assert not box.has_room()
    await box.take(_in(10))
    assert box.has_room()
