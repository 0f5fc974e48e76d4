"""What does a file change? Rows against what the store holds: what is made, changed, kept, and what is turned away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from server.catalog.imports.entries import PRODUCT_FIELDS, Entry, Row, product_part, variant_part
from server.catalog.imports.known import Known, KnownProduct, KnownVariant
from server.catalog.imports.report import Rejection, shown
from server.catalog.inventory_levels import StockLevel

# Names serve what has to be made, so those of the store must not be taken over for something else.
_NO_NAMES: Mapping[str, Any] = {
    "brand_name": "", "category_names": (), "seller_name": "", "attribute_names": (), "option_names": ()
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class VariantPlan:
    """What becomes of one variant. `has_stock`: its stock is to be what the entry says."""

    entry: Entry
    known: KnownVariant | None
    has_stock: bool
    has_threshold: bool

    @property
    def is_changed(self) -> bool:
        """Whether its row in the store has to be written again."""
        return self.known is not None and variant_part(self.entry) != variant_part(self.known.entry)

    @property
    def changes_stock(self) -> bool:
        """Whether pieces have to be added or taken away."""
        return self.has_stock and self.entry.on_hand != (self.known.entry.on_hand if self.known is not None else 0)

    @property
    def changes_threshold(self) -> bool:
        """Whether from another number of pieces on the variant is to count as low."""
        before = self.known.entry.low_stock_threshold if self.known is not None else None
        return self.has_threshold and self.entry.low_stock_threshold != before


@dataclass(slots=True)
class ProductPlan:
    """What becomes of one product, with those of its variants that are in the file."""

    slug: str
    known: KnownProduct | None
    variants: list[VariantPlan] = field(default_factory=list)
    first_line: int = 0

    @property
    def entry(self) -> Entry:
        """An entry that has the product part."""
        return self.variants[0].entry

    @property
    def is_changed(self) -> bool:
        """Whether the product's own row has to be written again: it also carries words and pairs of its variants."""
        if self.known is None or product_part(self.entry) != product_part(self.known.template):
            return True
        return any(variant.known is None or variant.is_changed for variant in self.variants)

    @property
    def options(self) -> tuple[str, ...]:
        """The codes of what the variants differ by."""
        return tuple(code for code, _ in self.entry.options)


@dataclass(slots=True)
class Planner:
    """Plans a file piece by piece. `levels` are the locked levels of SKUs whose stock the file gives."""

    levels: Mapping[str, StockLevel]
    opening_stock: int = 0
    line_of: dict[str, int] = field(default_factory=dict)

    def plan(self, groups: Iterable[Sequence[Row]], known: Known) -> tuple[list[ProductPlan], list[Rejection]]:
        """The plans of products, each given as its rows, and why rows are left out of them."""
        plans: list[ProductPlan] = []
        rejections: list[Rejection] = []
        for rows in groups:
            plan = ProductPlan(rows[0].product, known.products.get(rows[0].product))
            for row in rows:
                found = self._add(plan, row, known)
                if found is not None:
                    rejections.append(found)
            if plan.variants:
                plans.append(plan)
        return plans, rejections

    def _add(self, plan: ProductPlan, row: Row, known: Known) -> Rejection | None:
        """Add the row to its product, or say why not."""
        elsewhere = known.product_of.get(row.sku, plan.slug)
        if elsewhere != plan.slug:
            return _reject(row, "sku", "sku_elsewhere", f"is a variant of the product {elsewhere!r} already")
        if row.sku in self.line_of:
            return _reject(row, "sku", "sku_repeated", f"is in line {self.line_of[row.sku]} already")
        self.line_of[row.sku] = row.line
        existing = None if plan.known is None else plan.known.variants.get(row.sku)
        entry = self._complete(plan, row, existing)
        rejection = self._fault(plan, row, entry)
        if rejection is not None:
            return rejection
        plan.first_line = plan.first_line or row.line
        is_new = existing is None
        plan.variants.append(
            VariantPlan(
                entry,
                existing,
                has_stock="on_hand" in row.given or (is_new and entry.on_hand > 0),
                has_threshold="low_stock_threshold" in row.given,
            )
        )
        return None

    def _complete(self, plan: ProductPlan, row: Row, existing: KnownVariant | None) -> Entry:
        """The row with what its file leaves out: as it is in the store, or as new things begin."""
        if existing is not None:
            return msgspec.structs.replace(existing.entry, **{**_NO_NAMES, **row.given})
        given = {"on_hand": self.opening_stock, **row.given}
        if plan.known is not None:
            return msgspec.structs.replace(plan.known.template, **{**_NO_NAMES, **given})
        return Entry(**given)

    def _fault(self, plan: ProductPlan, row: Row, entry: Entry) -> Rejection | None:
        if entry.sale_price is not None and entry.sale_price > entry.list_price:
            return _reject(row, "sale_price", "sale_above_list", "is higher than the list price")
        level = self.levels.get(row.sku)
        if level is not None and entry.on_hand < level.reserved:
            return _reject(row, "on_hand", "below_reserved", f"is less than the {level.reserved} that are reserved")
        return _unlike_its_product(plan, row, entry) or _unlike_its_siblings(plan, row, entry)


def _unlike_its_product(plan: ProductPlan, row: Row, entry: Entry) -> Rejection | None:
    if not plan.variants:
        return None
    for name in PRODUCT_FIELDS:
        if getattr(entry, name) != getattr(plan.entry, name):
            message = f"is different in line {plan.first_line}, which is the same product"
            return _reject(row, name, "product_differs", message)
    return None


def _unlike_its_siblings(plan: ProductPlan, row: Row, entry: Entry) -> Rejection | None:
    """Every variant of a product has a value for each of its options, and no two have the same values."""
    codes = tuple(code for code, _ in entry.options)
    wanted = plan.options if plan.variants else _options_of(plan.known, codes)
    if codes != wanted:
        have = f"differ by {', '.join(wanted)}" if wanted else "have no options, so there is only one"
        return _reject(row, "options", "options_do_not_match", f"do not match: the variants of this product {have}")
    siblings = [known.entry for known in plan.known.variants.values()] if plan.known is not None else []
    for sibling in [*siblings, *(variant.entry for variant in plan.variants)]:
        if sibling.options == entry.options and sibling.sku != entry.sku:
            return _reject(row, "options", "options_taken", f"are those of the SKU {sibling.sku!r} already")
    return None


def _options_of(known: KnownProduct | None, otherwise: tuple[str, ...]) -> tuple[str, ...]:
    return known.options if known is not None and known.variants else otherwise


def _reject(row: Row, column: str, code: str, message: str) -> Rejection:
    value = row.given.get(column, "")
    return Rejection(row.line, column, shown(str(value)), code, message)
