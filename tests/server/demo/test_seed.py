"""The demo shop is made once, completely, and never touches what people changed in it."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from server.auth.passwords import Passwords
from server.demo.people import PASSWORD, PEOPLE
from server.demo.seed import Demo, NoDemoHere, seed_demo
from server.settings import Settings
from storage.database import Database
from storage.ids import new_id
from tests.conftest import CHECKOUT
from tests.shop import test_settings as settings_for_tests

TABLES = (
    "brands", "sellers", "categories", "attributes", "attribute_values", "products", "product_options",
    "product_attribute_values", "variants", "offers", "stock_levels", "stock_movements", "users", "addresses",
    "audit_log",
)  # fmt: skip


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Of a shop whose default store does not exist yet."""
    return settings_for_tests(tmp_path, default_store=f"demo-{new_id().hex}")


@pytest_asyncio.fixture(loop_scope="session")
async def demo(database: Database, settings: Settings) -> Demo:
    """The demo, just made."""
    return await seed_demo(database, settings)


async def _fetch(database: Database, demo: Demo, sql: str) -> list[dict[str, Any]]:
    rows = await database.transaction(demo.store.id, lambda tx: tx.fetch(sql))
    return [dict(row) for row in rows]


async def _contents(database: Database, demo: Demo) -> dict[str, list[dict[str, Any]]]:
    return {table: await _fetch(database, demo, f"SELECT * FROM {table} ORDER BY 1") for table in TABLES}


async def test_making_it_again_changes_nothing(database: Database, settings: Settings, demo: Demo) -> None:
    before = await _contents(database, demo)
    assert len(before["products"]) == 24
    assert len(before["users"]) == len(PEOPLE)
    assert (await seed_demo(database, settings)).store == demo.store
    assert await _contents(database, demo) == before


async def test_several_processes_at_once_make_one_demo(database: Database, settings: Settings) -> None:
    demos = await asyncio.gather(*(seed_demo(database, settings) for _ in range(4)))
    contents = await _contents(database, demos[0])
    assert (len(contents["products"]), len(contents["users"]), len(contents["offers"])) == (24, len(PEOPLE), 1)
    assert len({demo.store.id for demo in demos}) == 1


async def test_what_people_changed_stays(database: Database, settings: Settings, demo: Demo) -> None:
    await _fetch(database, demo, "UPDATE variants SET list_price = 1 WHERE sku = 'LAMP' RETURNING 1")
    await _fetch(database, demo, "DELETE FROM products WHERE slug = 'ecobag' RETURNING 1")
    await _fetch(database, demo, "UPDATE users SET name = 'Somebody' RETURNING 1")
    before = await _contents(database, demo)
    await seed_demo(database, settings)
    assert await _contents(database, demo) == before


async def test_everybody_signs_in_with_the_password_that_is_printed(database: Database, demo: Demo) -> None:
    people = await _fetch(database, demo, "SELECT email, password_hash, roles, customer_group FROM users")
    assert {person["email"]: (tuple(person["roles"]), person["customer_group"]) for person in people} == {
        person.email: (person.roles, person.group) for person in PEOPLE
    }
    verdict = await Passwords().verify(people[0]["password_hash"], PASSWORD)
    assert verdict.is_right
    assert len({person["password_hash"] for person in people}) == len(PEOPLE)  # salted one by one
    addresses = await _fetch(database, demo, "SELECT postcode, is_default FROM addresses")
    assert addresses == [{"postcode": "01310-200", "is_default": True}] * 2
    sellers = await _fetch(database, demo, "SELECT s.slug, u.email FROM sellers s JOIN users u ON u.id = s.user_id")
    assert sellers == [{"slug": "atelie-da-ana", "email": "seller@example.com"}]


async def test_a_good_password_is_asked_of_the_demo_too() -> None:
    await Passwords().refuse_weak(PASSWORD, [person.email for person in PEOPLE])


async def test_there_is_something_in_every_state_worth_seeing(database: Database, demo: Demo) -> None:
    levels = await _fetch(
        database, demo, "SELECT v.sku, l.on_hand FROM stock_levels l JOIN variants v ON v.id = l.variant_id"
    )
    on_hand = {level["sku"]: level["on_hand"] for level in levels}
    assert on_hand["SPOON"] == 0  # sold out
    assert 0 < on_hand["RUN-43"] < 3  # low
    offers = await _fetch(database, demo, "SELECT v.sku, o.price, v.list_price FROM offers o JOIN variants v ON true"
                          " WHERE v.id = o.variant_id")  # fmt: skip
    assert offers == [{"sku": "LAMP-FLOOR", "price": 29_990, "list_price": 32_990}]


async def test_no_demo_is_made_in_production(database: Database, settings: Settings) -> None:
    production = msgspec.structs.replace(settings, environment="production")
    with pytest.raises(NoDemoHere, match="passwords are public"):
        await seed_demo(database, production)
    stores = await database.transaction(
        None, lambda tx: tx.fetch("SELECT 1 FROM stores WHERE slug = $1", settings.default_store)
    )
    assert stores == []


async def test_the_shipped_rules_find_something_to_say(database: Database, demo: Demo) -> None:
    rules = "".join((CHECKOUT / "rules" / kind / "v1.yaml").read_text("utf-8") for kind in ("pricing", "promotions"))
    categories = {row["path"] for row in await _fetch(database, demo, "SELECT path FROM categories")}
    named = set(re.findall(r"under: ([a-z/]+)", rules))
    assert len(named) >= 5
    assert named <= categories
    gifts = set(re.findall(r"gift: {sku: (\w+)", rules))
    skus = {row["sku"] for row in await _fetch(database, demo, "SELECT sku FROM variants WHERE weight_g > 0")}
    assert gifts == {"TOTE"}
    assert gifts <= skus
    products = await _fetch(database, demo, "SELECT tags, tax_class FROM products")
    assert any("fragile" in product["tags"] for product in products)
    assert {product["tax_class"] for product in products} == {"standard", "books"}
