"""What are products sorted by? Brands, sellers, categories and attributes, as the database gives them."""

from __future__ import annotations

from typing import Final, Literal
from uuid import UUID

import msgspec

DEEPEST: Final = 10
"""Levels of categories; a path of that many slugs still fits an index entry."""

SellerStatus = Literal["active", "suspended"]


class CountedTaxon(msgspec.Struct, frozen=True, kw_only=True):
    """A brand or seller, with how many products it has for sale."""

    id: UUID
    slug: str
    name: str
    products: int


class Brand(msgspec.Struct, frozen=True, kw_only=True):
    """A brand."""

    id: UUID
    slug: str
    name: str


class Seller(msgspec.Struct, frozen=True, kw_only=True):
    """A seller; `user_id` is the account that may change their products."""

    id: UUID
    slug: str
    name: str
    user_id: UUID | None
    status: SellerStatus


class Category(msgspec.Struct, frozen=True, kw_only=True):
    """A node of the tree; `path` is the slugs from the root."""

    id: UUID
    parent_id: UUID | None
    slug: str
    name: str
    path: str
    position: int

    def holds(self, path: str) -> bool:
        """Whether the path is this category's or that of one below it."""
        return path == self.path or path.startswith(f"{self.path}/")


class Attribute(msgspec.Struct, frozen=True, kw_only=True):
    """Something products differ by."""

    id: UUID
    code: str
    name: str
    position: int


class AttributeValue(msgspec.Struct, frozen=True, kw_only=True):
    """One of the values of an attribute."""

    id: UUID
    attribute_id: UUID
    code: str
    name: str
    position: int
