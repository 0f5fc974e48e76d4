"""How does a plan become rows? First what others refer to, then products, their variants, and last the stock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from server.catalog import inventory, inventory_repo
from server.catalog.imports import repo
from server.catalog.imports.entries import Entry, Pairs, title
from server.catalog.imports.known import Names
from server.catalog.imports.plan import ProductPlan, VariantPlan
from server.catalog.indexing import reindex
from server.catalog.inventory_levels import StockChange
from server.catalog.words import pairs_of
from storage.database import TryAgain
from storage.ids import new_id
from storage.transaction import Transaction


async def write(
    tx: Transaction, plans: Sequence[ProductPlan], names: Names, *, import_id: UUID, actor_id: UUID | None
) -> int:
    """Write the plans; how many levels of stock changed."""
    changed = [plan for plan in plans if plan.is_changed]
    if changed:
        await _make_named(tx, names, changed)
        ids = await repo.write_products(tx, [_product_row(plan, names) for plan in changed])
        await _write_values(tx, changed, ids, names)
        await _write_variants(tx, changed, ids)
        await reindex(tx, sorted(ids.values()))
    return await _write_stock(tx, plans, import_id=import_id, actor_id=actor_id)


async def make_sellers(tx: Transaction, names: Names, sellers: Mapping[str, str]) -> None:
    """Make sellers that no product may refer to: slug → name."""
    await repo.make_named(tx, names, "seller", {slug: (slug, None, name) for slug, name in sellers.items()})


async def _make_named(tx: Transaction, names: Names, plans: Sequence[ProductPlan]) -> None:
    entries = [variant.entry for plan in plans for variant in plan.variants]
    brands = {entry.brand: entry.brand_name for entry in reversed(entries) if entry.brand}
    sellers = {entry.seller: entry.seller_name for entry in reversed(entries) if entry.seller}
    await repo.make_named(
        tx, names, "brand", {slug: (slug, None, name or title(slug)) for slug, name in brands.items()}
    )
    await make_sellers(tx, names, {slug: name or title(slug) for slug, name in sellers.items()})
    await _make_categories(tx, names, entries)
    await _make_attributes(tx, names, entries)


async def _make_categories(tx: Transaction, names: Names, entries: Sequence[Entry]) -> None:
    """Level by level, because each needs the ids of the one above."""
    for depth in range(max((len(entry.category) for entry in entries), default=0)):
        wanted: dict[str, tuple[str, UUID | None, str]] = {}
        for entry in entries:
            if depth < len(entry.category):
                above, slug = "/".join(entry.category[:depth]), entry.category[depth]
                name = entry.category_names[depth] if depth < len(entry.category_names) else title(slug)
                path = "/".join(entry.category[: depth + 1])
                wanted.setdefault(path, (slug, names.id("category", above), name))
        await repo.make_named(tx, names, "category", wanted)


async def _make_attributes(tx: Transaction, names: Names, entries: Sequence[Entry]) -> None:
    attributes: dict[str, str] = {}
    values: dict[tuple[str, str], str] = {}
    for entry in entries:
        for (code, value), (name, value_name) in [
            *_named_pairs(entry.attributes, entry.attribute_names),
            *_named_pairs(entry.options, entry.option_names),
        ]:
            attributes.setdefault(code, name)
            values.setdefault((code, value), value_name)
    await repo.make_named(tx, names, "attribute", {code: (code, None, name) for code, name in attributes.items()})
    wanted = {f"{code}:{value}": (value, names.id("attribute", code), name) for (code, value), name in values.items()}
    await repo.make_named(tx, names, "value", wanted)


def _named_pairs(pairs: Pairs, given: Pairs) -> list[tuple[tuple[str, str], tuple[str, str]]]:
    """Each pair of codes with its names: those given in the same order, or made from the codes."""
    named = given if len(given) == len(pairs) else tuple((title(code), title(value)) for code, value in pairs)
    return list(zip(pairs, named, strict=True))


def _product_row(plan: ProductPlan, names: Names) -> dict[str, Any]:
    entry = plan.entry
    return {
        "id": plan.known.id if plan.known is not None else new_id(),
        "slug": plan.slug,
        "name": entry.product_name,
        "description": entry.description,
        "brand_id": names.id("brand", entry.brand),
        "category_id": names.id("category", entry.category_path),
        "seller_id": names.id("seller", entry.seller),
        "status": entry.status,
        "tags": entry.tags,
        "tax_class": entry.tax_class,
        "specifications": msgspec.Raw(entry.specifications.encode()),
    }


async def _write_values(tx: Transaction, plans: Sequence[ProductPlan], ids: Mapping[str, UUID], names: Names) -> None:
    options = [
        {"product_id": ids[plan.slug], "attribute_id": names.id("attribute", code), "position": position}
        for plan in plans
        for position, code in enumerate(plan.options)
    ]
    values = [
        (ids[plan.slug], names.by_kind["value"][f"{code}:{value}"].id)
        for plan in plans
        for code, value in plan.entry.attributes
    ]
    await repo.set_options(tx, options)
    await repo.set_values(tx, list(ids.values()), values)


async def _write_variants(tx: Transaction, plans: Sequence[ProductPlan], ids: Mapping[str, UUID]) -> None:
    rows = [
        _variant_row(variant, ids[plan.slug], position)
        for plan in plans
        for position, variant in enumerate(plan.variants, start=len(plan.known.variants) if plan.known else 0)
        if variant.known is None or variant.is_changed
    ]
    if await repo.write_variants(tx, rows) != len(rows):
        # A SKU that was free when we looked was taken meanwhile: look again.
        raise TryAgain


def _variant_row(variant: VariantPlan, product_id: UUID, position: int) -> dict[str, Any]:
    entry = variant.entry
    return {
        "id": variant.known.id if variant.known is not None else new_id(),
        "product_id": product_id,
        "sku": entry.sku,
        "name": entry.variant_name,
        "status": entry.variant_status,
        "option_pairs": pairs_of(entry.options),
        "list_price": entry.list_price,
        "sale_price": entry.sale_price,
        "cost": entry.cost,
        "floor_price": entry.floor_price,
        "weight_g": entry.weight_g,
        "volume_cm3": entry.volume_cm3,
        "barcode": entry.barcode or None,
        "position": position,
    }


async def _write_stock(tx: Transaction, plans: Sequence[ProductPlan], *, import_id: UUID, actor_id: UUID | None) -> int:
    variants = [variant for plan in plans for variant in plan.variants]
    restocked = [variant.entry for variant in variants if variant.changes_stock]
    watched = [variant.entry for variant in variants if variant.changes_threshold]
    new = [variant.entry for variant in variants if variant.known is None]
    skus = {entry.sku for entry in (*restocked, *watched, *new)}
    if not skus:
        return 0
    levels = await inventory_repo.lock_levels(tx, sorted(skus))
    await repo.set_thresholds(tx, {levels[entry.sku].variant_id: entry.low_stock_threshold for entry in watched})
    changes = [
        StockChange(before=level, delta=entry.on_hand - level.on_hand, reason="imported")
        for entry in restocked
        for level in [levels[entry.sku]]
    ]
    await inventory.book(tx, changes, reference=("import", str(import_id)), actor_id=actor_id)
    return len(changes)
