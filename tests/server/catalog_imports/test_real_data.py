"""Real data fills a store: once, completely, and searchable."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.catalog.imports.olist import read_olist
from server.catalog.imports.online_retail import read_online_retail
from server.catalog.imports.service import By, load
from server.catalog.imports.tables import DataMissing
from server.catalog.words import tsquery, words_of
from server.web.call import Shop
from tests.server.actors import Actors
from tests.server.catalog_imports.conftest import Desk
from tests.shop import expect, new_store


async def _found(desk: Desk, query: str) -> int:
    counted = await desk.fetch(
        "SELECT count(*) AS n FROM products WHERE status = 'active' AND search @@ to_tsquery('simple', $1)",
        tsquery(words_of(query)),
    )
    return int(counted[0]["n"])


async def test_olist_becomes_a_catalogue_that_can_be_searched(desk: Desk, shop: Shop, shared_data: Path) -> None:
    source = read_olist(shared_data / "olist")
    store = desk.client.store
    done: list[tuple[int, int]] = []
    report = await load(shop.database, store, source, By(), progress=lambda *step: done.append(step))
    assert (report.outcome, report.rows, report.rejected_rows) == ("applied", 3_859, 0)
    assert (report.products.created, report.stock_changes) == (3_859, 3_859)
    assert done[-1] == (3_859, 3_859)

    numbers = (
        await desk.fetch(
            "SELECT (SELECT count(*) FROM sellers) AS sellers, (SELECT count(*) FROM categories) AS categories,"
            " (SELECT sum(on_hand) FROM stock_levels) AS pieces, (SELECT sum(delta) FROM stock_movements) AS moved"
        )
    )[0]
    assert numbers == {"sellers": 1_222, "categories": numbers["categories"], "pieces": 385_900, "moved": 385_900}
    assert numbers["categories"] > 60
    # 1c0c0093… was sold once, for 109.9.
    assert await desk.fetch("SELECT list_price FROM variants WHERE sku = '1c0c0093a48f13ba70d0c6b0a9157cb7'") == [
        {"list_price": 10_990}
    ]
    assert await _found(desk, "perfum") > 50
    assert await _found(desk, "health beauty") > 100

    again = await load(shop.database, store, source, By())
    assert (again.products.unchanged, again.variants.unchanged, again.stock_changes) == (3_859, 3_859, 0)
    exported = await load_back(desk)
    assert exported == 3_859


async def load_back(desk: Desk) -> int:
    """Import what is exported; how many variants that leaves as they were."""
    report = await desk.load((await desk.export()).encode())
    assert report["variants"]["updated"] == report["variants"]["created"] == 0
    return int(report["variants"]["unchanged"])


async def test_online_retail_becomes_a_catalogue_and_says_what_is_not_for_sale(
    desk: Desk, shop: Shop, actors: Actors, shared_data: Path
) -> None:
    london = await new_store(shop, currency="GBP", country="GB", timezone="Europe/London")
    there = desk.of(london, actors.token(london))
    source = read_online_retail(shared_data / "online_retail")
    report = await load(shop.database, london, source, By(), on_error="skip")
    assert (report.products.created, report.rows) == (len(source.rows), 54_553)
    assert dict(report.rejected) == {"cancelled": 848, "no_product": 218, "no_name": 164, "no_price": 138}
    assert await there.fetch("SELECT name FROM products WHERE slug = '85123a'") == [
        {"name": "WHITE HANGING HEART T-LIGHT HOLDER"}
    ]
    assert await _found(there, "babushka box") > 0
    level = expect(await there.client.get("/inventory/85123A"))
    assert level["on_hand"] == 100
    again = await load(shop.database, london, source, By(), on_error="skip")
    assert again.variants.unchanged == len(source.rows)


async def test_importing_again_does_not_bring_back_what_was_sold(desk: Desk, shop: Shop, shared_data: Path) -> None:
    source = read_olist(shared_data / "olist")
    await load(shop.database, desk.client.store, source, By())
    await desk.fetch("UPDATE stock_levels SET on_hand = 7 RETURNING 1")
    report = await load(shop.database, desk.client.store, source, By())
    assert report.stock_changes == 0
    assert await desk.fetch("SELECT DISTINCT on_hand FROM stock_levels") == [{"on_hand": 7}]


def test_a_folder_that_is_another_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataMissing, match="olist_sellers_dataset"):
        read_olist(tmp_path)
    with pytest.raises(DataMissing, match=r"no \.csv file"):
        read_online_retail(tmp_path)
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DataMissing, match="has no column 'InvoiceNo'"):
        read_online_retail(tmp_path)
