"""What is one row of a catalogue? One variant, and the product it belongs to; fields are called as the columns are."""

from __future__ import annotations

from typing import Any, Final, Literal, TypeAlias

import msgspec

Pairs: TypeAlias = tuple[tuple[str, str], ...]
Given: TypeAlias = dict[str, Any]
"""Values of the columns that a file has, by column; typed as the fields of Entry."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One row, complete. Amounts are minor units of the store's currency; names serve only what has to be made."""

    product: str
    product_name: str
    description: str = ""
    status: Literal["draft", "active", "archived"] = "draft"
    brand: str = ""
    brand_name: str = ""
    category: tuple[str, ...] = ()
    category_names: tuple[str, ...] = ()
    seller: str = ""
    seller_name: str = ""
    tags: tuple[str, ...] = ()
    tax_class: str = "standard"
    attributes: Pairs = ()
    attribute_names: Pairs = ()
    specifications: str = "{}"  # a JSON object, keys sorted
    sku: str
    variant_name: str = ""
    variant_status: Literal["active", "inactive"] = "active"
    options: Pairs = ()
    option_names: Pairs = ()
    list_price: int
    sale_price: int | None = None
    cost: int | None = None
    floor_price: int | None = None
    weight_g: int | None = None
    volume_cm3: int | None = None
    barcode: str = ""
    on_hand: int = 0
    low_stock_threshold: int | None = None

    @property
    def category_path(self) -> str:
        """The slugs from the root, as rules read them; empty for none."""
        return "/".join(self.category)


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A row as it was given: where it stood, and what its columns said."""

    line: int
    given: Given

    @property
    def product(self) -> str:
        """The slug of the product."""
        return str(self.given["product"])

    @property
    def sku(self) -> str:
        """The variant's own code."""
        return str(self.given["sku"])


PRODUCT_FIELDS: Final = (
    "product_name", "description", "status", "brand", "category", "seller", "tags", "tax_class", "attributes",
    "specifications",
)  # fmt: skip
"""What all rows of one product have in common."""
VARIANT_FIELDS: Final = (
    "variant_name", "variant_status", "options", "list_price", "sale_price", "cost", "floor_price", "weight_g",
    "volume_cm3", "barcode",
)  # fmt: skip


def product_part(entry: Entry) -> tuple[Any, ...]:
    """The product of the row, to compare."""
    return tuple(getattr(entry, name) for name in PRODUCT_FIELDS)


def variant_part(entry: Entry) -> tuple[Any, ...]:
    """The variant of the row, to compare; stock is apart."""
    return tuple(getattr(entry, name) for name in VARIANT_FIELDS)


def title(code: str) -> str:
    """A name for what was given only as a code: "home-lamps" → "Home lamps"."""
    words = code.replace("-", " ").replace("_", " ").strip()
    return words[:1].upper() + words[1:] or code
