"""Numbers for Prometheus: what was answered, what was decided, and the pool."""

from __future__ import annotations

import asyncio
from uuid import uuid4

from prometheus_client.parser import text_string_to_metric_families

from server.web.call import Shop
from server.web.metrics import METRICS
from tests.server.web.conftest import Serving
from tests.server.web.probe import STARTED
from tests.shop import Client

Numbers = dict[tuple[str, tuple[tuple[str, str], ...]], float]


async def numbers(client: Client) -> Numbers:
    answer = await client.get("//metrics")
    assert answer.headers["Content-Type"].startswith("text/plain")
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.raw.decode())
        for sample in family.samples
    }


def requests(found: Numbers, **labels: str) -> float:
    return sum(
        value
        for (name, held), value in found.items()
        if name == "sostech_request_seconds_count" and labels.items() <= dict(held).items()
    )


async def test_requests_are_counted_by_template_method_and_status(serve_with: Serving, client: Client) -> None:
    async with serve_with() as address:
        other = Client(client.session, address, client.store)
        for _ in range(3):
            await other.get(f"/things/{uuid4()}")
        await other.get("/things/7")
        await other.get(f"/failing/{uuid4()}")
        found = await numbers(other)
    assert requests(found, route="/api/v1/things/{thing_id}", method="GET", status="200") == 3
    assert requests(found, route="/api/v1/things/{thing_id}", method="GET", status="400") == 1
    assert requests(found, route="/api/v1/failing/{thing_id}", status="500") == 1


async def test_what_callers_make_up_does_not_become_a_series(serve_with: Serving, client: Client) -> None:
    async with serve_with() as address:
        other = Client(client.session, address, client.store)
        before = len(await numbers(other))
        for number in range(20):
            await other.get(f"/made-up-{number}")
            await other.call("PROPFIND", f"/made-up-{number}")
            await other.get("/store", headers={"X-Tenant-ID": f"made-up-{number}"})
        found = await numbers(other)
    assert requests(found, route="(none)", method="GET") == 20
    assert requests(found, route="(none)", method="other") == 20
    assert len(found) - before < 100


async def test_decisions_are_counted_by_purpose(shop: Shop, client: Client) -> None:
    shop.use(METRICS).decided("quote", 0.0002, refused=False)
    shop.use(METRICS).decided("quote", 0.0002, refused=True)
    found = await numbers(client)
    assert found["sostech_decision_seconds_count", (("purpose", "quote"),)] == 2
    assert found["sostech_decision_refusals_total", (("purpose", "quote"),)] == 1


async def test_connections_are_counted_when_somebody_looks(client: Client, shop: Shop, gate: asyncio.Event) -> None:
    # Others of this process may listen on connections of the same pool.
    in_use = ("sostech_pool_connections", (("state", "in_use"),))
    before = (await numbers(client))[in_use]
    running = asyncio.create_task(client.post("/notes", {"name": "a", "note": "wait"}))
    await shop.use(STARTED).wait()
    meanwhile = await numbers(client)
    gate.set()
    await running
    assert meanwhile[in_use] == before + 1
    assert meanwhile["sostech_pool_limit", ()] == 10
    assert meanwhile["sostech_pool_waiting", ()] == 0
    assert (await numbers(client))[in_use] == before


async def test_every_application_has_its_own_numbers(serve_with: Serving, client: Client) -> None:
    await client.get("/store")
    async with serve_with() as address:
        assert requests(await numbers(Client(client.session, address, client.store))) == 0
