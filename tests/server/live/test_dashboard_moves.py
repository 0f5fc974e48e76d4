"""Is whoever looks at the dashboard shown each figure as it changes, and is it what the database says?

Nothing is read here because time has passed, but for what no notice tells of.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio

from server.feeds.notices import NOTICES
from server.live import dashboard
from server.live.dashboard import DASHBOARDS, dashboards
from server.web.call import Shop
from storage.ids import new_id
from storage.tenancy import Store
from tests.contract.people import Person
from tests.server.cart.goods import Goods
from tests.server.live.conftest import Crowd, give_back
from tests.server.orders.placed import Wanted, bring, pay, place
from tests.server.rule_admin.admins import Admin
from tests.server.sockets.conftest import Caller, calling
from tests.shop import Client, expect

NEVER = 3600.0


@pytest.fixture
def looks_every() -> float:
    """How soon the figures are read again without a notice, in seconds."""
    return NEVER


@pytest_asyncio.fixture(loop_scope="session")
async def ana(
    address: str, shop: Shop, store: Store, admin: Person, looks_every: float, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Caller]:
    """An admin who looks at the dashboard; it is read at once when something has changed."""
    usual = shop.use(DASHBOARDS)
    monkeypatch.setattr(dashboard, "PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(dashboard, "LOOK_SECONDS", looks_every)
    shop.provide(DASHBOARDS, dashboards(shop.database, shop.use(NOTICES)))
    async with calling(address, store, "/admin", admin.token) as caller:
        await caller.until(lambda: caller.of("dashboard"))
        yield caller
    shop.provide(DASHBOARDS, usual)


@pytest_asyncio.fixture(loop_scope="session")
async def admin(crowd: Crowd) -> Person:
    return await crowd.person("admin")


async def test_conversations_that_wait_and_are_answered(ana: Caller, goods: Goods, crowd: Crowd) -> None:
    customer, moderator = crowd.calls(await crowd.person("customer")), crowd.calls(await crowd.person("moderator"))
    begun = []
    for count in (1, 2):
        said = {"client_id": str(new_id()), "body": "Where is my parcel?"}
        body = {"key": new_id().hex, "subject": "My parcel", "message": said}
        begun.append(expect(await customer.post("/chat/conversations", body), 201)["id"])
        await _shown(ana, lambda now, count=count: now["chat_queue"]["waiting"] == count)
        await _is_the_queue(ana, goods)
    answer = {"client_id": str(new_id()), "body": "On its way"}
    for count, path, body in ((1, f"{begun[0]}/messages", answer), (0, f"{begun[1]}/resolve", {})):
        assert (await moderator.post(f"/chat/conversations/{path}", body)).status in (200, 201)
        await _shown(ana, lambda now, count=count: now["chat_queue"]["waiting"] == count)
        await _is_the_queue(ana, goods)


async def test_stock_that_runs_low_and_comes_back(
    ana: Caller, shop: Shop, store: Store, goods: Goods, crowd: Crowd, admin: Person
) -> None:
    await goods.put("TEA", on_hand=10)
    await goods.put("MUG", on_hand=5)
    staff = crowd.calls(admin)
    for sku, threshold, low in (("MUG", 5, ["MUG"]), ("TEA", 8, ["MUG"])):
        expect(await staff.put(f"/inventory/{sku}/threshold", {"low_stock_threshold": threshold}))
        await _shown(ana, lambda now, low=low: _skus(now) == low)
    # Units that are kept for an order are not there for others.
    order = await place(shop, store, Wanted("TEA", 2))
    await _shown(ana, lambda now: _skus(now) == ["MUG", "TEA"])
    await _is_the_stock(ana, goods)
    await bring(shop, store, order, "order_expired")
    await _shown(ana, lambda now: _skus(now) == ["MUG"])
    await _is_the_stock(ana, goods)


async def test_rulesets_that_come_into_effect_and_are_undone(
    ana: Caller, goods: Goods, client: Client, crowd: Crowd, admin: Person
) -> None:
    theirs = Admin(crowd.calls(admin))
    number = (await theirs.free_from("150.00"))["number"]
    begun = ("shipping", number, "began", str(admin.id))
    await _shown(ana, lambda now: _switches(now) == [begun])
    other = await crowd.person("admin")
    expect(await crowd.calls(other).post("/rulesets/plans/shipping/default/roll-back", {"reason": "too dear"}))
    await _shown(ana, lambda now: _switches(now) == [("shipping", number, "ended", str(other.id)), begun])
    (plan,) = await theirs.plans("shipping")
    told = ana.of("dashboard")[-1]["switches_today"]
    assert [each["at"] for each in told] == [plan["cancelled_at"], plan["from"]]
    # What is called off before it begins never came.
    later = {"number": number, "from": "2999-01-01T00:00:00Z"}
    planned = expect(await crowd.calls(admin).post("/rulesets/plans/shipping/default", later), 201)["items"][0]
    expect(await crowd.calls(admin).delete(f"/rulesets/plans/shipping/default/{planned['id']}"), 204)
    seen = expect(await crowd.calls(admin).get("/admin/dashboard"))
    assert seen["switches_today"] == told


async def test_orders_that_are_held_and_released_and_what_they_bring(
    ana: Caller, shop: Shop, store: Store, goods: Goods, crowd: Crowd, admin: Person
) -> None:
    orders = [await pay(shop, store, await place(shop, store, Wanted("TEA", 1, 1000))) for _ in range(2)]
    await _shown(ana, lambda now: now["revenue_today"]["captured"] == "20.00" and sum(now["orders_per_minute"]) == 2)
    for count, order in enumerate(orders, 1):
        await bring(shop, store, order, "hold")
        await _shown(ana, lambda now, count=count: now["held_orders"] == count)
    staff = crowd.calls(admin)
    for count, order in ((1, orders[0]), (0, orders[1])):
        expect(await staff.post(f"/staff/orders/{order.number}/events/release_hold", {}))
        await _shown(ana, lambda now, count=count: now["held_orders"] == count)
        assert count == await goods.value("SELECT count(*) FROM orders WHERE held")
    # Money that goes back need not be a step of the order.
    await give_back(goods, orders[0], 250)
    await _shown(ana, lambda now: now["revenue_today"]["refunded"] == "2.50")
    assert ana.of("dashboard")[-1]["revenue_today"]["net"] == "17.50"
    assert await goods.value("SELECT sum(captured) FROM orders") == 2000
    assert await goods.value("SELECT sum(amount) FROM refunds") == 250


@pytest.mark.parametrize("looks_every", [0.1])
async def test_work_that_waits_is_shown_without_any_notice(
    ana: Caller, shop: Shop, store: Store, goods: Goods, looks_every: float
) -> None:
    order = await place(shop, store)
    assert "deadline" not in _late(ana.of("dashboard")[-1])
    for kind, late in (
        ("deadline", "orders SET deadline_at = now() - interval '1 hour' WHERE id = $1"),
        ("reservation", "stock_reservations SET expires_at = now() - interval '1 hour' WHERE order_id = $1"),
    ):
        await goods.execute(f"UPDATE {late}", order.id)
        await _shown(ana, lambda now, kind=kind: _late(now).get(kind, 0) >= 3600)
        assert 3600 <= _late(ana.of("dashboard")[-1])[kind] <= 0.1 + await goods.value(_LATE, store.id, kind)
    # It grows while nothing else happens, and is gone with the work.
    before = _late(ana.of("dashboard")[-1])["deadline"]
    await _shown(ana, lambda now: _late(now)["deadline"] > before)
    await goods.execute("UPDATE orders SET deadline_at = NULL, deadline_event = NULL WHERE id = $1", order.id)
    await _shown(ana, lambda now: "deadline" not in _late(now))
    assert "reservation" in _late(ana.of("dashboard")[-1])


_LATE = """
SELECT extract(epoch FROM clock_timestamp() - due_since)::double precision FROM stores_with_due_work()
 WHERE store_id = $1 AND kind = $2
"""


async def _shown(caller: Caller, is_so: Callable[[Any], object]) -> None:
    """Wait until the figures that were shown last are so."""
    await caller.until(lambda: is_so(caller.of("dashboard")[-1]), seconds=20)


async def _is_the_queue(caller: Caller, goods: Goods) -> None:
    told = caller.of("dashboard")[-1]["chat_queue"]
    assert told["waiting"] == await goods.value("SELECT count(*) FROM conversations WHERE waiting_since IS NOT NULL")
    since = await goods.value("SELECT min(waiting_since) FROM conversations")
    assert told["since"] == (None if since is None else since.isoformat().replace("+00:00", "Z"))


async def _is_the_stock(caller: Caller, goods: Goods) -> None:
    told = caller.of("dashboard")[-1]["low_stock"]
    below = (
        "FROM stock_levels l JOIN variants v ON v.id = l.variant_id"
        " WHERE l.on_hand - l.reserved <= l.low_stock_threshold"
    )
    assert told["count"] == await goods.value(f"SELECT count(*) {below}")
    for each in told["variants"]:
        left = await goods.value(f"SELECT l.on_hand - l.reserved {below} AND v.sku = $1", each["sku"])
        assert each["available"] == left


def _skus(now: Any) -> list[str]:
    return sorted(each["sku"] for each in now["low_stock"]["variants"])


def _switches(now: Any) -> list[tuple[str, int, str, str]]:
    return [(each["kind"], each["version"], each["what"], each["by"]) for each in now["switches_today"]]


def _late(now: Any) -> dict[str, float]:
    return {each["kind"]: each["late_seconds"] for each in now["jobs"]}
