"""Which rulesets decide for a store, and what happens when there are none?"""

from __future__ import annotations

from pathlib import Path

import pytest

from server.decisions.books import LiveBook, RuleBooks
from server.decisions.errors import RULES_MISSING
from server.errors import AppError
from tests.server.decisions.conftest import EXAMPLE_STORES, a_store


def test_a_store_decides_with_the_shipped_rulesets_unless_it_says_otherwise(live: LiveBook) -> None:
    assert live.currency == "BRL"
    assert live.timezone == "America/Sao_Paulo"
    deciding = ["pricing", "promotions", "coupons", "shipping", "tax", "checkout"]
    apart = ["access", "inventory", "notifications", "orders", "referrals", "signals"]
    kinds = [ruleset.kind for ruleset in live.rulesets]
    assert (kinds[:6], sorted(kinds[6:])) == (deciding, apart)
    assert {ruleset.kind: ruleset.hash for ruleset in live.checkout_rulesets} == live.book.rulesets


def test_a_store_can_name_rulesets_of_its_own(books: RuleBooks) -> None:
    live = books.live(a_store("GBP", rules="uk"))
    assert live.currency == live.book.currency == "GBP"
    assert live.timezone == "Europe/London"


def test_places_are_named_from_the_rulesets_on_wherever_the_shop_is_installed(books: RuleBooks) -> None:
    documents = books.live(a_store("GBP", rules="uk")).book.documents
    assert documents["tax"].head.span.source == "uk/rules/tax/v1.yaml"
    assert books.live(a_store()).book.documents["tax"].head.span.source == "rules/tax/v1.yaml"


def test_who_may_do_what_and_the_life_of_orders_ship_with_the_shop(books: RuleBooks, live: LiveBook) -> None:
    own = books.live(a_store("GBP", rules="uk"))
    assert own.access == live.access
    assert own.orders.hash == live.orders.hash


@pytest.mark.parametrize(
    ("currency", "settings"),
    [
        ("GBP", {}),  # shipped, but in BRL only
        ("BRL", {"rules": "uk"}),
        ("BRL", {"rules": "no-such-store"}),
        ("BRL", {"rules": "../stores/uk"}),
        ("BRL", {"rules": "uk/rules"}),
    ],
)
def test_a_store_that_has_no_rulesets_for_its_currency_is_told_so(
    books: RuleBooks, currency: str, settings: dict[str, str]
) -> None:
    with pytest.raises(AppError, match="rules_missing") as raised:
        books.live(a_store(currency, **settings))
    assert raised.value.error is RULES_MISSING
    assert currency in raised.value.detail


def test_people_can_still_be_told_apart_in_a_store_without_rulesets(books: RuleBooks) -> None:
    access = books.access(a_store("GBP", rules="no-such-store"))
    assert access.may(["admin"], "rules.publish")


def test_a_faulty_ruleset_is_reported_without_being_shown_to_customers(tmp_path: Path) -> None:
    folder = tmp_path / "broken" / "rules" / "pricing"
    folder.mkdir(parents=True)
    (folder / "v1.yaml").write_text("ruleset: pricing\nsecret_margin: 30\n", "utf-8")
    with pytest.raises(AppError, match="rules_missing") as raised:
        RuleBooks(tmp_path).live(a_store(rules="broken"))
    assert "secret_margin" not in raised.value.detail


def test_a_file_that_is_no_text_is_a_faulty_ruleset(tmp_path: Path) -> None:
    folder = tmp_path / "broken" / "rules" / "pricing"
    folder.mkdir(parents=True)
    (folder / "v1.yaml").write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(AppError, match="rules_missing"):
        RuleBooks(tmp_path).live(a_store(rules="broken"))


def test_the_newest_version_of_the_default_ruleset_decides(tmp_path: Path) -> None:
    text = (EXAMPLE_STORES / "uk" / "rules" / "pricing" / "v1.yaml").read_text("utf-8")
    folder = tmp_path / "mine" / "rules" / "pricing"
    folder.mkdir(parents=True)
    assert "name: default" in text
    (folder / "v1.yaml").write_text(text, "utf-8")
    (folder / "v10.yaml").write_text(text.replace("version: 1\n", "version: 10\n"), "utf-8")
    (folder / "v9.yaml").write_text(text.replace("version: 1\n", "version: 9\n"), "utf-8")
    (folder / "trial.yaml").write_text(
        text.replace("version: 1\n", "version: 11\n").replace("name: default", "name: trial"), "utf-8"
    )
    live = RuleBooks(tmp_path).live(a_store("GBP", rules="mine"))
    assert [(ruleset.name, ruleset.version) for ruleset in live.checkout_rulesets] == [("default", 10)]


def test_a_book_is_compiled_once_for_all_stores_that_share_it(books: RuleBooks, live: LiveBook) -> None:
    assert books.live(a_store()) is live


async def test_warmed_books_are_there_before_the_first_request() -> None:
    books = RuleBooks(EXAMPLE_STORES)
    await books.warm([a_store(), a_store(), a_store("GBP", rules="uk"), a_store("GBP", rules="no-such-store")])
    warmed = books.live(a_store())
    await books.warm([a_store()])
    assert books.live(a_store()) is warmed
    with pytest.raises(AppError, match="rules_missing"):
        books.live(a_store("GBP", rules="no-such-store"))


def test_a_replaced_book_decides_for_its_store_alone(live: LiveBook, other_book: LiveBook) -> None:
    books = RuleBooks()
    mine, theirs = a_store(), a_store()
    before = books.live(mine)
    books.replace(mine.id, other_book)
    assert books.live(mine) is other_book
    assert books.live(theirs) is before  # and whoever took the old one keeps it
    assert books.access(mine) is other_book.access
