"""What do questions to the catalogue and its answers look like? Amounts are decimal strings in the store's currency."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, field

from server.catalog.parts import Amount, CategoryPath, NamedView, Slug, Tag
from server.catalog.product import Sort
from server.catalog.snapshot import ProductStatus, VariantStatus
from server.catalog.taxonomy_schemas import AttributeView
from server.web.binding import Query, View
from server.web.pages import Page, PageQuery

SearchText = Annotated[str, Meta(min_length=1, max_length=200, description="Words; the last one may be unfinished.")]
AttributeFilter = Annotated[
    str, Meta(min_length=3, max_length=121, pattern=r"^[a-z0-9][a-z0-9_-]*:[a-z0-9][a-z0-9_.-]*(?!\n)$")
]
AttributeFilters = Annotated[
    list[AttributeFilter],
    Meta(
        max_length=20,
        description="colour:red, several times: one value of an attribute has to match, and all attributes have to.",
    ),
]


class FilterQuery(Query, frozen=True, kw_only=True):
    """Which products are meant. Prices are those of a product's cheapest variant now."""

    q: SearchText | None = None
    category: CategoryPath | None = None
    brand: Slug | None = None
    seller: Slug | None = None
    tag: Tag | None = None
    min_price: Amount | None = None
    max_price: Amount | None = None
    attribute: AttributeFilters = field(default_factory=list)
    in_stock: bool | None = None
    on_sale: bool | None = None


class ProductsQuery(PageQuery, frozen=True, kw_only=True):
    """Which products to list, and in which order; without `sort` by relevance when there is a `q`, else by age."""

    q: SearchText | None = None
    category: CategoryPath | None = None
    brand: Slug | None = None
    seller: Slug | None = None
    tag: Tag | None = None
    min_price: Amount | None = None
    max_price: Amount | None = None
    attribute: AttributeFilters = field(default_factory=list)
    in_stock: bool | None = None
    on_sale: bool | None = None
    sort: Sort | None = None


class SuggestQuery(Query, frozen=True, kw_only=True):
    """The beginning of a search."""

    q: SearchText


class RatingView(View, frozen=True, kw_only=True):
    """What buyers think: the average of 1 to 5 stars, null without any."""

    average: float | None
    count: int


class ImageView(View, frozen=True, kw_only=True):
    """A picture: its address, what it shows, its size in pixels. `variant_id` is null when it is of all variants."""

    id: UUID
    variant_id: UUID | None
    url: str
    alt: str
    width: int | None
    height: int | None


class ProductCardView(View, frozen=True, kw_only=True):
    """A product in a list. Prices are those of the variant that costs least now."""

    id: UUID
    slug: str
    name: str
    price: str
    list_price: str
    currency: str
    on_sale: bool
    in_stock: bool
    image_url: str | None
    brand: NamedView | None
    category: NamedView | None
    seller: str | None
    rating: RatingView


class ProductPage(Page[ProductCardView], frozen=True, kw_only=True):
    """One page of products. `corrected` is what was searched for instead, when a word of `q` has no match."""

    corrected: str | None


class CountView(View, frozen=True, kw_only=True):
    """A filter, and how many products it would keep."""

    code: str
    name: str
    products: int


class PriceBandView(View, frozen=True, kw_only=True):
    """Prices from `min` to below `max` (null: without end), and how many products are among them."""

    min: str
    max: str | None
    products: int


class AttributeFacetView(View, frozen=True, kw_only=True):
    """An attribute, and how many products each of its values would keep."""

    code: str
    values: list[CountView]


class FacetsView(View, frozen=True, kw_only=True):
    """How many products each further filter would keep; each facet is counted without its own filter."""

    currency: str
    prices: list[PriceBandView]
    brands: list[CountView]
    categories: list[CountView]
    attributes: list[AttributeFacetView]
    in_stock: int
    on_sale: int


class OfferView(View, frozen=True, kw_only=True):
    """A price for a while: from `starts_at` to before `ends_at`."""

    id: UUID
    name: str
    price: str
    starts_at: datetime
    ends_at: datetime


class VariantView(View, frozen=True, kw_only=True):
    """A variant. `price` is what one costs now: the offer that is on, else the sale price, else the list price."""

    id: UUID
    sku: str
    name: str
    options: dict[str, str]
    price: str
    list_price: str
    on_sale: bool
    in_stock: bool
    weight_g: int | None
    volume_cm3: int | None
    offers: list[OfferView]


class ProductView(View, frozen=True, kw_only=True):
    """A product with the variants that are for sale. `price` is that of the cheapest; null without variants."""

    id: UUID
    slug: str
    name: str
    description: str
    brand: NamedView | None
    categories: Annotated[list[NamedView], Meta(description="From the root of the tree down; codes are paths.")]
    seller: NamedView | None
    tags: list[str]
    specifications: dict[str, str]
    currency: str
    price: str | None
    list_price: str | None
    in_stock: bool
    options: list[AttributeView]
    attributes: list[AttributeView]
    images: list[ImageView]
    variants: list[VariantView]
    rating: RatingView


class ManagedVariantView(View, frozen=True, kw_only=True):
    """All there is of a variant. Cost and floor price are null to those who may only write their own products."""

    id: UUID
    sku: str
    name: str
    status: VariantStatus
    options: dict[str, str]
    price: str
    list_price: str
    sale_price: str | None
    cost: str | None
    floor_price: str | None
    weight_g: int | None
    volume_cm3: int | None
    barcode: str | None
    on_hand: int
    available: int
    offers: list[OfferView]


class ManagedProductView(View, frozen=True, kw_only=True):
    """All there is of a product, for those who change it. The ETag is its version."""

    id: UUID
    slug: str
    name: str
    description: str
    status: ProductStatus
    brand: NamedView | None
    category: NamedView | None
    seller: NamedView | None
    tags: list[str]
    tax_class: str
    specifications: dict[str, str]
    currency: str
    options: list[AttributeView]
    attributes: list[AttributeView]
    images: list[ImageView]
    variants: list[ManagedVariantView]
    version: int
    created_at: datetime
    updated_at: datetime


class GeneratedView(View, frozen=True, kw_only=True):
    """How many variants were added, and the product as it is now."""

    added: int
    product: ManagedProductView


class ManagedRowView(View, frozen=True, kw_only=True):
    """A product of any status."""

    id: UUID
    slug: str
    name: str
    status: ProductStatus
    variants: int
    version: int
    created_at: datetime
    updated_at: datetime


class SuggestionView(View, frozen=True, kw_only=True):
    """Something that could be meant: a product by slug, a category by path, a brand by slug."""

    kind: Literal["product", "category", "brand"]
    code: str
    name: str


class SuggestionsView(View, frozen=True, kw_only=True):
    """What could be meant."""

    items: list[SuggestionView]
