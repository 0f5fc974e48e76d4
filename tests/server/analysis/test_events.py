"""Progress is told as server-sent events by whichever process is asked, until the replay ends, or the process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import ClientPayloadError, ClientResponse

from server.analysis.running import go_on
from server.web.call import Shop
from storage.database import Database
from storage.tenancy import Store
from tests.server.actors import install_actors
from tests.server.analysis.analysts import Analyst, a_cart
from tests.shop import Client, expect, new_shop, serving


@asynccontextmanager
async def watching(client: Client, replay_id: str) -> AsyncIterator[ClientResponse]:
    """The open stream."""
    headers = {"X-Tenant-ID": client.store.slug, "Authorization": f"Bearer {client.token}", "Last-Event-ID": "3"}
    address = f"{client.base}/api/v1/analysis/replays/{replay_id}/events"
    async with client.session.get(address, headers=headers) as response:
        assert response.status == 200
        assert response.headers["Content-Type"] == "text/event-stream"
        assert response.headers["Cache-Control"] == "no-store"
        assert "X-Request-ID" in response.headers
        yield response


async def event_of(response: ClientResponse) -> dict[str, str] | None:
    """The next event by its fields; None at the end."""
    fields: dict[str, str] = {}
    async for line in response.content:
        text = line.decode().rstrip("\n")
        if not text:
            return fields
        name, _, value = text.partition(": ")
        fields[name] = value
    return None


async def all_events(response: ClientResponse) -> list[dict[str, str]]:
    """Every event up to the end."""
    found = []
    while (event := await event_of(response)) is not None:
        found.append(event)
    return found


async def asked(analyst: Analyst, number: int = 12) -> str:
    """A replay of so many carts."""
    await analyst.upload("lamps", *[a_cart("170.00", id=f"n{each}") for each in range(number)])
    return await analyst.start({"collection": "lamps"})


async def work_on(shop: Shop, store: Store) -> None:
    """Do what there is to do, again and again."""
    while True:
        await go_on(shop, store)
        await asyncio.sleep(0.02)


def data(event: dict[str, str]) -> Any:
    """What an event tells."""
    return msgspec.json.decode(event["data"])


async def test_every_step_is_told_and_the_last_event_is_the_end(
    analyst: Analyst, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.analysis.running.CHUNK", 4)
    monkeypatch.setattr("server.analysis.running.SLICE_SECONDS", 0.0)
    monkeypatch.setattr("server.web.events.LOOKS_EVERY_SECONDS", 0.01)
    replay_id = await asked(analyst)
    async with watching(analyst.client, replay_id) as response:
        assert await event_of(response) == {"retry": "2000"}
        first = await event_of(response)
        assert first is not None
        # A worker does several steps; how many of them are looked at in between is a matter of the machine.
        working = asyncio.create_task(work_on(shop, analyst.store))
        seen = [first, *(event for event in await all_events(response) if "event" in event)]
        working.cancel()
    assert [event["id"] for event in seen] == sorted([event["id"] for event in seen], key=int)
    assert (seen[0]["id"], seen[-1]["id"]) == ("0", "12")
    assert [event["event"] for event in seen[:-1]] == ["progress"] * (len(seen) - 1)
    assert (seen[-1]["event"], data(seen[-1])) == (
        "done",
        {"state": "done", "done": 12, "carts": 12, "error": None},
    )


async def test_whoever_comes_after_the_end_is_told_at_once(analyst: Analyst) -> None:
    replay_id = await asked(analyst)
    expect(await analyst.tell(replay_id, "cancel"))
    async with watching(analyst.client, replay_id) as response:
        events = await all_events(response)
    assert [event.get("event") for event in events] == [None, "cancelled"]
    head = await analyst.client.call("HEAD", f"/analysis/replays/{replay_id}/events")
    assert (head.status, head.raw) == (200, b"")


async def test_a_deleted_replay_ends_the_stream(analyst: Analyst, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.web.events.LOOKS_EVERY_SECONDS", 0.01)
    replay_id = await asked(analyst)
    expect(await analyst.tell(replay_id, "pause"))
    async with watching(analyst.client, replay_id) as response:
        assert await event_of(response) == {"retry": "2000"}
        assert data(await event_of(response) or {})["state"] == "paused"
        expect(await analyst.client.delete(f"/analysis/replays/{replay_id}"), 204)
        assert await event_of(response) is None


async def test_another_process_tells_it_too_and_a_stop_ends_the_stream(
    analyst: Analyst, shop: Shop, store: Store, database: Database, tmp_path: Path
) -> None:
    other = new_shop(database, tmp_path, request_timeout_seconds=0.2)
    token = install_actors(other).token(store, "user", ("admin",))
    replay_id = await asked(analyst)
    async with serving(other) as address:
        client = Client(analyst.client.session, address, store, token)
        async with watching(client, replay_id) as response:
            assert await event_of(response) == {"retry": "2000"}
            assert data(await event_of(response) or {})["done"] == 0
            await analyst.work()
            # No limit of time for requests ends it.
            assert data((await all_events(response))[-1])["done"] == 12
    waiting = await analyst.start({"collection": "lamps"})
    async with asyncio.timeout(30):
        stack = serving(other)
        client = Client(analyst.client.session, await stack.__aenter__(), store, token)
        async with watching(client, waiting) as response:
            assert await event_of(response) == {"retry": "2000"}
            assert data(await event_of(response) or {})["state"] == "waiting"
            # Without an end of its own the stream would hold this up for a minute.
            await stack.__aexit__(None, None, None)
            assert await event_of(response) is None


async def test_a_stream_ends_after_a_while_and_says_that_it_lives_until_then(
    analyst: Analyst, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.web.events.LOOKS_EVERY_SECONDS", 0.01)
    monkeypatch.setattr("server.web.events.SAYS_SOMETHING_EVERY_SECONDS", 0.0)
    monkeypatch.setattr("server.web.events.LONGEST_SECONDS", 0.5)
    replay_id = await asked(analyst)
    async with watching(analyst.client, replay_id) as response:
        try:
            events = await all_events(response)
        except ClientPayloadError as error:
            pytest.fail(f"the stream was cut off: {error}")
    assert {"": "still here"} in events
    assert all("event" not in event or event["event"] == "progress" for event in events)
