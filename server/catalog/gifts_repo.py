"""Which variants are the gifts of a decision? Those for sale, by their SKUs, as far as they are on the shelf."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from server.catalog.snapshot import VARIANT_COLUMNS, VARIANT_TABLES, VariantSnapshot, variant_of
from storage.transaction import Transaction

_OF_SKUS: Final = f"SELECT {VARIANT_COLUMNS} FROM {VARIANT_TABLES} WHERE v.sku = ANY($1::text[]) ORDER BY v.id"


async def variants_of_gifts(
    tx: Transaction, wanted: Mapping[str, int], bought: Mapping[str, int]
) -> list[tuple[VariantSnapshot, int]]:
    """Variants with the units that can be given, after the units `bought` of the same SKUs; both by SKU.

    What is not for sale or sold out is left out: a gift that is gone must not keep anybody from buying.
    """
    if not wanted:
        return []
    found = [variant_of(row) for row in await tx.fetch(_OF_SKUS, list(wanted))]
    units = {variant.sku: min(wanted[variant.sku], variant.available - bought.get(variant.sku, 0)) for variant in found}
    return [(variant, units[variant.sku]) for variant in found if variant.is_for_sale and units[variant.sku] > 0]
