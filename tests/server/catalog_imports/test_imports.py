"""A file becomes products, variants and stock; what cannot is reported and changes nothing."""

from __future__ import annotations

import asyncio

from server.web.call import Shop
from storage.tenancy import Store
from tests.server.actors import Actors
from tests.server.catalog_imports.conftest import Desk, table
from tests.shop import Client, expect, new_store

HEADER = ("product", "product_name", "sku", "list_price")
MUG = ("mug", "Mug", "MUG", "39.90")

SOCKS = """\
product,product_name,description,status,brand,brand_name,category,category_names,seller,seller_name,tags,tax_class,\
attributes,attribute_names,specifications,sku,variant_name,options,option_names,list_price,sale_price,cost,weight_g,\
on_hand,low_stock_threshold
socks,Socks,"Warm, ""really"" warm
and soft",active,pe-quente,Pé Quente,clothing/socks,Roupas|Meias,ana,Ana's,warm|new,standard,\
material:wool,Material:Lã,"{""care"": ""30°""}",SOCK-RED-M,Red M,colour:red|size:m,Colour:Red|Size:M,\
19.90,14.90,8,60,5,2
socks,Socks,"Warm, ""really"" warm
and soft",active,pe-quente,Pé Quente,clothing/socks,Roupas|Meias,ana,Ana's,warm|new,standard,\
material:wool,Material:Lã,"{""care"": ""30°""}",SOCK-BLUE-M,Blue M,colour:blue|size:m,Colour:Blue|Size:M,19.90,,8,60,0,
"""


async def test_a_file_makes_everything_its_rows_speak_of(desk: Desk) -> None:
    report = await desk.load(SOCKS)
    assert report["products"] == {"created": 1, "updated": 0, "unchanged": 0}
    assert report["variants"] == {"created": 2, "updated": 0, "unchanged": 0}
    assert (report["rows"], report["stock_changes"], report["rejected_rows"]) == (2, 1, 0)

    product = (await desk.fetch("SELECT *, specifications::text AS specs FROM products"))[0]
    assert product["description"] == 'Warm, "really" warm\nand soft'
    assert product["attribute_pairs"] == ["colour:blue", "colour:red", "material:wool", "size:m"]
    assert product["specs"] == '{"care": "30°"}'
    assert {"socks", "pe", "quente", "meias", "la", "red", "sockredm"} <= set(product["search_text"].split())
    assert await desk.fetch("SELECT path, name FROM categories ORDER BY path") == [
        {"path": "clothing", "name": "Roupas"},
        {"path": "clothing/socks", "name": "Meias"},
    ]
    variants = await desk.fetch(
        "SELECT sku, list_price, sale_price, cost, option_pairs FROM variants ORDER BY position"
    )
    assert variants[0] == {
        "sku": "SOCK-RED-M",
        "list_price": 1990,
        "sale_price": 1490,
        "cost": 800,
        "option_pairs": ["colour:red", "size:m"],
    }
    assert [variant["sku"] for variant in variants] == ["SOCK-RED-M", "SOCK-BLUE-M"]
    level = expect(await desk.client.get("/inventory/SOCK-RED-M"))
    assert (level["on_hand"], level["low_stock_threshold"]) == (5, 2)
    movements = expect(await desk.client.get("/inventory/SOCK-RED-M/movements"))["items"]
    assert [(movement["delta"], movement["reason"]) for movement in movements] == [(5, "imported")]


async def test_the_same_file_again_changes_nothing(desk: Desk) -> None:
    await desk.load(SOCKS)
    before = await desk.contents()
    report = await desk.load(SOCKS)
    assert report["products"] == {"created": 0, "updated": 0, "unchanged": 1}
    assert report["variants"] == {"created": 0, "updated": 0, "unchanged": 2}
    after = await desk.contents()
    del before["audit_log"], after["audit_log"]
    assert after == before


async def test_what_was_exported_comes_back_the_same(desk: Desk, shop: Shop, actors: Actors) -> None:
    await desk.load(SOCKS)
    await desk.load(table(HEADER, MUG))
    exported = await desk.export()
    before = await desk.contents()
    report = await desk.load(exported)
    assert (report["products"]["unchanged"], report["variants"]["unchanged"]) == (2, 3)
    after = await desk.contents()
    del before["audit_log"], after["audit_log"]
    assert after == before

    other = await new_store(shop)
    there = desk.of(other, actors.token(other))
    await there.load(exported)
    assert await there.export() == exported


async def test_columns_left_out_leave_things_as_they_are_and_empty_cells_empty_them(desk: Desk) -> None:
    await desk.load(SOCKS)
    head = ("product", "product_name", "sku", "list_price", "sale_price")
    report = await desk.load(table(head, ("socks", "Warm socks", "SOCK-RED-M", "21.00", "")))
    assert (report["products"]["updated"], report["variants"]["updated"]) == (1, 1)
    product = (await desk.fetch("SELECT name, version, tags FROM products"))[0]
    assert product == {"name": "Warm socks", "version": 2, "tags": ["warm", "new"]}
    red = (await desk.fetch("SELECT list_price, sale_price, cost FROM variants WHERE sku = 'SOCK-RED-M'"))[0]
    assert red == {"list_price": 2100, "sale_price": None, "cost": 800}
    assert expect(await desk.client.get("/inventory/SOCK-RED-M"))["on_hand"] == 5


async def test_every_fault_of_every_row_is_told_with_line_column_value_and_reason(desk: Desk) -> None:
    head = (*HEADER, "sale_price", "weight_g", "status", "options")
    content = table(
        head,
        ("mug", "Mug", "A", "39.90", "49.90", "", "", ""),
        ("Bad Slug", "", "B", "1,5", "", "-3", "live", "colour"),
        ("mug", "Mug", "C", "39.905", "", "", "", ""),
    )
    report = expect(await desk.send(content))
    assert report["outcome"] == "stopped"
    told = [(rejection["line"], rejection["column"], rejection["code"]) for rejection in report["rejections"]]
    assert sorted(told) == [
        (2, "sale_price", "sale_above_list"),
        (3, "", "cells_do_not_match"),
        (4, "list_price", "invalid"),
    ]
    content = content.replace("1,5", "1;5")
    report = expect(await desk.send(content))
    line_3 = {rejection["column"]: rejection for rejection in report["rejections"] if rejection["line"] == 3}
    assert set(line_3) == {"product", "product_name", "list_price", "weight_g", "status", "options"}
    assert line_3["weight_g"]["value"] == "-3"
    assert line_3["product_name"]["code"] == "missing"
    assert (report["rejected_rows"], report["products"]["created"]) == (3, 0)
    assert await desk.fetch("SELECT 1 FROM products") == []


async def test_stopping_keeps_nothing_and_skipping_keeps_the_good_rows(desk: Desk) -> None:
    content = table(HEADER, MUG, ("vase", "Vase", "VASE", "free"))
    stopped = expect(await desk.send(content))
    assert (stopped["outcome"], stopped["products"]["created"]) == ("stopped", 1)
    assert await desk.fetch("SELECT 1 FROM products") == []
    skipped = expect(await desk.send(content, "?on_error=skip"))
    assert (skipped["outcome"], skipped["rejected_rows"]) == ("applied", 1)
    assert await desk.fetch("SELECT slug FROM products") == [{"slug": "mug"}]


async def test_a_dry_run_reports_and_writes_nothing(desk: Desk) -> None:
    await desk.load(table(HEADER, MUG))
    before = await desk.contents()
    for headers in ({}, {"Idempotency-Key": "dry"}):
        report = expect(await desk.send(SOCKS, "?dry_run=true", headers))
        assert (report["outcome"], report["variants"]["created"], report["stock_changes"]) == ("dry_run", 2, 1)
        assert await desk.contents() == before


async def test_a_key_imports_once(desk: Desk) -> None:
    first = expect(await desk.send(SOCKS, headers={"Idempotency-Key": "k"}))
    second = expect(await desk.send(SOCKS, headers={"Idempotency-Key": "k"}))
    assert first == second
    assert len(await desk.fetch("SELECT 1 FROM audit_log")) == 1


async def test_a_sku_belongs_to_one_product_and_one_row(desk: Desk) -> None:
    await desk.load(table(HEADER, MUG))
    report = expect(
        await desk.send(
            table(HEADER, ("cup", "Cup", "MUG", "1"), ("vase", "Vase", "V", "1"), ("vase-2", "Vase 2", "V", "1"))
        )
    )
    told = {rejection["line"]: (rejection["code"], rejection["message"]) for rejection in report["rejections"]}
    assert told == {
        2: ("sku_elsewhere", "is a variant of the product 'mug' already"),
        4: ("sku_repeated", "is in line 3 already"),
    }


async def test_variants_of_a_product_differ_by_the_same_options_and_never_by_the_same_values(desk: Desk) -> None:
    await desk.load(SOCKS)
    head = (*HEADER, "options")
    report = expect(
        await desk.send(
            table(
                head,
                ("socks", "Socks", "S1", "1", "colour:red"),
                ("socks", "Socks", "S2", "1", "size:m|colour:red"),
                ("socks", "Socks", "S3", "1", "size:l|colour:red"),
                ("socks", "Socks", "S4", "1", "colour:red|size:l"),
                ("mug", "Mug", "M1", "1", ""),
                ("mug", "Mug", "M2", "1", ""),
            ),
            "?on_error=skip",
        )
    )
    assert {rejection["line"]: rejection["code"] for rejection in report["rejections"]} == {
        2: "options_do_not_match", 3: "options_taken", 5: "options_taken", 7: "options_taken"
    }  # fmt: skip
    assert report["variants"]["created"] == 2


async def test_rows_of_one_product_have_to_agree_about_it(desk: Desk) -> None:
    head = (*HEADER, "options", "tags")
    report = expect(
        await desk.send(
            table(head, ("t", "Tea", "T1", "1", "size:s", "a"), (*MUG, "", ""), ("t", "Tea", "T2", "1", "size:m", "b"))
        )
    )
    assert [(fault["line"], fault["column"], fault["code"]) for fault in report["rejections"]] == [
        (4, "tags", "product_differs")
    ]


async def test_names_stay_with_their_pairs_whatever_the_order(desk: Desk) -> None:
    head = (*HEADER, "options", "option_names")
    await desk.load(table(head, (*MUG, "size:m|colour:red", "Tamanho:Médio|Cor:Vermelho")))
    named = await desk.fetch(
        "SELECT a.name AS attribute, v.name FROM attribute_values v JOIN attributes a ON a.id = v.attribute_id"
        " ORDER BY 1"
    )
    assert named == [{"attribute": "Cor", "name": "Vermelho"}, {"attribute": "Tamanho", "name": "Médio"}]
    report = expect(await desk.send(table(head, (*MUG, "size:m|colour:red", "Tamanho:Médio"))))
    assert [(fault["column"], fault["code"]) for fault in report["rejections"]] == [("option_names", "invalid")]


async def test_stock_never_goes_below_what_is_reserved(desk: Desk) -> None:
    await desk.load(table((*HEADER, "on_hand"), (*MUG, "5")))
    reserve = "UPDATE stock_levels SET reserved = 4 RETURNING 1"
    await desk.fetch(reserve)
    report = expect(await desk.send(table((*HEADER, "on_hand"), (*MUG, "3"))))
    assert report["rejections"][0]["message"] == "is less than the 4 that are reserved"
    await desk.load(table((*HEADER, "on_hand"), (*MUG, "4")))
    await desk.load(table(HEADER, MUG))
    assert expect(await desk.client.get("/inventory/MUG"))["on_hand"] == 4


async def test_thousands_of_faults_are_counted_and_the_first_five_hundred_told(desk: Desk) -> None:
    report = expect(await desk.send(table(HEADER, *(("p", "P", f"S{n}", "x") for n in range(3_000)))))
    assert (report["rejected_rows"], len(report["rejections"]), report["rejections_untold"]) == (3_000, 500, 2_500)
    assert report["rejected_by_code"] == {"invalid": 3_000}


async def test_the_number_of_statements_does_not_grow_with_the_rows(desk: Desk) -> None:
    head = (*HEADER, "on_hand", "brand", "category")

    def rows(first: int, last: int) -> list[tuple[str, ...]]:
        return [(f"p-{n}", f"P {n}", f"S-{n}", "1", "3", f"b-{n}", f"c/d{n}") for n in range(first, last)]

    await desk.load(table(head, *rows(0, 1)))
    few = await desk.send(table(head, *rows(1, 3)))
    many = await desk.send(table(head, *rows(3, 403)))
    assert expect(many)["products"]["created"] == 400
    assert few.statements == many.statements


async def test_two_imports_at_once_make_everything_once(desk: Desk) -> None:
    reports = await asyncio.gather(*(desk.load(SOCKS) for _ in range(6)))
    assert sorted(report["variants"]["created"] for report in reports) == [0, 0, 0, 0, 0, 2]
    assert expect(await desk.client.get("/inventory/SOCK-RED-M"))["on_hand"] == 5


async def test_amounts_have_the_digits_of_the_stores_currency(desk: Desk, shop: Shop, actors: Actors) -> None:
    yen = await new_store(shop, currency="JPY", country="JP", timezone="Asia/Tokyo")
    there = desk.of(yen, actors.token(yen))
    report = expect(await there.send(table(HEADER, MUG)))
    assert report["rejections"][0]["column"] == "list_price"
    await there.load(table(HEADER, ("mug", "Mug", "MUG", "3990")))
    assert await there.fetch("SELECT list_price FROM variants") == [{"list_price": 3990}]


async def test_only_those_who_may_import_and_export(desk: Desk, client: Client, actors: Actors, store: Store) -> None:
    await desk.load(SOCKS)
    staff = Desk(client.signed_in(actors.token(store, roles=("staff",))), desk.shop)
    assert (await staff.send(SOCKS)).status == 403
    head = (await staff.export()).split("\r\n")[0].split(",")
    assert {"cost", "floor_price"}.isdisjoint(head)
    assert {"cost", "floor_price"} <= set((await desk.export()).split("\r\n")[0].split(","))
    customer = client.signed_in(actors.token(store, roles=("customer",)))
    assert (await customer.get("/catalog/export.csv")).status == 403
    assert (await client.get("/catalog/export.csv")).status == 401


async def test_an_import_stays_in_its_store(desk: Desk, shop: Shop, actors: Actors) -> None:
    await desk.load(SOCKS)
    other = await new_store(shop)
    there = desk.of(other, actors.token(other))
    before = await desk.contents()
    assert (await there.load(SOCKS))["products"]["created"] == 1
    assert await desk.contents() == before
