"""The same request many times at once, and callers who hang up: an effect happens once, whole, or not at all."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections import Counter
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
import pytest_asyncio

from server.web.call import Shop
from storage.ids import new_id
from storage.tenancy import Store
from tests.contract.people import sign_up
from tests.server.inventory.conftest import Shelf
from tests.shop import Answer, Client, expect

AT_ONCE = 20
PATIENCE_SECONDS = 30


@pytest.fixture
def shelf(shop: Shop, store: Store) -> Shelf:
    """The test's own store."""
    return Shelf(shop, store)


@pytest_asyncio.fixture(loop_scope="session")
async def keeper(client: Client, shop: Shop, store: Store) -> Client:
    """Somebody of the warehouse, who is signed in."""
    return client.signed_in((await sign_up(shop, store, ["warehouse"])).token)


async def adjust(keeper: Client, key: str, delta: int = -1) -> Answer:
    """Take from the shelf, under a key."""
    line = {"sku": "MUG", "delta": delta, "reason": "lost"}
    return await keeper.post("/inventory/adjustments", {"lines": [line]}, headers={"Idempotency-Key": key})


async def at_once(keeper: Client, keys_and_deltas: Sequence[tuple[str, int]]) -> list[Answer]:
    """All these adjustments, started together."""
    return await asyncio.gather(*(adjust(keeper, key, delta) for key, delta in keys_and_deltas))


async def until_told(keeper: Client, key: str) -> Answer:
    """Ask again as long as the same request is still running."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (answer := await adjust(keeper, key)).status == HTTPStatus.CONFLICT:
            assert answer.code == "idempotency_key_in_use"
            await asyncio.sleep(0.01)
    return answer


async def test_twenty_at_once_under_one_key_have_one_effect_and_one_answer(keeper: Client, shelf: Shelf) -> None:
    await shelf.put("MUG", on_hand=100)
    answers = await at_once(keeper, [("the same", -1)] * AT_ONCE)
    told = [answer for answer in answers if answer.status == HTTPStatus.CREATED]
    others = [answer for answer in answers if answer.status != HTTPStatus.CREATED]
    assert {(answer.status, answer.code) for answer in others} <= {(HTTPStatus.CONFLICT, "idempotency_key_in_use")}
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in others)
    told += [await until_told(keeper, "the same") for _ in others]
    assert len({answer.raw for answer in told}) == 1
    assert sum("Idempotency-Replayed" not in answer.headers for answer in told) == 1
    assert await shelf.on_hand("MUG") == 99
    assert await shelf.ledger_sum("MUG") == -1


async def test_of_different_requests_at_once_under_one_key_one_counts(keeper: Client, shelf: Shelf) -> None:
    await shelf.put("MUG", on_hand=1000)
    deltas = range(-AT_ONCE, 0)
    answers = await at_once(keeper, [("the same", delta) for delta in deltas])
    met = Counter("done" if answer.status == HTTPStatus.CREATED else answer.code for answer in answers)
    assert met.pop("done") == 1
    assert met.keys() <= {"idempotency_key_in_use", "idempotency_key_reused"}
    (done,) = (delta for delta, answer in zip(deltas, answers, strict=True) if answer.status == HTTPStatus.CREATED)
    assert await shelf.on_hand("MUG") == 1000 + done
    reused = await adjust(keeper, "the same", done - 1)
    assert (reused.status, reused.code) == (HTTPStatus.UNPROCESSABLE_ENTITY, "idempotency_key_reused")
    assert await shelf.on_hand("MUG") == 1000 + done


async def test_a_key_belongs_to_the_one_who_sent_it(keeper: Client, shelf: Shelf, shop: Shop, store: Store) -> None:
    await shelf.put("MUG", on_hand=100)
    colleague = keeper.signed_in((await sign_up(shop, store, ["warehouse"])).token)
    mine, theirs = await asyncio.gather(adjust(keeper, "monday"), adjust(colleague, "monday"))
    assert expect(mine, HTTPStatus.CREATED)["id"] != expect(theirs, HTTPStatus.CREATED)["id"]
    assert await shelf.on_hand("MUG") == 98


async def test_a_refused_request_leaves_its_key_free(keeper: Client, shelf: Shelf) -> None:
    await shelf.put("MUG", on_hand=1)
    answers = await at_once(keeper, [("too many", -2)] * AT_ONCE)
    assert {answer.code for answer in answers} <= {"stock_short", "idempotency_key_in_use"}
    expect(await adjust(keeper, "too many", -1), HTTPStatus.CREATED)


async def test_whoever_hangs_up_has_had_all_of_it_or_nothing(keeper: Client, shelf: Shelf) -> None:
    await shelf.put("MUG", on_hand=1000)
    keys = [new_id().hex for _ in range(2 * AT_ONCE)]
    # From before the server has read the request until after it has answered.
    await asyncio.gather(
        *(_ask_and_hang_up(keeper, key, after_seconds=number / 1000) for number, key in enumerate(keys))
    )
    done = await _settled(shelf)
    assert await shelf.on_hand("MUG") == 1000 - done["movements"]
    assert len(set(done.values())) == 1, done
    for key in keys:
        expect(await until_told(keeper, key), HTTPStatus.CREATED)
    assert await shelf.on_hand("MUG") == 1000 - len(keys)
    assert await shelf.ledger_sum("MUG") == -len(keys)


async def test_half_a_request_is_none(keeper: Client, shelf: Shelf) -> None:
    await shelf.put("MUG", on_hand=10)
    await asyncio.gather(*(_ask_and_hang_up(keeper, new_id().hex, half=True) for _ in range(AT_ONCE)))
    assert set((await _settled(shelf)).values()) == {0}
    assert await shelf.on_hand("MUG") == 10


async def _settled(shelf: Shelf) -> dict[str, Any]:
    """What is there of adjustments, once nobody works on one any more."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (found := await _counts(shelf)) != await _counts(shelf, after_seconds=0.2):
            pass
    return found


async def _counts(shelf: Shelf, after_seconds: float = 0.0) -> dict[str, Any]:
    await asyncio.sleep(after_seconds)
    return {
        "movements": await shelf.value("SELECT count(*) FROM stock_movements"),
        "answers": await shelf.value("SELECT count(*) FROM idempotency_keys"),
        "audited": await shelf.value("SELECT count(*) FROM audit_log"),
    }


async def _ask_and_hang_up(keeper: Client, key: str, *, after_seconds: float = 0.0, half: bool = False) -> None:
    """Send an adjustment by hand, and reset the connection without waiting for the answer."""
    body = msgspec.json.encode({"lines": [{"sku": "MUG", "delta": -1, "reason": "lost"}]})
    lines = [
        "POST /api/v1/inventory/adjustments HTTP/1.1", "Host: shop", f"X-Tenant-ID: {keeper.store.slug}",
        f"Authorization: Bearer {keeper.token}", f"Idempotency-Key: {key}", "Content-Type: application/json",
        f"Content-Length: {len(body)}", "", "",
    ]  # fmt: skip
    address = urlsplit(keeper.base)
    _, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write("\r\n".join(lines).encode() + (body[: len(body) // 2] if half else body))
    await writer.drain()
    await asyncio.sleep(after_seconds)
    # No linger: a reset instead of a farewell.
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.close()
