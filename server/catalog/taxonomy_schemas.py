"""What do requests and answers about brands, sellers, categories and attributes look like?"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType, field

from server.catalog.parts import CategoryPath, Code, Name, NamedView, Order, Slug, ValueCode
from server.catalog.taxa import SellerStatus
from server.web.binding import Body, View
from server.web.pages import PageQuery


class TaxaQuery(PageQuery, frozen=True, kw_only=True):
    """Which part of the list to show."""


class BrandBody(Body, frozen=True, kw_only=True):
    """A new brand. Without a slug it gets one from its name."""

    name: Name
    slug: Slug | None = None


class BrandChange(Body, frozen=True, kw_only=True):
    """What changes of a brand."""

    name: Name | UnsetType = UNSET
    slug: Slug | UnsetType = UNSET


class SellerBody(Body, frozen=True, kw_only=True):
    """A new seller. `user_id` is the account that may change their products."""

    name: Name
    slug: Slug | None = None
    user_id: UUID | None = None


class SellerChange(Body, frozen=True, kw_only=True):
    """What changes of a seller."""

    name: Name | UnsetType = UNSET
    slug: Slug | UnsetType = UNSET
    user_id: UUID | UnsetType | None = UNSET
    status: SellerStatus | UnsetType = UNSET


class CategoryBody(Body, frozen=True, kw_only=True):
    """A new category, below `parent` or at the root."""

    name: Name
    slug: Slug | None = None
    parent: CategoryPath | None = None
    position: Order = 0


class CategoryChange(Body, frozen=True, kw_only=True):
    """What changes of a category. Another parent or slug moves everything below it along; parent null: to the root."""

    name: Name | UnsetType = UNSET
    slug: Slug | UnsetType = UNSET
    parent: CategoryPath | UnsetType | None = UNSET
    position: Order | UnsetType = UNSET


class ValueBody(Body, frozen=True, kw_only=True):
    """A value of an attribute. Without a code it gets one from its name."""

    name: Name
    code: ValueCode | None = None


class AttributeBody(Body, frozen=True, kw_only=True):
    """A new attribute, with its values in their order."""

    name: Name
    code: Code | None = None
    position: Order = 0
    values: Annotated[list[ValueBody], Meta(max_length=500)] = field(default_factory=list)


class AttributeChange(Body, frozen=True, kw_only=True):
    """What changes of an attribute; its code never does."""

    name: Name | UnsetType = UNSET
    position: Order | UnsetType = UNSET


class ValueChange(Body, frozen=True, kw_only=True):
    """A value, to be added or changed."""

    name: Name
    position: Order = 0


class TaxonView(View, frozen=True, kw_only=True):
    """A brand or seller, with how many products it has for sale."""

    id: UUID
    slug: str
    name: str
    products: int


class BrandView(View, frozen=True, kw_only=True):
    """A brand."""

    id: UUID
    slug: str
    name: str


class SellerView(View, frozen=True, kw_only=True):
    """A seller, as staff see them."""

    id: UUID
    slug: str
    name: str
    user_id: UUID | None
    status: SellerStatus


class CategoryView(View, frozen=True, kw_only=True):
    """A category."""

    id: UUID
    path: str
    slug: str
    name: str
    position: int


class CategoryTreeView(View, frozen=True, kw_only=True):
    """A category, how many products for sale its subtree holds, and the categories below it."""

    id: UUID
    path: str
    slug: str
    name: str
    products: int
    children: list[CategoryTreeView]


class CategoriesView(View, frozen=True, kw_only=True):
    """The whole tree."""

    items: list[CategoryTreeView]


class AttributeView(View, frozen=True, kw_only=True):
    """An attribute with its values in their order."""

    code: str
    name: str
    values: list[NamedView]


class AttributesView(View, frozen=True, kw_only=True):
    """All attributes."""

    items: list[AttributeView]
