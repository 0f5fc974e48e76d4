"""The addresses at which products, variants and offers are written: by staff all of them, by sellers their own."""

from __future__ import annotations

from server.catalog import products, variants
from server.catalog.changes import WRITE, WRITERS
from server.catalog.errors import (
    NOT_A_SELLER,
    OFFER_OVERLAPS,
    OFFER_UNKNOWN,
    PRODUCT_INVALID,
    PRODUCT_UNKNOWN,
    RESERVED_FOR_STAFF,
    SKU_TAKEN,
    SLUG_TAKEN,
    STILL_USED,
    TOO_MANY_VARIANTS,
    VARIANT_EXISTS,
    VARIANT_UNKNOWN,
)
from server.catalog.parts import SlugPath
from server.catalog.product import ManagedRow, ProductDetail
from server.catalog.schemas import GeneratedView, ManagedProductView, ManagedRowView
from server.catalog.views import managed_row_view, managed_view
from server.catalog.write_schemas import (
    GenerateBody,
    ManagedQuery,
    OfferBody,
    OfferChange,
    OfferPath,
    ProductBody,
    ProductChange,
    VariantBody,
    VariantChange,
    VariantPath,
)
from server.web.call import Call
from server.web.endpoint import Reply, Routes
from server.web.etag import VERSION_CHANGED, VERSION_MISSING, required_version, versioned, wanted_version
from server.web.pages import Page, page, position

routes = Routes("Catalogue management")

_OF_PRODUCT = (PRODUCT_UNKNOWN, NOT_A_SELLER, VERSION_CHANGED)
_OF_VARIANT = (*_OF_PRODUCT, VARIANT_UNKNOWN)


@routes.get("/manage/products", needs=WRITERS, errors=(NOT_A_SELLER,))
async def list_managed_products(call: Call, query: ManagedQuery) -> Reply[Page[ManagedRowView]]:
    """Products of any status that you may change, newest first."""
    at = position(call, query)
    rows = await products.list_managed(call, query.status, at)
    return page(call, query, at, rows, _managed_keys, managed_row_view)


@routes.get("/manage/products/{slug}", needs=WRITERS, errors=(PRODUCT_UNKNOWN, NOT_A_SELLER))
async def read_managed_product(call: Call, path: SlugPath) -> Reply[ManagedProductView]:
    """All there is of a product that you may change. Its ETag is the version that changes name in If-Match."""
    return _managed(call, await products.read_managed(call, path.slug))


@routes.post(
    "/products",
    needs=WRITERS,
    status=201,
    errors=(PRODUCT_INVALID, SLUG_TAKEN, SKU_TAKEN, NOT_A_SELLER, RESERVED_FOR_STAFF),
)
async def create_product(call: Call, body: ProductBody) -> Reply[ManagedProductView]:
    """Add a product, with its options and variants when they are known already.

    Brand, category, seller and attribute values have to exist. A seller's product is always their own.
    """
    return _managed(call, await products.create_product(call, body))


@routes.patch("/products/{slug}", needs=WRITERS, errors=(*_OF_PRODUCT, VERSION_MISSING, PRODUCT_INVALID, SLUG_TAKEN))
async def change_product(call: Call, path: SlugPath, body: ProductChange) -> Reply[ManagedProductView]:
    """Change what the body names. If-Match has to be the ETag of the version you read."""
    return _managed(call, await products.change_product(call, path.slug, body, required_version(call)))


@routes.delete("/products/{slug}", needs=WRITERS, errors=(*_OF_PRODUCT, VERSION_MISSING, STILL_USED))
async def delete_product(call: Call, path: SlugPath) -> None:
    """Delete a product that never had stock; others are archived. If-Match has to be the ETag of its version."""
    await products.delete_product(call, path.slug, required_version(call))


@routes.post(
    "/products/{slug}/variants",
    needs=WRITERS,
    status=201,
    errors=(*_OF_PRODUCT, PRODUCT_INVALID, VARIANT_EXISTS, SKU_TAKEN, TOO_MANY_VARIANTS, RESERVED_FOR_STAFF),
)
async def add_variant(call: Call, path: SlugPath, body: VariantBody) -> Reply[ManagedProductView]:
    """Add a variant. If-Match is honoured when given, here and in everything below the product."""
    return _managed(call, await variants.add_variant(call, path.slug, body, wanted_version(call)))


@routes.post(
    "/products/{slug}/variants/generate",
    needs=WRITERS,
    status=201,
    errors=(*_OF_PRODUCT, PRODUCT_INVALID, SKU_TAKEN, TOO_MANY_VARIANTS, RESERVED_FOR_STAFF),
)
async def generate_variants(call: Call, path: SlugPath, body: GenerateBody) -> Reply[GeneratedView]:
    """Add a variant of every combination of the chosen values; those that exist are kept as they are."""
    added, product = await variants.generate_variants(call, path.slug, body, wanted_version(call))
    managed = _managed(call, product)
    return Reply(GeneratedView(added=added, product=managed.body), headers=managed.headers)


@routes.patch(
    "/products/{slug}/variants/{variant_id}",
    needs=WRITERS,
    errors=(*_OF_VARIANT, PRODUCT_INVALID, SKU_TAKEN, RESERVED_FOR_STAFF),
)
async def change_variant(call: Call, path: VariantPath, body: VariantChange) -> Reply[ManagedProductView]:
    """Change what the body names of a variant; its options stay."""
    changed = await variants.change_variant(call, path.slug, path.variant_id, body, wanted_version(call))
    return _managed(call, changed)


@routes.delete("/products/{slug}/variants/{variant_id}", needs=WRITERS, errors=(*_OF_VARIANT, STILL_USED))
async def delete_variant(call: Call, path: VariantPath) -> None:
    """Delete a variant that never had stock; others are made inactive."""
    await variants.delete_variant(call, path.slug, path.variant_id, wanted_version(call))


@routes.post(
    "/products/{slug}/variants/{variant_id}/offers",
    needs=WRITERS,
    status=201,
    errors=(*_OF_VARIANT, PRODUCT_INVALID, OFFER_OVERLAPS),
)
async def add_offer(call: Call, path: VariantPath, body: OfferBody) -> Reply[ManagedProductView]:
    """Give a variant a price for a while, from `starts_at` to before `ends_at`. Offers of a variant never overlap."""
    return _managed(call, await variants.add_offer(call, path.slug, path.variant_id, body, wanted_version(call)))


@routes.patch(
    "/products/{slug}/variants/{variant_id}/offers/{offer_id}",
    needs=WRITERS,
    errors=(*_OF_VARIANT, OFFER_UNKNOWN, PRODUCT_INVALID, OFFER_OVERLAPS),
)
async def change_offer(call: Call, path: OfferPath, body: OfferChange) -> Reply[ManagedProductView]:
    """Change what the body names of an offer."""
    changed = await variants.change_offer(call, path.slug, path.variant_id, path.offer_id, body, wanted_version(call))
    return _managed(call, changed)


@routes.delete(
    "/products/{slug}/variants/{variant_id}/offers/{offer_id}", needs=WRITERS, errors=(*_OF_VARIANT, OFFER_UNKNOWN)
)
async def delete_offer(call: Call, path: OfferPath) -> None:
    """Delete an offer."""
    await variants.delete_offer(call, path.slug, path.variant_id, path.offer_id, wanted_version(call))


def _managed(call: Call, product: ProductDetail) -> Reply[ManagedProductView]:
    view = managed_view(product, call.store.currency, with_costs=call.actor.may(WRITE))
    return versioned(view, product.version)


def _managed_keys(row: ManagedRow) -> list[str]:
    return [row.created_at.isoformat(), str(row.id)]
