"""Support finds decisions by what it knows of them, and never waits for a walk through the whole log."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from server.decisions.log_repo import Wanted, statement_of
from server.web.call import Shop
from storage.database import Database
from storage.ids import new_id
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.database import Cluster
from tests.server.actors import Actors
from tests.server.cart.goods import Goods, Shoppers
from tests.server.decisions.baskets import a_basket, a_line
from tests.server.decisions.logged import Log, owner_of
from tests.server.orders.buying import placed
from tests.shop import Client, expect


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def owner(cluster: Cluster) -> AsyncIterator[Database]:
    """Who may make entries older."""
    async with owner_of(cluster) as owner:
        yield owner


@pytest.fixture
def log(shop: Shop, store: Store, actors: Actors, owner: Database) -> Log:
    """The log of the test's store."""
    return Log(shop, store, actors, owner)


async def found(support: Client, query: str) -> list[str]:
    """The ids of the entries, newest first."""
    return [line["id"] for line in expect(await support.get(f"/decisions?{query}"))["items"]]


async def test_decisions_are_found_by_rule_and_by_code_once_the_worker_has_noted_them(
    log: Log, support: Client
) -> None:
    dear = str(await log.add(a_basket(a_line(price=17_000))))
    coded = str(await log.add(a_basket(a_line(price=18_000), coupon_codes=("WELCOME10",))))
    await log.add(a_basket(a_line(price=1_000)))
    assert await found(support, "rule=promotions/ten-off-150") == []
    await log.read()
    assert await found(support, "rule=promotions/ten-off-150") == [coded, dear]
    assert await found(support, "coupon_code=welcome10") == [coded]
    assert await found(support, "coupon_code=%20WELCOME10") == [coded]
    assert await found(support, "rule=promotions/ten-off-150&coupon_code=WELCOME10") == [coded]
    assert await found(support, "rule=coupons/ten-off-150") == []
    assert await found(support, "coupon_code=other") == []


async def test_decisions_are_found_by_customer_time_and_refusal_at_once(log: Log, support: Client) -> None:
    ana = new_id()
    await log.add(a_basket())
    hers = str(await log.add(a_basket(), actor_id=ana))
    assert await found(support, f"customer_id={ana}") == [hers]
    small = str(await log.add(a_basket(a_line(price=100))))
    assert await found(support, "refused=true") == [small]
    assert small not in await found(support, "refused=false")
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat().replace("+00:00", "Z")
    assert len(await found(support, f"decided_before={soon}")) == 3
    assert await found(support, f"decided_from={soon}") == []


async def test_the_decision_of_an_order_is_found_by_its_number(
    shop: Shop, store: Store, client: Client, support: Client, actors: Actors
) -> None:
    goods = Goods(shop, store)
    await goods.put("A", 17_000)
    shopper = Shoppers(shop, client, actors).guest()
    await placed(shopper, "A")
    order = await placed(shopper, "A")
    decision = await goods.value("SELECT decision_id FROM orders WHERE id = $1", order["id"])
    assert await found(support, f"order_number={order['number']}") == [str(decision)]
    assert await found(support, "order_number=7") == []
    assert len(await found(support, f"customer_id={shopper.owner.id}")) == 2


async def test_pages_of_a_rule_go_both_ways(log: Log, support: Client) -> None:
    newest_first = [str(await log.add(a_basket(a_line(price=17_000 + number)))) for number in range(5)][::-1]
    await log.read()
    query = "/decisions?rule=promotions/ten-off-150&limit=2"
    first = expect(await support.get(query))
    second = expect(await support.get(f"{query}&cursor={first['next']}"))
    back = expect(await support.get(f"{query}&cursor={second['prev']}"))
    shown = [[line["id"] for line in page["items"]] for page in (first, second, back)]
    assert shown == [newest_first[:2], newest_first[2:4], newest_first[:2]]


@pytest.mark.parametrize(
    "query",
    [
        "rule=promotions",
        "rule=/x",
        "coupon_code=",
        "order_number=0",
        "customer_id=ana",
        "decided_from=2026-01-01",
        "decided_from=0001-01-01T00:00:00%2B14:00",
        "decided_before=9999-12-31T23:59:59-12:00",
    ],
)
async def test_filters_that_say_nothing_are_refused(query: str, support: Client) -> None:
    assert (await support.get(f"/decisions?{query}")).status == 400


_AT = (datetime(2026, 1, 1, tzinfo=UTC), new_id())


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (Wanted(), "decision_log_by_time"),
        (Wanted(beyond=_AT), "decision_log_by_time"),
        (Wanted(rule=("promotions", "summer")), "decision_rules_by_rule"),
        (Wanted(rule=("promotions", "summer"), beyond=_AT), "decision_rules_by_rule"),
        (Wanted(rule=("promotions", "summer"), since=_AT[0], before=_AT[0]), "decision_rules_by_rule"),
        (Wanted(code="welcome10", backwards=True, beyond=_AT), "decision_rules_by_rule"),
        (Wanted(customer=new_id()), "decision_log_by_actor"),
        (Wanted(refused=True), "decision_log_refused"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
async def test_what_is_asked_for_by_time_has_its_index(shop: Shop, store: Store, wanted: Wanted, index: str) -> None:
    """Row-level security would keep an index from being used for what is not leakproof."""
    statement, values = statement_of(wanted)

    async def work(tx: Transaction) -> list[Any]:
        await tx.execute("SET LOCAL enable_seqscan = off")
        await tx.execute("SET LOCAL enable_bitmapscan = off")
        await tx.execute("SET LOCAL enable_sort = off")
        return [row[0] for row in await tx.fetch(f"EXPLAIN {statement}", *values)]

    plan = "\n".join(await shop.database.transaction(store.id, work))
    assert index in plan, plan
    assert "Seq Scan" not in plan, plan
