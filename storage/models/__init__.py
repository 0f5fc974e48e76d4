"""The tables as Tortoise models, one file per room; constraints, indexes and policies stand in migrations/sql.

Rows are written by repo modules only. Times are aware UTC, money is minor units, ids are UUIDv7 made by us.
"""

from __future__ import annotations

from storage.models.accounts import Address, OneTimeToken, RefreshToken, Registration, User, UserSession
from storage.models.cart import Cart, CartItem
from storage.models.catalog import (
    Attribute,
    AttributeValue,
    Brand,
    Category,
    Offer,
    Product,
    ProductAttributeValue,
    ProductImage,
    ProductOption,
    Seller,
    Variant,
)
from storage.models.platform import AuditEntry, Media, PlatformUser, Store

__all__ = [
    "Address",
    "Attribute",
    "AttributeValue",
    "AuditEntry",
    "Brand",
    "Cart",
    "CartItem",
    "Category",
    "Media",
    "Offer",
    "OneTimeToken",
    "PlatformUser",
    "Product",
    "ProductAttributeValue",
    "ProductImage",
    "ProductOption",
    "RefreshToken",
    "Registration",
    "Seller",
    "Store",
    "User",
    "UserSession",
    "Variant",
]
