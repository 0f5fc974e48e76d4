"""Carts written as bodies of a dry run read back as the same carts, and lines that are none are told."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from engine.cli.files import Files
from engine.cli.replay_books import book_of, rulesets_of
from engine.facts.cart import Cart
from engine.pipeline import evaluate
from engine.replay.cart_body import cart_body, left_out
from engine.replay.carts_file import read_carts
from engine.replay.olist import OlistFiles, read_olist
from engine.runtime.book import Book
from engine.runtime.json import to_json
from engine.text.source import Source
from server.decisions.facts import to_cart
from server.decisions.given import basket_of
from server.decisions.schemas import DryRunBody
from tests.conftest import CHECKOUT
from tests.engine.runtime.books import cart
from tests.examples.olist_slice import write_slice

FULL = {
    "lines": [
        {
            "id": "L1", "sku": "A", "price": "19.90", "quantity": 2, "category": "clothing/socks", "brand": "b",
            "seller": "s", "tags": ["new"], "tax_class": "reduced", "sale_price": "15.00", "cost": "3.00",
            "floor_price": "4.00", "weight": "100g", "volume": "10cm3", "product": "p",
        },
        {"id": "L2", "sku": "B", "price": "1.00", "quantity": 1, "tax_class": "standard"},
    ],
    "customer": {
        "id": "c1", "group": "vip", "email": "a@b.example", "phone": "1", "orders_paid": 3, "spent": "120.00",
        "registered": "2025-01-01T00:00:00Z", "tags": [],
    },
    "destination": {"country": "DE", "region": "BE", "postcode": "10115", "city": "Berlin"},
    "store": {"channel": "web", "locale": "de"},
    "shipping_method": "standard",
    "payment": {"method": "invoice", "cash_on_delivery_today": 1},
    "cart": {"tags": ["gift"]},
    "coupon": "TEN",
    "catalogue": [{"sku": "C", "price": "2.00", "tax_class": "standard"}],
}  # fmt: skip


def written(whole: Cart, name: str = "one") -> str:
    return msgspec.json.encode(cart_body(whole, name)).decode()


def read(text: str, currency: str = "EUR") -> list[Cart | None]:
    return [item.cart for item in read_carts(Source("carts.jsonl", text), currency).orders]


def as_the_shop_reads(text: str, currency: str = "EUR") -> Cart:
    body = msgspec.json.decode(text)
    body.pop("id", None)
    asked = msgspec.convert(body, DryRunBody)
    return to_cart(basket_of(asked, currency, asked.at or datetime(2026, 1, 1, tzinfo=UTC)))


def test_every_fact_of_a_dry_run_survives_being_written_and_read() -> None:
    whole = cart(FULL)
    text = written(whole)
    assert left_out(whole) == ()
    (again,) = read(text)
    assert again is not None
    assert again.lines == whole.lines
    assert again.facts.items() >= whole.facts.items() - {("customer.signed_in", 1)}
    assert (again.sets, again.now, again.customer_id) == (whole.sets, whole.now, "c1")
    assert (again.shipping_method, again.payment_method) == ("standard", "invoice")
    assert [coupon.code for coupon in again.coupons] == [coupon.code for coupon in whole.coupons]
    assert written(again) == text


def test_the_shop_makes_the_same_cart_of_the_same_line() -> None:
    text = written(cart(FULL))
    (ours,), theirs = read(text), as_the_shop_reads(text)
    assert ours == theirs


def test_what_such_a_line_cannot_say_is_named() -> None:
    whole = cart(
        {
            "store": {"attributes": {"line.attr.size": "code"}},
            "lines": [{"sku": "A", "price": "1.00", "quantity": 1, "attr": {"size": "xl"}}],
            "coupon": [{"code": "TEN", "used": {"total": 3}}],
            "usage": {"rule": {"total": 1, "customer": 0, "spent": "0.00"}},
        }
    )
    assert left_out(whole) == ("coupon", "line.attr.size", "usage")


GOOD = '{"id": "good", "lines": [{"sku": "A", "price": "1.00", "quantity": 1}], "at": "2026-05-01T12:00:00Z"}'


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("{", "Input data was truncated"),
        ("[]", "Expected `object`, got `array`"),
        (GOOD.replace('"1.00"', '"1.001"'), "price: "),
        (GOOD.replace('"1.00"', '"-1.00"'), "price: -1.00 is less than nothing"),
        (GOOD.replace('"1.00"', "1.00"), "Expected `str`, got `float` - at `$.lines[0].price`"),
        (GOOD.replace('"quantity": 1', '"quantity": 0'), "Expected `int` >= 1 - at `$.lines[0].quantity`"),
        (GOOD.replace('"at"', '"when"'), "Object contains unknown field `when`"),
        (GOOD.replace(', "at": "2026-05-01T12:00:00Z"', ""), "Object missing required field `at`"),
        (GOOD.replace("12:00:00Z", "12:00:00"), "Expected `datetime` with a timezone component - at `$.at`"),
        (GOOD, "another cart has the id 'good'"),
        (GOOD.replace("}]", '}, {"id": "L1", "sku": "B", "price": "1.00", "quantity": 1}]'), "two lines have the same"),
        (GOOD.replace('"1.00"', '"999999999999.00"').replace('"quantity": 1', '"quantity": 999999'), "worth more than"),
    ],
)
def test_a_line_that_is_no_cart_is_told_with_its_place_and_the_others_count(row: str, why: str) -> None:
    book = read_carts(Source("carts.jsonl", f"{GOOD}\n\n{row}\n"), "EUR")
    good, bad = book.orders
    assert (book.rows, good.cart is not None, good.rows) == (2, True, 1)
    assert (bad.id, bad.cart, bad.skipped_reason) == ("carts.jsonl:3", None, "row cannot be read")
    assert bad.notes[0].startswith(why) or why in bad.notes[0]


def test_a_cart_without_an_id_is_called_by_its_line() -> None:
    book = read_carts(Source("carts.jsonl", GOOD.replace('"id": "good", ', "")), "EUR")
    assert [item.id for item in book.orders] == ["line 1"]


def test_real_orders_are_decided_alike_after_being_written_and_read(shared_data: Path, tmp_path: Path) -> None:
    write_slice(shared_data / "olist", tmp_path)
    names = OlistFiles.__dataclass_fields__
    files = {name: _source(tmp_path, name) for name in names}
    orders = [item for item in read_olist(OlistFiles(**files)).orders if item.cart is not None]
    text = "\n".join(written(item.cart, item.id) for item in orders if item.cart is not None)
    again = read_carts(Source("carts.jsonl", text), "BRL").orders
    assert [item.id for item in again] == [item.id for item in orders]
    book = olist_book()
    for one, other in zip(orders, again, strict=True):
        assert one.cart is not None
        assert other.cart is not None
        assert to_json(evaluate(book, one.cart)) == to_json(evaluate(book, other.cart))


def olist_book() -> Book:
    files, folder = Files(), CHECKOUT / "examples" / "replays" / "olist" / "rules"
    return book_of(files, rulesets_of(files, folder, {}), "BRL")


def _source(folder: Path, name: str) -> Source:
    file = "product_category_name_translation.csv" if name == "category_names" else f"olist_{name}_dataset.csv"
    return Source(file, (folder / file).read_text("utf-8"))
