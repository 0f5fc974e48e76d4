"""Other rooms see a variant as one frozen value, read in one statement however many there are."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from server.catalog.service import variants_for_cart
from server.catalog.snapshot import VariantSnapshot
from server.web.call import Shop
from storage.counting import counted_statements
from storage.ids import new_id
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.server.catalog.conftest import Catalogue
from tests.shop import expect, new_store


async def _variants(shop: Shop, store: Store, *ids: str | UUID) -> dict[UUID, VariantSnapshot]:
    async def work(tx: Transaction) -> dict[UUID, VariantSnapshot]:
        return await variants_for_cart(tx, [UUID(str(id)) for id in ids])

    return await shop.database.transaction(store.id, work)


async def test_a_variant_comes_with_everything_a_decision_reads(catalogue: Catalogue, shop: Shop, store: Store) -> None:
    await catalogue.brand("Acme")
    await catalogue.category("Clothing")
    await catalogue.category("Socks", "clothing")
    await catalogue.attribute("colour", "red")
    made = await catalogue.product(
        "Wool socks", None, brand="acme", category="clothing/socks", tags=["winter"], tax_class="reduced",
        options=["colour"],
        variants=[{
            "sku": "WS-R", "list_price": "19.90", "sale_price": "15", "cost": "5", "floor_price": "9", "weight_g": 120,
            "volume_cm3": 300, "options": {"colour": "red"},
        }],
    )  # fmt: skip
    await catalogue.stock("WS-R", 5, reserved=2)
    id = UUID(made["variants"][0]["id"])
    unknown = new_id()
    found = await _variants(shop, store, id, unknown)
    assert found == {
        id: VariantSnapshot(
            id=id, sku="WS-R", name="", option_pairs=("colour:red",), status="active", product_id=UUID(made["id"]),
            product_slug="wool-socks", product_name="Wool socks", product_status="active",
            category_path="clothing/socks", brand_slug="acme", seller_slug=None, tags=("winter",), tax_class="reduced",
            list_price=1990, sale_price=1500, cost=500, floor_price=900, weight_g=120, volume_cm3=300, on_hand=5,
            reserved=2, image_id=None,
        )
    }  # fmt: skip
    assert (found[id].price, found[id].available, found[id].is_for_sale) == (1500, 3, True)


async def test_the_live_offer_is_the_sale_price(catalogue: Catalogue, shop: Shop, store: Store) -> None:
    made = await catalogue.product("Mug", "10.00")
    id = made["variants"][0]["id"]
    this_year = datetime.now(UTC).year
    body = {
        "name": "Year", "price": "10.00",
        "starts_at": f"{this_year - 1}-01-01T00:00:00Z", "ends_at": f"{this_year + 2}-01-01T00:00:00Z",
    }  # fmt: skip
    made = expect(await catalogue.client.post(f"/products/mug/variants/{id}/offers", body), 201)
    [variant] = (await _variants(shop, store, id)).values()
    assert (variant.sale_price, variant.price) == (None, 1000)
    offer = made["variants"][0]["offers"][0]["id"]
    expect(await catalogue.client.patch(f"/products/mug/variants/{id}/offers/{offer}", {"price": "7.00"}))
    [variant] = (await _variants(shop, store, id)).values()
    assert (variant.sale_price, variant.price) == (700, 700)
    # Nobody pays more than the list price, even when it was lowered below an offer.
    expect(await catalogue.client.patch(f"/products/mug/variants/{id}", {"list_price": "6.00"}))
    [variant] = (await _variants(shop, store, id)).values()
    assert (variant.sale_price, variant.price) == (None, 600)


async def test_what_is_not_sold_is_still_known_and_another_stores_is_not(
    catalogue: Catalogue, shop: Shop, store: Store
) -> None:
    made = await catalogue.product("Mug", status="archived")
    id = made["variants"][0]["id"]
    [variant] = (await _variants(shop, store, id)).values()
    assert (variant.product_status, variant.is_for_sale) == ("archived", False)
    assert await _variants(shop, await new_store(shop), id) == {}


async def test_any_number_of_variants_takes_one_statement(catalogue: Catalogue, shop: Shop, store: Store) -> None:
    ids = [(await catalogue.product(f"Mug {number}"))["variants"][0]["id"] for number in range(10)]
    await _variants(shop, store, *ids)
    for count in (1, 10):
        with counted_statements() as statements:
            assert len(await _variants(shop, store, *ids[:count])) == count
        assert statements.count == 3
