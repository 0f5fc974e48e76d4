"""What can anybody do with the catalogue? List, search, look at a product."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from server.catalog import offer_repo, repo, search_repo, taxonomy_repo
from server.catalog.errors import FILTER_INVALID, PRODUCT_UNKNOWN, SELLER_UNKNOWN
from server.catalog.offer_schemas import OffersQuery
from server.catalog.product import (
    CategoryNode,
    FacetCount,
    ListedOffer,
    OptionDetail,
    ProductCard,
    ProductDetail,
    ProductFilter,
    Sort,
    Suggestion,
)
from server.catalog.spelling import DICTIONARIES
from server.catalog.taxa import CountedTaxon
from server.errors import Fault
from server.web.call import Call
from server.web.pages import Position
from storage.transaction import Transaction

MOST_SUGGESTIONS: Final = 5


@dataclass(frozen=True, slots=True)
class Found:
    """One page of products, one more than it holds; `corrected` is the search that was meant, when it was misspelt."""

    cards: Sequence[ProductCard]
    corrected: str | None


async def list_products(call: Call, wanted: ProductFilter, sort: Sort, at: Position) -> Found:
    """Products for sale. A search in which a word has no match is done again with the words that were meant.

    Raises FILTER_INVALID for an order or a range that makes no sense.
    """
    _refuse_senseless(wanted, sort)

    async def page(tx: Transaction, wanted: ProductFilter) -> list[ProductCard]:
        return await search_repo.list_products(
            tx, wanted, sort, past=at.keys, backwards=at.backwards, limit=at.limit + 1
        )

    async def work(tx: Transaction) -> Found:
        cards = await page(tx, wanted)
        if cards or not wanted.words:
            return Found(cards, None)
        meant = await _meant(call, tx, wanted.words)
        if meant is None:
            return Found((), None)
        return Found(await page(tx, msgspec.structs.replace(wanted, words=meant)), " ".join(meant))

    return await call.database.transaction(call.store.id, work)


async def count_facets(call: Call, wanted: ProductFilter, price_bounds: Sequence[int]) -> list[FacetCount]:
    """How many products each further filter would keep, misspelt words corrected as in the list.

    Raises FILTER_INVALID as the list does.
    """
    _refuse_senseless(wanted, "newest")

    async def work(tx: Transaction) -> list[FacetCount]:
        counts = await search_repo.count_facets(tx, wanted, price_bounds)
        if any(count.products for count in counts) or not wanted.words:
            return counts
        meant = await _meant(call, tx, wanted.words)
        if meant is None:
            return counts
        return await search_repo.count_facets(tx, msgspec.structs.replace(wanted, words=meant), price_bounds)

    return await call.database.transaction(call.store.id, work)


async def read_product(call: Call, slug: str) -> ProductDetail:
    """A product for sale, with its active variants. Raises PRODUCT_UNKNOWN, also for drafts and archived ones."""
    product = await call.database.transaction(call.store.id, lambda tx: repo.read_product(tx, slug))
    if product is None or product.status != "active":
        raise PRODUCT_UNKNOWN(f"no product for sale has the slug {slug!r}; GET /products lists them")
    return _for_sale(product)


async def list_offers(call: Call, query: OffersQuery, at: Position) -> Sequence[ListedOffer]:
    """Offers that run, or begin soon, by when they begin; one more than the page holds."""
    past = None if at.keys is None else (datetime.fromisoformat(at.keys[0]), UUID(at.keys[1]))

    async def work(tx: Transaction) -> Sequence[ListedOffer]:
        return await offer_repo.list_offers(
            tx,
            is_running=None if query.state is None else query.state == "running",
            within_days=query.within_days,
            seller=query.seller,
            past=past,
            backwards=at.backwards,
            limit=at.limit + 1,
        )

    return await call.database.transaction(call.store.id, work)


async def suggest(call: Call, words: Sequence[str]) -> list[Suggestion]:
    """Products, categories and brands for the beginning of a search; nothing for no words."""
    if not words:
        return []

    async def work(tx: Transaction) -> list[Suggestion]:
        found = await search_repo.suggest(tx, words, MOST_SUGGESTIONS)
        if found:
            return found
        meant = await _meant(call, tx, words)
        return [] if meant is None else await search_repo.suggest(tx, meant, MOST_SUGGESTIONS)

    return await call.database.transaction(call.store.id, work)


async def list_categories(call: Call) -> list[CategoryNode]:
    """Every category in the order of the tree, parents before children."""
    return await call.database.transaction(call.store.id, taxonomy_repo.list_categories)


async def list_brands(call: Call, at: Position) -> list[CountedTaxon]:
    """Brands by name, one more than the page holds."""
    return await call.database.transaction(
        call.store.id,
        lambda tx: taxonomy_repo.list_taxa(tx, "brands", past=at.keys, backwards=at.backwards, limit=at.limit + 1),
    )


async def list_sellers(call: Call, at: Position) -> list[CountedTaxon]:
    """Active sellers by name, one more than the page holds."""
    return await call.database.transaction(
        call.store.id,
        lambda tx: taxonomy_repo.list_taxa(tx, "sellers", past=at.keys, backwards=at.backwards, limit=at.limit + 1),
    )


async def list_attributes(call: Call) -> list[OptionDetail]:
    """Every attribute with its values, in their order."""
    return await call.database.transaction(call.store.id, taxonomy_repo.list_attributes)


async def read_seller(call: Call, slug: str) -> CountedTaxon:
    """An active seller, with how many products they have for sale. Raises SELLER_UNKNOWN."""
    seller = await call.database.transaction(call.store.id, lambda tx: taxonomy_repo.read_seller(tx, slug))
    if seller is None:
        raise SELLER_UNKNOWN(f"no seller has the slug {slug!r}; GET /sellers lists them")
    return seller


def _for_sale(product: ProductDetail) -> ProductDetail:
    """The product without the variants that are not sold, and without the option values only they have."""
    variants = [variant for variant in product.variants if variant.status == "active"]
    pairs = {pair for variant in variants for pair in variant.option_pairs}
    options = [
        msgspec.structs.replace(
            option, values=[value for value in option.values if f"{option.code}:{value.code}" in pairs]
        )
        for option in product.options
    ]
    return msgspec.structs.replace(product, variants=variants, options=options)


async def _meant(call: Call, tx: Transaction, words: Sequence[str]) -> tuple[str, ...] | None:
    """The words with those that have no match replaced by their nearest; None when there is nothing to replace."""
    unanswered = await search_repo.unanswered(tx, words)
    if not unanswered:
        return None

    async def read() -> Mapping[str, int]:
        return await search_repo.every_word(tx)

    dictionary = await call.use(DICTIONARIES).of(call.store.id, read)
    nearest = {place: dictionary.nearest(words[place - 1]) for place in unanswered}
    if None in nearest.values():
        return None
    return tuple(nearest.get(place) or word for place, word in enumerate(words, start=1))


def _refuse_senseless(wanted: ProductFilter, sort: Sort) -> None:
    if sort == "relevance" and not wanted.words:
        raise FILTER_INVALID(
            "relevance is an order for searches; give q, or another sort",
            faults=[Fault("query/sort", "needs_q", "needs q")],
        )
    if wanted.min_price is not None and wanted.max_price is not None and wanted.min_price > wanted.max_price:
        raise FILTER_INVALID(
            "min_price is above max_price, so no product can be between them",
            faults=[Fault("query/min_price", "above_max_price", "is above max_price")],
        )
