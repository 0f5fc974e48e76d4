"""What do requests that change products, variants and offers look like?"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType, field

from server.catalog.parts import (
    MOST_VARIANTS,
    Alt,
    Amount,
    CategoryPath,
    Code,
    CubicCentimetres,
    Grams,
    Name,
    Order,
    Sku,
    Slug,
    Tag,
    TaxClass,
    ValueCode,
)
from server.catalog.snapshot import ProductStatus, VariantStatus
from server.web.binding import Body, Path, Query
from server.web.pages import PageQuery

Description = Annotated[str, Meta(max_length=20_000)]
Tags = Annotated[list[Tag], Meta(max_length=50)]
VariantName = Annotated[str, Meta(max_length=200)]
Barcode = Annotated[str, Meta(min_length=1, max_length=60, pattern=r"^[0-9A-Za-z-]+(?!\n)$")]
SpecificationName = Annotated[str, Meta(min_length=1, max_length=100)]
Specifications = Annotated[
    dict[SpecificationName, Annotated[str, Meta(max_length=1_000)]],
    Meta(max_length=100, description="Facts to show, by name: nothing is decided with them."),
]
OptionCodes = Annotated[
    list[Code], Meta(max_length=5, description="Attributes that the variants differ by, in order: colour, size.")
]
OptionValues = Annotated[
    dict[Code, ValueCode], Meta(max_length=5, description="The variant's value of each option: {colour: red}.")
]
When = Annotated[datetime, Meta(tz=True)]


class AttributeValueBody(Body, frozen=True, kw_only=True):
    """A value that the whole product has."""

    attribute: Code
    value: ValueCode


Attributes = Annotated[list[AttributeValueBody], Meta(max_length=100)]


class VariantBody(Body, frozen=True, kw_only=True):
    """A new variant. Cost and floor price, below which no discount may go, are for staff only."""

    sku: Sku
    list_price: Amount
    sale_price: Amount | None = None
    cost: Amount | None = None
    floor_price: Amount | None = None
    name: VariantName = ""
    status: VariantStatus = "active"
    weight_g: Grams | None = None
    volume_cm3: CubicCentimetres | None = None
    barcode: Barcode | None = None
    options: OptionValues = field(default_factory=dict)
    position: Order = 0


class VariantChange(Body, frozen=True, kw_only=True):
    """What changes of a variant; null takes a value away. Its options never change."""

    sku: Sku | UnsetType = UNSET
    list_price: Amount | UnsetType = UNSET
    sale_price: Amount | UnsetType | None = UNSET
    cost: Amount | UnsetType | None = UNSET
    floor_price: Amount | UnsetType | None = UNSET
    name: VariantName | UnsetType = UNSET
    status: VariantStatus | UnsetType = UNSET
    weight_g: Grams | UnsetType | None = UNSET
    volume_cm3: CubicCentimetres | UnsetType | None = UNSET
    barcode: Barcode | UnsetType | None = UNSET
    position: Order | UnsetType = UNSET


class ProductBody(Body, frozen=True, kw_only=True):
    """A new product. Without a slug it gets one from its name. It is sold once it is active and has a variant."""

    name: Name
    slug: Slug | None = None
    description: Description = ""
    status: ProductStatus = "draft"
    brand: Slug | None = None
    category: CategoryPath | None = None
    seller: Slug | None = None
    tags: Tags = field(default_factory=list)
    tax_class: TaxClass = "standard"
    specifications: Specifications = field(default_factory=dict)
    attributes: Attributes = field(default_factory=list)
    options: OptionCodes = field(default_factory=list)
    variants: Annotated[list[VariantBody], Meta(max_length=MOST_VARIANTS)] = field(default_factory=list)


class ProductChange(Body, frozen=True, kw_only=True):
    """What changes of a product; null takes a value away."""

    name: Name | UnsetType = UNSET
    slug: Slug | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    status: ProductStatus | UnsetType = UNSET
    brand: Slug | UnsetType | None = UNSET
    category: CategoryPath | UnsetType | None = UNSET
    seller: Slug | UnsetType | None = UNSET
    tags: Tags | UnsetType = UNSET
    tax_class: TaxClass | UnsetType = UNSET
    specifications: Specifications | UnsetType = UNSET
    attributes: Attributes | UnsetType = UNSET


class OptionChoice(Body, frozen=True, kw_only=True):
    """An attribute, and the values of it that variants are made for."""

    attribute: Code
    values: Annotated[list[ValueCode], Meta(min_length=1, max_length=MOST_VARIANTS)]


class GenerateBody(Body, frozen=True, kw_only=True):
    """Makes a variant of every combination of the chosen values that the product does not have yet.

    SKUs are the prefix and the value codes: SHIRT-red-m. Prices and measures are those of every new variant.
    """

    options: Annotated[list[OptionChoice], Meta(min_length=1, max_length=5)]
    list_price: Amount
    sale_price: Amount | None = None
    cost: Amount | None = None
    floor_price: Amount | None = None
    weight_g: Grams | None = None
    volume_cm3: CubicCentimetres | None = None
    status: VariantStatus = "active"
    sku_prefix: (
        Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*(?!\n)$")] | None
    ) = None


class OfferBody(Body, frozen=True, kw_only=True):
    """A price for a while: from `starts_at` to before `ends_at`."""

    name: Name
    price: Amount
    starts_at: When
    ends_at: When


class OfferChange(Body, frozen=True, kw_only=True):
    """What changes of an offer."""

    name: Name | UnsetType = UNSET
    price: Amount | UnsetType = UNSET
    starts_at: When | UnsetType = UNSET
    ends_at: When | UnsetType = UNSET


class VariantPath(Path, frozen=True, kw_only=True):
    """Names a variant of a product."""

    slug: Slug
    variant_id: UUID


class OfferPath(Path, frozen=True, kw_only=True):
    """Names an offer of a variant of a product."""

    slug: Slug
    variant_id: UUID
    offer_id: UUID


class ImagePath(Path, frozen=True, kw_only=True):
    """Names a picture of a product."""

    slug: Slug
    image_id: UUID


class ImageQuery(Query, frozen=True, kw_only=True):
    """What the picture shows, and its place among the pictures: the lowest is the one that lists show.

    `variant_id` names the variant it is of; without it, it is of all of them.
    """

    variant_id: UUID | None = None
    alt: Alt = ""
    position: Order = 0


class ImageChange(Body, frozen=True, kw_only=True):
    """What changes of a picture; null for `variant_id` makes it one of all variants."""

    variant_id: UUID | UnsetType | None = UNSET
    alt: Alt | UnsetType = UNSET
    position: Order | UnsetType = UNSET


class ManagedQuery(PageQuery, frozen=True, kw_only=True):
    """Which products to list for those who change them."""

    status: ProductStatus | None = None
