"""What is written of a product, variant or offer once its request was read? Frozen values, prices in minor units.

Reading a request collects every fault with its pointer; nothing here asks the database.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import product as combinations
from typing import Final
from uuid import UUID

import msgspec
from msgspec import UnsetType

from engine.money import BadAmount, parse_amount
from server.catalog.errors import PRODUCT_INVALID
from server.catalog.parts import MOST_VARIANTS
from server.catalog.snapshot import ProductStatus, VariantStatus
from server.catalog.words import pairs_of
from server.catalog.write_schemas import GenerateBody, VariantBody, VariantChange
from server.errors import AppError, Fault
from storage.ids import new_id

PRICES: Final = ("list_price", "sale_price", "cost", "floor_price")
LONGEST_SKU: Final = 100


class ProductRow(msgspec.Struct, frozen=True, kw_only=True):
    """A product's own columns."""

    id: UUID
    slug: str
    name: str
    description: str
    brand_id: UUID | None
    category_id: UUID | None
    seller_id: UUID | None
    status: ProductStatus
    tags: list[str]
    tax_class: str
    specifications: dict[str, str]
    version: int = 1


class VariantRow(msgspec.Struct, frozen=True, kw_only=True):
    """A variant's own columns."""

    id: UUID
    sku: str
    name: str
    status: VariantStatus
    list_price: int
    sale_price: int | None
    cost: int | None
    floor_price: int | None
    weight_g: int | None
    volume_cm3: int | None
    barcode: str | None
    option_pairs: list[str]
    position: int


class OfferRow(msgspec.Struct, frozen=True, kw_only=True):
    """An offer's own columns."""

    id: UUID
    name: str
    price: int
    starts_at: datetime
    ends_at: datetime


@dataclass
class Faults:
    """What is wrong with a request, found so far."""

    found: list[Fault] = field(default_factory=list)

    def add(self, pointer: str, code: str, message: str) -> None:
        """Note a fault."""
        self.found.append(Fault(pointer, code, message))

    def amount(self, text: str, currency: str, pointer: str) -> int:
        """The amount in minor units; a fault, and 0, when the currency has no such amount."""
        try:
            return parse_amount(text, currency)
        except BadAmount as error:
            self.add(pointer, "amount_invalid", str(error))
            return 0

    def refuse(self) -> None:
        """Raise PRODUCT_INVALID with all faults, if there are any."""
        if self.found:
            raise self.error()

    def error(self) -> AppError:
        """PRODUCT_INVALID with all faults."""
        more = f" (and {len(self.found) - 1} more)" if len(self.found) > 1 else ""
        return PRODUCT_INVALID(f"{self.found[0].pointer}: {self.found[0].message}{more}", faults=self.found)


def read_variants(
    bodies: Sequence[VariantBody],
    currency: str,
    options: Sequence[str],
    values: Mapping[str, frozenset[str]],
    faults: Faults,
    pointer: str,
) -> list[VariantRow]:
    """New variants of a product that varies by `options`; `values` are the codes each attribute has."""
    rows = []
    for number, body in enumerate(bodies):
        at = f"{pointer}/{number}" if pointer else ""
        _check_options(body.options, options, values, faults, f"{at}/options")
        prices = {name: _price(getattr(body, name), currency, faults, f"{at}/{name}") for name in PRICES}
        row = VariantRow(
            id=new_id(), sku=body.sku, name=body.name, status=body.status, list_price=prices["list_price"] or 0,
            sale_price=prices["sale_price"], cost=prices["cost"], floor_price=prices["floor_price"],
            weight_g=body.weight_g, volume_cm3=body.volume_cm3, barcode=body.barcode,
            option_pairs=pairs_of(body.options.items()), position=body.position,
        )  # fmt: skip
        _check_sale(row, faults, at)
        rows.append(row)
    if pointer:
        _check_repeated(rows, faults, pointer)
    return rows


def read_variant_change(old: VariantRow, change: VariantChange, currency: str, faults: Faults) -> VariantRow:
    """The variant as it is to be."""
    values = {
        name: _price(value, currency, faults, f"/{name}") if name in PRICES else value
        for name in change.__struct_fields__
        if not isinstance(value := getattr(change, name), UnsetType)
    }
    new = msgspec.structs.replace(old, **values)
    _check_sale(new, faults, "")
    return new


def read_combinations(
    body: GenerateBody,
    currency: str,
    prefix: str,
    existing: Iterable[Sequence[str]],
    values: Mapping[str, frozenset[str]],
    faults: Faults,
) -> list[VariantRow]:
    """A variant of every combination of the chosen values that does not exist yet, in the order they were given."""
    size = 1
    for choice in body.options:
        size *= len(choice.values)
    if size > MOST_VARIANTS:
        faults.add("/options", "too_many", f"these are {size} combinations; a product has at most {MOST_VARIANTS}")
        faults.refuse()
    for number, choice in enumerate(body.options):
        _check_choice(choice.attribute, choice.values, values, faults, f"/options/{number}")
    prices = {name: _price(getattr(body, name), currency, faults, f"/{name}") for name in PRICES}
    known = {tuple(pairs) for pairs in existing}
    rows = []
    for place, chosen in enumerate(combinations(*(choice.values for choice in body.options))):
        pairs = pairs_of(zip((choice.attribute for choice in body.options), chosen, strict=True))
        sku = "-".join([prefix, *chosen])
        if tuple(pairs) in known:
            continue
        if len(sku) > LONGEST_SKU:
            faults.add("/sku_prefix", "too_long", f"the SKU {sku[:40]}… would have more than {LONGEST_SKU} letters")
            break
        rows.append(
            VariantRow(
                id=new_id(),
                sku=sku,
                name="",
                status=body.status,
                list_price=prices["list_price"] or 0,
                sale_price=prices["sale_price"],
                cost=prices["cost"],
                floor_price=prices["floor_price"],
                weight_g=body.weight_g,
                volume_cm3=body.volume_cm3,
                barcode=None,
                option_pairs=pairs,
                position=place,
            )
        )
    if rows:
        _check_sale(rows[0], faults, "")
    return rows


def _price(text: str | None, currency: str, faults: Faults, pointer: str) -> int | None:
    return None if text is None else faults.amount(text, currency, pointer)


def _check_sale(row: VariantRow, faults: Faults, at: str) -> None:
    if row.sale_price is not None and row.sale_price > row.list_price:
        faults.add(f"{at}/sale_price", "above_list_price", "is above the list price")


def _check_options(
    given: Mapping[str, str],
    options: Sequence[str],
    values: Mapping[str, frozenset[str]],
    faults: Faults,
    at: str,
) -> None:
    """A variant has one known value of each option of its product, and of nothing else."""
    for code in options:
        if code not in given:
            faults.add(at, "missing", f"the product varies by {code}; give the variant's")
        elif given[code] not in values.get(code, frozenset()):
            faults.add(f"{at}/{code}", "value_unknown", f"{code} has no value {given[code]!r}")
    for code in given:
        if code not in options:
            faults.add(f"{at}/{code}", "no_option", f"the product does not vary by {code}")


def _check_choice(
    code: str, chosen: Sequence[str], values: Mapping[str, frozenset[str]], faults: Faults, at: str
) -> None:
    if code not in values:
        faults.add(f"{at}/attribute", "attribute_unknown", f"there is no attribute {code!r}")
        return
    for place, value in enumerate(chosen):
        if value not in values[code]:
            faults.add(f"{at}/values/{place}", "value_unknown", f"{code} has no value {value!r}")
        elif value in chosen[:place]:
            faults.add(f"{at}/values/{place}", "repeated", f"{value!r} is chosen already")


def _check_repeated(rows: Sequence[VariantRow], faults: Faults, pointer: str) -> None:
    skus: set[str] = set()
    combined: set[tuple[str, ...]] = set()
    for number, row in enumerate(rows):
        if row.sku in skus:
            faults.add(f"{pointer}/{number}/sku", "repeated", f"{row.sku!r} is an earlier variant's")
        if tuple(row.option_pairs) in combined:
            faults.add(f"{pointer}/{number}/options", "repeated", "an earlier variant has these options")
        skus.add(row.sku)
        combined.add(tuple(row.option_pairs))
