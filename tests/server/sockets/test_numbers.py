"""Does /metrics tell how the sockets are doing, and nothing that clients make up?"""

from __future__ import annotations

import asyncio

from prometheus_client.parser import text_string_to_metric_families

from storage.database import Database
from storage.tenancy import Store
from tests.server.auth.conftest import NewPerson
from tests.server.feeds.conftest import begin, write
from tests.server.sockets.conftest import calling
from tests.server.sockets.probe import address as address
from tests.server.sockets.probe import shop as shop
from tests.server.sockets.probe import socket_shop as socket_shop
from tests.server.sockets.probe import store as store
from tests.shop import Client

LABELS = ("namespace", "event", "outcome", "kind", "why", "le")


async def numbers(client: Client) -> dict[str, float]:
    """Each number of sockets, as `name{label values}`."""
    page = (await client.get("//metrics")).raw.decode()
    return {
        f"{sample.name}{{{','.join(sample.labels[name] for name in LABELS if name in sample.labels)}}}": sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if sample.name.startswith(("sostech_socket", "sostech_live"))
    }


async def test_what_clients_do_and_are_handed_is_counted(
    database: Database, address: str, client: Client, store: Store, new_person: NewPerson
) -> None:
    thing = await begin(database, store)
    await write(database, thing, 3)
    async with calling(address, store, "/probe", (await new_person()).client.token) as caller:
        await caller.get("watch", {"id": str(thing.id)})
        await caller.ask("say", {"text": 1})
        await caller.ask("an-event-of-my-own")
        await caller.until(lambda: len(caller.of("step")) == 3)
        seen = await numbers(client)
    assert seen["sostech_socket_connections{/probe}"] == seen["sostech_socket_transports{}"] == 1
    assert seen["sostech_live_watched{chat}"] == 1
    assert seen["sostech_live_steps_total{chat}"] == 3
    assert seen["sostech_live_hand_out_seconds_count{chat}"] >= 1
    asked = {
        name.partition("{")[2]: value for name, value in seen.items() if name.startswith("sostech_socket_events_t")
    }
    assert asked == {
        "/probe,connect,done}": 1, "/probe,watch,done}": 1, "/probe,say,body_invalid}": 1,
        "/probe,(unknown),socket_event_unknown}": 1,
    }  # fmt: skip
    async with asyncio.timeout(10):
        while (await numbers(client))["sostech_socket_connections{/probe}"]:
            await asyncio.sleep(0.02)
    assert (await numbers(client))["sostech_live_watched{chat}"] == 0
