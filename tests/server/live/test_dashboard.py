"""Does the dashboard say what the database knows, to those who may know it, and read it once for all of them?"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from socketio.exceptions import ConnectionError as Refused

from server.feeds.notices import NOTICES
from server.live import dashboard_repo
from server.live.dashboard import DASHBOARDS
from server.live.dashboard_repo import MOST_LOW
from server.web.call import Shop
from storage.counting import counted_statements
from storage.ids import new_id
from storage.tenancy import Store
from tests.contract.people import Person
from tests.server.cart.goods import Goods
from tests.server.live.conftest import Crowd, give_back, nobody_looks
from tests.server.orders.placed import Wanted, bring, pay, place
from tests.server.sockets.conftest import Caller, calling
from tests.shop import expect

ALL = {"revenue_today", "held_orders", "low_stock", "chat_queue", "switches_today", "jobs"}


async def test_the_figures_are_those_of_the_database(
    shop: Shop, store: Store, goods: Goods, crowd: Crowd, admin: Person
) -> None:
    now = datetime.now(UTC)
    paid = [await pay(shop, store, await place(shop, store, Wanted("TEA", 1, 1000))) for _ in range(3)]
    unpaid = await place(shop, store, Wanted("TEA", 1, 1000))
    await bring(shop, store, paid[0], "hold")
    await give_back(goods, paid[0], 250)
    await give_back(goods, paid[1], 1000, "automatic")
    await goods.execute("UPDATE orders SET placed_at = now() - interval '1 hour 5 minutes' WHERE id = $1", paid[1].id)
    await goods.execute("UPDATE orders SET placed_at = now() - interval '30 minutes' WHERE id = $1", unpaid.id)
    await goods.execute("UPDATE stock_levels SET low_stock_threshold = 200")
    await goods.put("FULL")
    await _wait_for_the_shop(goods, admin)
    await goods.execute("UPDATE orders SET deadline_at = now() - interval '1 hour' WHERE id = $1", unpaid.id)

    seen = expect(await crowd.calls(admin).get("/admin/dashboard"))

    assert datetime.fromisoformat(seen["at"]) >= now
    assert len(seen["orders_per_minute"]) == 60
    assert sum(seen["orders_per_minute"]) == 3
    assert sum(seen["orders_per_minute"][28:32]) == 1
    revenue = seen["revenue_today"]
    assert (revenue["currency"], revenue["captured"], revenue["refunded"], revenue["net"]) == (
        "BRL", "30.00", "2.50", "27.50",
    )  # fmt: skip
    assert seen["held_orders"] == 1
    assert seen["low_stock"] == {
        "count": 1,
        "variants": [{"sku": "TEA", "product_name": "Product TEA", "available": 96, "low_stock_threshold": 200}],
    }
    assert seen["chat_queue"]["waiting"] == 1
    assert seen["switches_today"] == []
    (late,) = [each for each in seen["jobs"] if each["kind"] == "deadline"]
    assert 3600 <= late["late_seconds"] < 3700


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/Sao_Paulo", "Pacific/Pago_Pago"])
async def test_a_day_begins_at_midnight_where_the_store_is(
    shop: Shop, store: Store, goods: Goods, crowd: Crowd, admin: Person, zone: str
) -> None:
    await goods.execute("UPDATE stores SET timezone = $1 WHERE id = $2", zone, store.id)
    midnight = datetime.now(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    for price, at in ((100, midnight - timedelta(seconds=1)), (1000, midnight), (20, midnight + timedelta(seconds=1))):
        order = await pay(shop, store, await place(shop, store, Wanted(f"TEA-{price}", 1, price)))
        await goods.execute("UPDATE orders SET paid_at = $2 WHERE id = $1", order.id, at)
    revenue = expect(await crowd.calls(admin).get("/admin/dashboard"))["revenue_today"]
    assert revenue["captured"] == "10.20"
    assert datetime.fromisoformat(revenue["since"]) == midnight


async def test_of_what_runs_low_all_are_counted_and_the_twenty_named_of_which_there_is_least(
    goods: Goods, crowd: Crowd, admin: Person
) -> None:
    for left in range(MOST_LOW + 2):
        await goods.put(f"TEA-{left:02}", on_hand=left)
    await goods.execute("UPDATE stock_levels SET low_stock_threshold = 100")
    seen = expect(await crowd.calls(admin).get("/admin/dashboard"))["low_stock"]
    assert seen["count"] == MOST_LOW + 2
    assert [(each["sku"], each["available"]) for each in seen["variants"]] == [
        (f"TEA-{left:02}", left) for left in range(MOST_LOW)
    ]


async def test_switches_of_today_are_named_with_who_made_them(
    goods: Goods, store: Store, crowd: Crowd, admin: Person
) -> None:
    await _switch(goods, admin, "now() - interval '1 microsecond'")
    await _switch(goods, admin, "now() - interval '25 hours'")
    await _switch(goods, admin, "now() + interval '1 hour'")
    (seen,) = expect(await crowd.calls(admin).get("/admin/dashboard"))["switches_today"]
    assert (seen["kind"], seen["name"], seen["version"], seen["what"]) == ("tax", "default", 1, "began")
    assert (seen["by"], seen["by_name"]) == (str(admin.id), "Ana Souza")


@pytest.mark.parametrize(
    ("role", "parts"),
    [
        ("warehouse", {"held_orders", "low_stock"}),
        ("staff", {"revenue_today", "held_orders", "low_stock", "switches_today"}),
        ("support", {"revenue_today", "held_orders", "low_stock", "switches_today", "chat_queue"}),
        ("admin", ALL),
    ],
)
async def test_parts_that_somebody_may_not_see_are_left_out(
    address: str, crowd: Crowd, role: str, parts: set[str]
) -> None:
    person = await crowd.person(role)
    seen = expect(await crowd.calls(person).get("/admin/dashboard"))
    assert {name for name in ALL if seen[name] is not None} == parts
    async with calling(address, crowd.client.store, "/admin", person.token) as caller:
        await caller.until(lambda: caller.of("dashboard"))
        assert {name for name in ALL if caller.of("dashboard")[0][name] is not None} == parts


async def test_the_dashboard_is_for_the_people_of_the_shop(address: str, crowd: Crowd) -> None:
    for role in ("customer", "seller"):
        person = await crowd.person(role)
        assert (await crowd.calls(person).get("/admin/dashboard")).code == "not_allowed"
        with pytest.raises(Refused):
            async with calling(address, crowd.client.store, "/admin", person.token):
                pass


async def test_the_figures_take_as_many_statements_however_much_there_is(
    shop: Shop, store: Store, goods: Goods
) -> None:
    async def counted() -> int:
        with counted_statements() as statements:
            await shop.database.transaction(store.id, lambda tx: dashboard_repo.read(tx, [store.id]))
        return statements.count

    empty = await counted()
    for number in range(3):
        await pay(shop, store, await place(shop, store, Wanted(f"TEA-{number}")))
    await goods.execute("UPDATE stock_levels SET low_stock_threshold = 200")
    assert empty == await counted() == 6 + 2, "BEGIN and COMMIT besides"


async def test_who_looks_is_shown_changes_and_all_of_them_by_one_reading(
    address: str, shop: Shop, store: Store, goods: Goods, admin: Person
) -> None:
    looking = shop.use(DASHBOARDS)
    async with (
        calling(address, store, "/admin", admin.token) as ana,
        calling(address, store, "/admin", admin.token) as ben,
        calling(address, store, "/admin", admin.token) as caio,
    ):
        callers = (ana, ben, caio)
        for caller in callers:
            await caller.until(lambda caller=caller: caller.of("dashboard"))
        await _same_figures(callers)
        before, seen = looking.readings, callers[0].of("dashboard")[-1]["at"]
        order = await pay(shop, store, await place(shop, store, Wanted("TEA", 1, 1000)))
        await bring(shop, store, order, "hold")
        for caller in callers:
            await caller.until(lambda caller=caller: caller.of("dashboard")[-1]["held_orders"] == 1)
        figures = [next(it for it in caller.of("dashboard") if it["held_orders"] == 1) for caller in callers]
        assert figures[0] == figures[1] == figures[2]
        assert figures[0]["revenue_today"]["captured"] == "10.00"
        # One reading for all of them, not one for each; one more may have begun.
        assert looking.readings - before <= 1 + min(_shown_since(caller, seen) for caller in callers)
    await nobody_looks(looking)
    read, heard = looking.readings, asyncio.Event()
    shop.use(NOTICES).on("order", lambda _: heard.set())
    await place(shop, store)
    await asyncio.wait_for(heard.wait(), 10)
    assert looking.readings == read


def _shown_since(caller: Caller, at: str) -> int:
    """How often somebody was shown figures since then."""
    return sum(each["at"] > at for each in caller.of("dashboard"))


async def _same_figures(callers: tuple[Caller, ...]) -> None:
    """Wait until all have been shown the same: whoever came last made the others be shown it, too."""
    for caller in callers:
        await caller.until(
            lambda caller=caller: (
                caller.of("dashboard")[-1]["at"] >= max(each.of("dashboard")[0]["at"] for each in callers)
            )
        )


@pytest.fixture
async def admin(crowd: Crowd) -> Person:
    return await crowd.person("admin")


async def _wait_for_the_shop(goods: Goods, admin: Person) -> None:
    for waits in ("now()", "NULL"):
        await goods.execute(
            "INSERT INTO conversations (id, store_id, customer_id, subject, key, waiting_since)"
            f" VALUES ($1, $2, $3, 'Tea', $1::uuid::text, {waits})",
            new_id(), goods.store.id, admin.id,
        )  # fmt: skip


async def _switch(goods: Goods, admin: Person, at: str) -> None:
    version = new_id()
    number = 1 + await goods.value("SELECT count(*) FROM ruleset_versions")
    await goods.execute(
        "INSERT INTO ruleset_versions (id, store_id, kind, name, number, status, source, content_hash, hash,"
        " published_at) VALUES ($1, $2, 'tax', 'default', $3, 'published', '', $1::uuid::text, $1::uuid::text, now())",
        version, goods.store.id, number,
    )  # fmt: skip
    await goods.execute(
        "INSERT INTO ruleset_plans (id, store_id, version_id, kind, name, starts_at, created_by)"
        f" VALUES ($1, $2, $3, 'tax', 'default', {at}, $4)",
        new_id(), goods.store.id, version, admin.id,
    )  # fmt: skip
