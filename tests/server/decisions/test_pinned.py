"""A book of then is exactly the rulesets of then, by the names they had, read once and kept for a while."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest

from engine import to_json
from server.decisions import pinned, service
from server.decisions.books import BOOKS, LiveBook, RuleBooks
from server.decisions.facts import Destination
from server.decisions.library import RulesetsFaulty, RulesetText
from server.decisions.own_repo import OwnRuleset
from server.decisions.pinned import PINNED, PinnedBooks
from server.decisions.repo import Logged, find
from server.errors import AppError
from server.web.call import Shop
from storage.counting import counted_statements
from storage.ids import new_id
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.conftest import CHECKOUT
from tests.server.actors import Actors
from tests.server.decisions.baskets import a_basket, a_line
from tests.server.decisions.conftest import a_store

BASKET = a_basket(a_line(price=17_000), coupon_codes=("WELCOME10",))


async def logged(shop: Shop, store: Store, actors: Actors, live: LiveBook) -> Logged:
    """An entry of the log that this book decided."""
    actor = actors.actor(store, actors.token(store))

    async def work(tx: Transaction) -> Logged | None:
        entry = await service.record(
            tx, purpose="order", cart_id=None, actor=actor, live=live, basket=BASKET,
            decision=service.decide(live, BASKET),
        )  # fmt: skip
        return await find(tx, entry)

    found = await shop.database.transaction(store.id, work)
    assert found is not None
    return found


def moved(books: RuleBooks, store: Store) -> LiveBook:
    """Promotions that mean the same and stand two lines further down."""
    text = (CHECKOUT / "rules" / "promotions" / "v1.yaml").read_text("utf-8")
    return books.with_own(store, [OwnRuleset(new_id(), "promotions", "default", 1, f"#\n#\n{text}", {})])


def test_a_book_read_from_its_texts_decides_the_same_bytes(books: RuleBooks, live: LiveBook) -> None:
    for original in (live, moved(books, a_store()), books.live(a_store("JPY", rules="japan"))):
        again = books.of_texts(original.texts, original.currency)
        basket = msgspec.structs.replace(BASKET, currency=original.currency)
        assert again.checkout_rulesets == original.checkout_rulesets
        assert to_json(service.decide(again, basket)) == to_json(service.decide(original, basket))


def test_a_ruleset_keeps_the_hash_it_had(books: RuleBooks, live: LiveBook) -> None:
    """A later version of the program may call the same text another."""
    texts = [msgspec.structs.replace(text, hash=f"old-{text.kind}") for text in live.texts]
    decision = service.decide(books.of_texts(texts, "BRL"), BASKET)
    assert decision.rulesets["promotions"] == "old-promotions"
    assert {posting.origin.ruleset for posting in decision.postings} <= {"", *(text.hash for text in texts)}


def test_tables_beside_a_ruleset_are_kept_with_it(books: RuleBooks, live: LiveBook) -> None:
    shipping = next(text for text in live.texts if text.kind == "shipping")
    assert [*shipping.attachments] == ["tariffs/inland-2026.csv"]
    inland = msgspec.structs.replace(BASKET, destination=Destination(country="BR", region="AM", postcode="69005-070"))
    written = to_json(service.decide(live, inland))
    assert to_json(service.decide(books.of_texts(live.texts, "BRL"), inland)) == written


async def test_texts_are_kept_with_the_first_decision_and_only_then(shop: Shop, store: Store, actors: Actors) -> None:
    live = moved(shop.use(BOOKS), store)
    for writes in (1, 0):
        with counted_statements() as statements:
            await logged(shop, store, actors, live)
        assert statements.count == 4  # the entry, reading it again, and the transaction around both
        assert len([each for each in statements.sent if "INSERT INTO ruleset_texts" in each]) == writes
    assert store.id in live.kept_in


async def test_a_transaction_that_is_rolled_back_has_kept_nothing(shop: Shop, store: Store, actors: Actors) -> None:
    live = moved(shop.use(BOOKS), store)

    async def work(_tx: Transaction) -> None:
        await logged(shop, store, actors, live)
        raise LookupError

    with pytest.raises(LookupError):
        await shop.database.transaction(store.id, work)
    assert store.id not in live.kept_in
    entry = await logged(shop, store, actors, live)
    book = await PinnedBooks(shop.use(BOOKS)).book_of(shop.database, store.id, entry.rulesets, entry.currency)
    assert book.checkout_rulesets == live.checkout_rulesets


async def test_a_second_process_keeps_what_is_kept_already_without_harm(
    shop: Shop, store: Store, actors: Actors
) -> None:
    for live in (moved(shop.use(BOOKS), store), moved(shop.use(BOOKS), store)):
        await logged(shop, store, actors, live)
    kept = await shop.database.transaction(store.id, lambda tx: tx.fetchval("SELECT count(*) FROM ruleset_texts"))
    assert kept == 12


async def test_a_book_that_was_asked_for_before_costs_no_statement(shop: Shop, store: Store, actors: Actors) -> None:
    entry = await logged(shop, store, actors, shop.use(BOOKS).live(store))
    books = PinnedBooks(shop.use(BOOKS))
    first = await books.book_of(shop.database, store.id, entry.rulesets, entry.currency)
    with counted_statements() as statements:
        assert await books.book_of(shop.database, store.id, entry.rulesets, entry.currency) is first
    assert statements.count == 0


async def test_only_so_many_books_stay_compiled(
    shop: Shop, store: Store, actors: Actors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pinned, "KEPT", 1)
    entries = [
        await logged(shop, store, actors, live) for live in (shop.use(BOOKS).live(store), moved(shop.use(BOOKS), store))
    ]
    books = PinnedBooks(shop.use(BOOKS))
    first, _ = [await books.book_of(shop.database, store.id, each.rulesets, "BRL") for each in entries]
    assert await books.book_of(shop.database, store.id, entries[0].rulesets, "BRL") is not first


async def test_entries_that_do_not_name_their_texts_are_read_by_what_means_the_same(
    shop: Shop, store: Store, actors: Actors
) -> None:
    entry = await logged(shop, store, actors, shop.use(BOOKS).live(store))
    unnamed = [type(each)(each.kind, each.name, each.version, each.hash) for each in entry.rulesets]
    book = await shop.use(PINNED).book_of(shop.database, store.id, unnamed, entry.currency)
    assert to_json(service.decide(book, BASKET)) == to_json(service.decide(shop.use(BOOKS).live(store), BASKET))


async def test_another_stores_texts_are_not_there(shop: Shop, store: Store, actors: Actors) -> None:
    live = shop.use(BOOKS).live(store)
    with pytest.raises(AppError) as refused:
        await PinnedBooks(shop.use(BOOKS)).book_of(shop.database, store.id, live.checkout_rulesets, "BRL")
    assert refused.value.error.code == "pinned_rulesets_missing"
    assert "promotions/default@1" in str(refused.value.detail)


async def test_texts_this_program_cannot_read_are_said_to_be_the_reason(
    shop: Shop, store: Store, actors: Actors, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = await logged(shop, store, actors, shop.use(BOOKS).live(store))

    def unreadable(_texts: Sequence[RulesetText], _currency: str) -> LiveBook:
        raise RulesetsFaulty("rules/tax/v1.yaml: there is no vocabulary checkout/1")

    books = RuleBooks()
    monkeypatch.setattr(books, "of_texts", unreadable)
    with pytest.raises(AppError, match="no vocabulary checkout/1"):
        await PinnedBooks(books).book_of(shop.database, store.id, entry.rulesets, "BRL")
