"""The addresses at which anybody reads the catalogue. Answers are public: caches may keep them for a moment."""

from __future__ import annotations

from engine.money import BadAmount, parse_amount
from server.catalog import service
from server.catalog.errors import FILTER_INVALID, PRODUCT_UNKNOWN, SELLER_UNKNOWN
from server.catalog.offer_schemas import ListedOfferView, OffersQuery
from server.catalog.parts import SlugPath
from server.catalog.product import ListedOffer, ProductCard, ProductFilter, Sort
from server.catalog.schemas import (
    FacetsView,
    FilterQuery,
    ProductPage,
    ProductsQuery,
    ProductView,
    SuggestionsView,
    SuggestionView,
    SuggestQuery,
)
from server.catalog.taxa import CountedTaxon
from server.catalog.taxonomy_schemas import AttributesView, CategoriesView, TaxaQuery, TaxonView
from server.catalog.views import (
    attribute_view,
    card_view,
    facets_view,
    offer_view,
    price_bounds,
    product_view,
    tree_view,
)
from server.catalog.words import split_pair, words_of
from server.errors import Fault
from server.web.call import Call
from server.web.endpoint import PUBLIC, Reply, Routes
from server.web.etag import publicly
from server.web.pages import Page, page, position

MOST_WORDS = 10
"""Of a search; more are left out, for each costs a look into the index."""

routes = Routes("Catalogue")


@routes.get("/products", needs=PUBLIC, errors=(FILTER_INVALID,))
async def list_products(call: Call, query: ProductsQuery) -> Reply[ProductPage]:
    """Products for sale, filtered, searched and sorted.

    A search ignores accents and case, takes the last word as a beginning, and is done again with the nearest words when
    one has no match: `corrected` then says with which. `price` is what the cheapest variant costs now.
    """
    at = position(call, query)
    wanted = _filter(call, query)
    sort: Sort = query.sort or ("relevance" if wanted.words else "newest")
    found = await service.list_products(call, wanted, sort, at)
    reply = page(call, query, at, found.cards, _card_keys, card_view(call.store.currency))
    shown = ProductPage(items=reply.body.items, next=reply.body.next, prev=reply.body.prev, corrected=found.corrected)
    return publicly(call, Reply(shown, headers=reply.headers))


@routes.get("/products/facets", needs=PUBLIC, errors=(FILTER_INVALID,))
async def count_facets(call: Call, query: FilterQuery) -> Reply[FacetsView]:
    """How many products each further filter would keep. A facet is counted without its own filter."""
    currency = call.store.currency
    counts = await service.count_facets(call, _filter(call, query), price_bounds(currency))
    return publicly(call, facets_view(counts, currency))


@routes.get("/products/{slug}", needs=PUBLIC, errors=(PRODUCT_UNKNOWN,))
async def read_product(call: Call, path: SlugPath) -> Reply[ProductView]:
    """One product with its variants, offers and pictures."""
    return publicly(call, product_view(await service.read_product(call, path.slug), call.store.currency))


@routes.get("/offers", needs=PUBLIC)
async def list_offers(call: Call, query: OffersQuery) -> Reply[Page[ListedOfferView]]:
    """Timed offers of products for sale that run now or begin soon, those that began first at the front."""
    at = position(call, query)
    found = await service.list_offers(call, query, at)
    return publicly(call, page(call, query, at, found, _offer_keys, offer_view(call.store.currency)))


@routes.get("/search/suggest", needs=PUBLIC)
async def suggest(call: Call, query: SuggestQuery) -> Reply[SuggestionsView]:
    """Products, categories and brands for the beginning of a search."""
    found = await service.suggest(call, _words(query.q))
    items = [SuggestionView(kind=one.kind, code=one.code, name=one.name) for one in found]
    return publicly(call, SuggestionsView(items=items))


@routes.get("/categories", needs=PUBLIC)
async def list_categories(call: Call) -> Reply[CategoriesView]:
    """The tree of categories, each with how many products for sale its subtree holds.

    `GET /products?category=clothing/socks` lists them.
    """
    return publicly(call, CategoriesView(items=tree_view(await service.list_categories(call))))


@routes.get("/attributes", needs=PUBLIC)
async def list_attributes(call: Call) -> Reply[AttributesView]:
    """Every attribute with its values: what `attribute=colour:red` can ask for."""
    attributes = await service.list_attributes(call)
    return publicly(call, AttributesView(items=[attribute_view(attribute) for attribute in attributes]))


@routes.get("/brands", needs=PUBLIC)
async def list_brands(call: Call, query: TaxaQuery) -> Reply[Page[TaxonView]]:
    """Brands by name, with how many products for sale each has."""
    at = position(call, query)
    return publicly(call, page(call, query, at, await service.list_brands(call, at), _taxon_keys, _taxon_view))


@routes.get("/sellers", needs=PUBLIC)
async def list_sellers(call: Call, query: TaxaQuery) -> Reply[Page[TaxonView]]:
    """Sellers by name, with how many products for sale each has."""
    at = position(call, query)
    return publicly(call, page(call, query, at, await service.list_sellers(call, at), _taxon_keys, _taxon_view))


@routes.get("/sellers/{slug}", needs=PUBLIC, errors=(SELLER_UNKNOWN,))
async def read_seller(call: Call, path: SlugPath) -> Reply[TaxonView]:
    """One seller. `GET /products?seller=…` lists what they sell."""
    return publicly(call, _taxon_view(await service.read_seller(call, path.slug)))


def _filter(call: Call, query: FilterQuery | ProductsQuery) -> ProductFilter:
    """The filter of a query. Raises FILTER_INVALID for amounts the currency does not have, and a q without words."""
    faults: list[Fault] = []
    words = _words(query.q) if query.q is not None else ()
    if query.q is not None and not words:
        faults.append(Fault("query/q", "no_words", "has no letters or digits to search for"))
    attributes: dict[str, tuple[str, ...]] = {}
    for pair in query.attribute:
        code, value = split_pair(pair)
        attributes[code] = (*attributes.get(code, ()), value)
    wanted = ProductFilter(
        words=words,
        category=query.category,
        brand=query.brand,
        seller=query.seller,
        tag=query.tag,
        min_price=_amount(call, query.min_price, "min_price", faults),
        max_price=_amount(call, query.max_price, "max_price", faults),
        attributes=attributes,
        in_stock=query.in_stock,
        on_sale=query.on_sale,
    )
    if faults:
        raise FILTER_INVALID(f"{faults[0].pointer}: {faults[0].message}", faults=faults)
    return wanted


def _amount(call: Call, text: str | None, name: str, faults: list[Fault]) -> int | None:
    try:
        return None if text is None else parse_amount(text, call.store.currency)
    except BadAmount as error:
        faults.append(Fault(f"query/{name}", "amount_invalid", str(error)))
        return None


def _words(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words_of(text)))[:MOST_WORDS]


def _card_keys(card: ProductCard) -> list[object]:
    key = card.sort_key
    return [key if isinstance(key, (int, str)) else key.isoformat(), str(card.id)]


def _offer_keys(offer: ListedOffer) -> list[str]:
    return [offer.starts_at.isoformat(), str(offer.id)]


def _taxon_keys(taxon: CountedTaxon) -> list[str]:
    return [taxon.name, str(taxon.id)]


def _taxon_view(taxon: CountedTaxon) -> TaxonView:
    return TaxonView(id=taxon.id, slug=taxon.slug, name=taxon.name, products=taxon.products)
