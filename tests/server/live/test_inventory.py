"""Is whoever looks at a product told when there is more or less of it, and nothing that is not for them?"""

from __future__ import annotations

from server.live.inventory import MOST_WATCHED, STOCKS
from server.web.call import Shop
from storage.tenancy import Store
from tests.server.cart.goods import Goods
from tests.server.live.conftest import Crowd
from tests.server.sockets.conftest import calling

_SET = "UPDATE stock_levels SET on_hand = $2, low_stock_threshold = 5 WHERE variant_id = $1"


async def test_who_looks_is_told_whether_there_is_some_left_and_staff_how_many(
    address: str, store: Store, goods: Goods, crowd: Crowd
) -> None:
    tea = await goods.put("TEA", on_hand=100)
    staff = await crowd.person("admin")
    async with (
        calling(address, store, "/catalog") as anybody,
        calling(address, store, "/catalog", staff.token) as somebody,
    ):
        now = {"product": "p-tea", "sku": "TEA", "state": "in_stock"}
        for caller, available in ((anybody, None), (somebody, 100)):
            items = (await caller.get("watch", {"products": ["p-tea"]}))["items"]
            assert items == [{**now, "available": available}]
        for on_hand in (50, 5, 0):
            await goods.execute(_SET, tea, on_hand)
            await somebody.until(
                lambda on_hand=on_hand: (
                    somebody.of("inventory") and somebody.of("inventory")[-1]["available"] == on_hand
                )
            )
        await anybody.until(lambda: anybody.of("inventory")[1:])
        assert [(each["state"], each["available"]) for each in anybody.of("inventory")] == [
            ("low", None), ("sold_out", None),
        ]  # fmt: skip
        assert [each["state"] for each in somebody.of("inventory")] == ["in_stock", "low", "sold_out"]


async def test_what_changes_together_is_read_once_for_all_who_look(
    address: str, shop: Shop, store: Store, goods: Goods
) -> None:
    variants = [await goods.put(f"TEA-{number}") for number in range(3)]
    slugs = {"products": [f"p-tea-{number}" for number in range(3)]}
    async with calling(address, store, "/catalog") as ana, calling(address, store, "/catalog") as ben:
        for caller in (ana, ben):
            await caller.get("watch", slugs)
        await goods.execute(_SET, variants[0], 1)
        await ana.until(lambda: ana.of("inventory"))
        read = shop.use(STOCKS).readings
        await goods.execute("UPDATE stock_levels SET on_hand = 0")
        for caller in (ana, ben):
            await caller.until(lambda caller=caller: len(caller.of("inventory")) == 4)
        # One of all variants for both, not one for each; what was told before may have been heard of after it was read.
        assert shop.use(STOCKS).readings <= read + 2


async def test_what_is_not_for_sale_cannot_be_looked_at(address: str, store: Store, goods: Goods) -> None:
    await goods.put("TEA")
    await goods.put("SECRET", product_status="draft")
    async with calling(address, store, "/catalog") as caller:
        problem = (await caller.ask("watch", {"products": ["p-tea", "p-secret", "nothing"]}))["problem"]
        assert problem["code"] == "product_unknown"
        assert [fault["pointer"] for fault in problem["errors"]] == ["/products/1", "/products/2"]
        await goods.execute("UPDATE stock_levels SET on_hand = 0")
        assert (await caller.get("watch", {"products": ["p-tea"]}))["items"][0]["state"] == "sold_out"


async def test_what_is_withdrawn_is_sold_out_to_who_looks_at_it_and_not_shown_to_others(
    address: str, shop: Shop, store: Store, goods: Goods, crowd: Crowd
) -> None:
    tea = await goods.put("TEA")
    staff = await crowd.person("admin")
    async with calling(address, store, "/catalog", staff.token) as caller:
        await caller.get("watch", {"products": ["p-tea"]})
        await goods.execute("UPDATE variants SET status = 'inactive' WHERE id = $1", tea)
        shop.use(STOCKS).store_changed(store.id)
        await caller.until(lambda: caller.of("inventory"))
        assert [(each["sku"], each["state"], each["available"]) for each in caller.of("inventory")] == [
            ("TEA", "sold_out", 0)
        ]
        async with calling(address, store, "/catalog") as other:
            assert (await other.get("watch", {"products": ["p-tea"]}))["items"] == []
        await goods.execute("UPDATE variants SET status = 'active' WHERE id = $1", tea)
        shop.use(STOCKS).store_changed(store.id)
        await caller.until(lambda: caller.of("inventory")[1:])
        assert (caller.of("inventory")[1]["state"], caller.of("inventory")[1]["available"]) == ("in_stock", 100)


async def test_nobody_looks_at_more_products_than_they_may(address: str, store: Store, goods: Goods) -> None:
    slugs = [f"p-{number}" for number in range(MOST_WATCHED + 1)]
    for number in range(MOST_WATCHED + 1):
        await goods.put(str(number))
    async with calling(address, store, "/catalog") as caller:
        await caller.get("watch", {"products": slugs[1:]})
        problem = (await caller.ask("watch", {"products": slugs[:1]}))["problem"]
        assert (problem["status"], problem["code"]) == (429, "too_many_watches")
        assert [(it["pointer"], it["code"]) for it in problem["errors"]] == [("/products", "too_many_watches")]
        await caller.get("unwatch", {"products": slugs[-1:]})
        assert (await caller.get("watch", {"products": slugs[:1]}))["items"]
