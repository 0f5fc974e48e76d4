"""What does the rest of the shop see of a variant? One frozen value, and the SQL that other statements join it with.

`VARIANT_COLUMNS` and `VARIANT_TABLES` belong together: a statement that has the variant's id selects the former from
the latter and gives each row to `variant_of`. Prices are minor units of the store's currency.
"""

from __future__ import annotations

from typing import Any, Final, Literal, Protocol
from uuid import UUID

import msgspec

VariantStatus = Literal["active", "inactive"]
ProductStatus = Literal["draft", "active", "archived"]


class VariantSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """A variant as it is now. `sale_price` is the live offer's price, else the variant's own; None without either."""

    id: UUID
    sku: str
    name: str
    option_pairs: tuple[str, ...]
    status: VariantStatus
    product_id: UUID
    product_slug: str
    product_name: str
    product_status: ProductStatus
    category_path: str | None
    brand_slug: str | None
    seller_slug: str | None
    tags: tuple[str, ...]
    tax_class: str
    list_price: int
    sale_price: int | None
    cost: int | None
    floor_price: int | None
    weight_g: int | None
    volume_cm3: int | None
    on_hand: int
    reserved: int
    image_id: UUID | None

    @property
    def is_for_sale(self) -> bool:
        """Whether it can be put into a cart: variant and product are both active."""
        return self.status == "active" and self.product_status == "active"

    @property
    def available(self) -> int:
        """Pieces that can still be sold."""
        return self.on_hand - self.reserved

    @property
    def price(self) -> int:
        """What one piece costs now, before any rule."""
        return self.list_price if self.sale_price is None else self.sale_price


OFFER_PRICE: Final = """
(SELECT o.price FROM offers o
  WHERE o.store_id = v.store_id AND o.variant_id = v.id AND o.starts_at <= now() AND o.ends_at > now())
"""
"""The price of the live offer of the variant `v`; there is never more than one. An offer counts from its first instant
to before its last, by the transaction's clock."""

SALE_PRICE: Final = f"least(coalesce({OFFER_PRICE}, v.sale_price), v.list_price)"
"""What `v` costs now: offer before sale price before list price. A list price lowered below an offer wins."""

FIRST_IMAGE: Final = """
(SELECT i.media_id FROM product_images i
  WHERE i.store_id = p.store_id AND i.product_id = p.id ORDER BY i.position, i.id LIMIT 1)
"""
"""The media id of the first image of the product `p`."""

VARIANT_IMAGE: Final = """
(SELECT i.media_id FROM product_images i
  WHERE i.store_id = p.store_id AND i.product_id = p.id
  ORDER BY i.variant_id IS DISTINCT FROM v.id, i.variant_id IS NOT NULL, i.position, i.id LIMIT 1)
"""
"""The media id of the first image of the variant `v`; else of one of the product `p`, rather not of another variant."""

VARIANT_COLUMNS: Final = f"""
v.id, v.sku, v.name, v.option_pairs, v.status, v.list_price,
nullif({SALE_PRICE}, v.list_price) AS sale_price, v.cost, v.floor_price, v.weight_g, v.volume_cm3,
p.id AS product_id, p.slug AS product_slug, p.name AS product_name, p.status AS product_status, p.tags, p.tax_class,
category.path AS category_path, brand.slug AS brand_slug, seller.slug AS seller_slug,
coalesce(stock.on_hand, 0) AS on_hand, coalesce(stock.reserved, 0) AS reserved,
{VARIANT_IMAGE} AS image_id
"""
"""The fields of a VariantSnapshot, by their names."""

VARIANT_TABLES: Final = """
variants v
JOIN products p ON p.store_id = v.store_id AND p.id = v.product_id
LEFT JOIN categories category ON category.store_id = p.store_id AND category.id = p.category_id
LEFT JOIN brands brand ON brand.store_id = p.store_id AND brand.id = p.brand_id
LEFT JOIN sellers seller ON seller.store_id = p.store_id AND seller.id = p.seller_id
LEFT JOIN stock_levels stock ON stock.store_id = v.store_id AND stock.variant_id = v.id
"""
"""Where VARIANT_COLUMNS come from: `v` is the variant, `p` its product."""


class Columns(Protocol):
    """A row of a result, by column name."""

    def __getitem__(self, name: str, /) -> Any:
        """The value of a column."""


def variant_of(row: Columns) -> VariantSnapshot:
    """The snapshot of a row that has VARIANT_COLUMNS; other columns are ignored."""
    values = {name: row[name] for name in VariantSnapshot.__struct_fields__}
    values["option_pairs"], values["tags"] = tuple(values["option_pairs"]), tuple(values["tags"])
    return VariantSnapshot(**values)
