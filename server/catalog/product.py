"""What is a product, as the database gives it and answers show it? Frozen values; prices are minor units."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from server.catalog.snapshot import ProductStatus, VariantStatus

Sort = Literal["newest", "price", "-price", "name", "rating", "relevance"]


class ProductFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which products to list. `words` are folded; `attributes` are value codes by attribute code, one of which a
    product has to have; prices are those of the cheapest variant.
    """

    words: tuple[str, ...] = ()
    category: str | None = None
    brand: str | None = None
    seller: str | None = None
    tag: str | None = None
    min_price: int | None = None
    max_price: int | None = None
    attributes: dict[str, tuple[str, ...]] = {}
    in_stock: bool | None = None
    on_sale: bool | None = None


class ProductCard(msgspec.Struct, frozen=True, kw_only=True):
    """A product in a list. Price and list price are those of the variant that costs least now."""

    id: UUID
    slug: str
    name: str
    price: int
    list_price: int
    on_sale: bool
    in_stock: bool
    brand_slug: str | None
    brand_name: str | None
    category_path: str | None
    category_name: str | None
    seller_slug: str | None
    image_id: UUID | None
    rating_sum: int
    rating_count: int
    sort_key: int | str | datetime


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """A code or slug with the name people read."""

    code: str
    name: str


class OptionDetail(msgspec.Struct, frozen=True, kw_only=True):
    """An attribute with values: what variants differ by, or what the whole product has."""

    code: str
    name: str
    values: list[Named]


class OfferDetail(msgspec.Struct, frozen=True, kw_only=True):
    """A price for a while."""

    id: UUID
    name: str
    price: int
    starts_at: datetime
    ends_at: datetime


class ListedOffer(msgspec.Struct, frozen=True, kw_only=True):
    """An offer in the list of a store's, with the variant it is for."""

    id: UUID
    name: str
    price: int
    list_price: int
    starts_at: datetime
    ends_at: datetime
    is_running: bool
    product_slug: str
    product_name: str
    variant_id: UUID
    sku: str
    option_pairs: list[str]
    in_stock: bool
    seller_slug: str | None
    image_id: UUID | None


class ImageDetail(msgspec.Struct, frozen=True, kw_only=True):
    """A picture of a product, by the id of its file; `variant_id` is the variant it shows, None for all of them."""

    id: UUID
    variant_id: UUID | None
    alt: str
    width: int | None
    height: int | None


class VariantDetail(msgspec.Struct, frozen=True, kw_only=True):
    """A variant with its offers that are not over. `price` is what it costs now."""

    id: UUID
    sku: str
    name: str
    status: VariantStatus
    option_pairs: list[str]
    price: int
    list_price: int
    sale_price: int | None
    cost: int | None
    floor_price: int | None
    weight_g: int | None
    volume_cm3: int | None
    barcode: str | None
    on_hand: int
    reserved: int
    offers: list[OfferDetail]

    @property
    def is_in_stock(self) -> bool:
        """Whether there is a piece to sell."""
        return self.on_hand > self.reserved


class ProductDetail(msgspec.Struct, frozen=True, kw_only=True):
    """All there is of a product."""

    id: UUID
    slug: str
    name: str
    description: str
    status: ProductStatus
    brand: Named | None
    categories: list[Named]  # from the root down; codes are paths
    seller: Named | None
    tags: list[str]
    tax_class: str
    specifications: dict[str, str]
    options: list[OptionDetail]
    attributes: list[OptionDetail]
    images: list[ImageDetail]
    variants: list[VariantDetail]
    rating_sum: int
    rating_count: int
    version: int
    created_at: datetime
    updated_at: datetime


class FacetCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many products a filter would keep. `facet` is price, brand, category, stock, sale or `attribute:code`.

    `code` is the slug, path or value code, "true" for stock and sale, or the number of the price band.
    """

    facet: str
    code: str
    name: str
    products: int


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """Something that could be meant: a product by slug, a category by path, a brand by slug."""

    kind: Literal["product", "category", "brand"]
    code: str
    name: str


class CategoryNode(msgspec.Struct, frozen=True, kw_only=True):
    """A category in the order of the tree, with how many products for sale it and those below it hold."""

    id: UUID
    path: str
    slug: str
    name: str
    position: int
    parent_id: UUID | None
    products: int


class ManagedRow(msgspec.Struct, frozen=True, kw_only=True):
    """A product of any status, in the list of those who change it."""

    id: UUID
    slug: str
    name: str
    status: ProductStatus
    variants: int
    version: int
    created_at: datetime
    updated_at: datetime
