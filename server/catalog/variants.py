"""What can those who write the catalogue do with variants and offers? Add, generate, change and delete them.

Each of these is a change of the product: it locks the product, and the product's version goes up.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from msgspec import UnsetType
from msgspec.structs import replace

from server.catalog import product_repo as writes
from server.catalog.changes import WRITE, record
from server.catalog.errors import (
    OFFER_OVERLAPS,
    OFFER_UNKNOWN,
    RESERVED_FOR_STAFF,
    SKU_TAKEN,
    STILL_USED,
    TOO_MANY_VARIANTS,
    VARIANT_EXISTS,
    VARIANT_UNKNOWN,
)
from server.catalog.parts import MOST_VARIANTS
from server.catalog.product import ProductDetail
from server.catalog.products import finished, insert_variants, locked, refuse_reserved
from server.catalog.taxonomy import given
from server.catalog.write_schemas import GenerateBody, OfferBody, OfferChange, VariantBody, VariantChange
from server.catalog.writing import (
    Faults,
    OfferRow,
    ProductRow,
    VariantRow,
    read_combinations,
    read_variant_change,
    read_variants,
)
from server.errors import Fault
from server.web.call import Call
from storage.ids import new_id
from storage.transaction import Transaction

FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 2999
"""Years an offer may be in: far from where calendars of computers end."""


async def add_variant(call: Call, slug: str, body: VariantBody, version: int | None) -> ProductDetail:
    """Add a variant. Raises PRODUCT_UNKNOWN, VARIANT_EXISTS, SKU_TAKEN, TOO_MANY_VARIANTS and PRODUCT_INVALID."""
    refuse_reserved(call, [body])

    async def work(tx: Transaction) -> ProductDetail:
        product = await locked(call, tx, slug, version)
        options = await writes.read_options(tx, product.id)
        attributes = await writes.read_attributes(tx, options)
        faults = Faults()
        [variant] = read_variants([body], call.store.currency, options, attributes.values, faults, "")
        faults.refuse()
        existing = await writes.read_variants(tx, product.id)
        _refuse_too_many(len(existing), 1)
        if any(other.option_pairs == variant.option_pairs for other in existing):
            raise VARIANT_EXISTS(f"{slug!r} has a variant {_shown(variant)} already; change that one")
        await insert_variants(tx, product.id, [variant], "/sku")
        await record(call, tx, "catalog.variant_created", "variant", variant.id, None, variant)
        return await finished(tx, product)

    return await call.database.transaction(call.store.id, work)


async def generate_variants(
    call: Call, slug: str, body: GenerateBody, version: int | None
) -> tuple[int, ProductDetail]:
    """Add a variant of every combination that is not there yet; how many were added.

    A product without options and variants gets the chosen attributes as its options, in their order. Raises as
    add_variant does.
    """
    if not call.actor.may(WRITE) and (body.cost is not None or body.floor_price is not None):
        raise RESERVED_FOR_STAFF("cost and floor_price are set by the shop; leave them out")

    async def work(tx: Transaction) -> tuple[int, ProductDetail]:
        product = await locked(call, tx, slug, version)
        existing = await writes.read_variants(tx, product.id)
        options = await writes.read_options(tx, product.id)
        attributes = await writes.read_attributes(tx, [choice.attribute for choice in body.options])
        faults = Faults()
        _check_chosen(body, options, existing, faults)
        rows = read_combinations(
            body,
            call.store.currency,
            body.sku_prefix or product.slug[:40].upper(),
            [variant.option_pairs for variant in existing],
            attributes.values,
            faults,
        )
        faults.refuse()
        _refuse_too_many(len(existing), len(rows))
        if not options:
            await writes.insert_options(tx, product.id, [attributes.ids[choice.attribute] for choice in body.options])
        await insert_variants(tx, product.id, rows, "/sku_prefix")
        await record(
            call, tx, "catalog.variants_generated", "product", product.id, None, {"skus": [r.sku for r in rows]}
        )
        return len(rows), await finished(tx, product)

    return await call.database.transaction(call.store.id, work)


async def change_variant(
    call: Call, slug: str, variant_id: UUID, change: VariantChange, version: int | None
) -> ProductDetail:
    """Change a variant. Raises PRODUCT_UNKNOWN, VARIANT_UNKNOWN, SKU_TAKEN and PRODUCT_INVALID."""
    if not call.actor.may(WRITE) and not (
        isinstance(change.cost, UnsetType) and isinstance(change.floor_price, UnsetType)
    ):
        raise RESERVED_FOR_STAFF("cost and floor_price are set by the shop; leave them out")

    async def work(tx: Transaction) -> ProductDetail:
        product = await locked(call, tx, slug, version)
        old = await _variant(tx, product, variant_id)
        faults = Faults()
        new = read_variant_change(old, change, call.store.currency, faults)
        faults.refuse()
        if new.sku != old.sku and await writes.skus_taken(tx, [new.sku], but_not_by=old.id):
            raise SKU_TAKEN(
                f"another variant has the SKU {new.sku!r}", faults=[Fault("/sku", "taken", f"{new.sku!r} is taken")]
            )
        await writes.update_variant(tx, new)
        await record(call, tx, "catalog.variant_changed", "variant", old.id, old, new)
        return await finished(tx, product)

    return await call.database.transaction(call.store.id, work)


async def delete_variant(call: Call, slug: str, variant_id: UUID, version: int | None) -> None:
    """Delete a variant that never had stock. Raises PRODUCT_UNKNOWN, VARIANT_UNKNOWN and STILL_USED."""

    async def work(tx: Transaction) -> None:
        product = await locked(call, tx, slug, version)
        variant = await _variant(tx, product, variant_id)
        if not await writes.delete_variant(tx, variant.id):
            raise STILL_USED(f"the stock ledger knows {variant.sku}; set its status to inactive instead")
        await record(call, tx, "catalog.variant_deleted", "variant", variant.id, variant, None)
        await finished(tx, product)

    await call.database.transaction(call.store.id, work)


async def add_offer(call: Call, slug: str, variant_id: UUID, body: OfferBody, version: int | None) -> ProductDetail:
    """Add an offer. Raises PRODUCT_UNKNOWN, VARIANT_UNKNOWN, OFFER_OVERLAPS and PRODUCT_INVALID."""

    async def work(tx: Transaction) -> ProductDetail:
        product = await locked(call, tx, slug, version)
        variant = await _variant(tx, product, variant_id)
        faults = Faults()
        price = faults.amount(body.price, call.store.currency, "/price")
        offer = OfferRow(id=new_id(), name=body.name, price=price, starts_at=body.starts_at, ends_at=body.ends_at)
        await _put_offer(tx, variant, offer, faults)
        await record(call, tx, "catalog.offer_created", "offer", offer.id, None, offer)
        return await finished(tx, product)

    return await call.database.transaction(call.store.id, work)


async def change_offer(
    call: Call, slug: str, variant_id: UUID, offer_id: UUID, change: OfferChange, version: int | None
) -> ProductDetail:
    """Change an offer. Raises as add_offer does, and OFFER_UNKNOWN."""

    async def work(tx: Transaction) -> ProductDetail:
        product = await locked(call, tx, slug, version)
        variant = await _variant(tx, product, variant_id)
        old = await _offer(tx, variant, offer_id)
        faults = Faults()
        new = replace(
            old,
            name=given(change.name, old.name),
            starts_at=given(change.starts_at, old.starts_at),
            ends_at=given(change.ends_at, old.ends_at),
        )
        if not isinstance(change.price, UnsetType):
            new = replace(new, price=faults.amount(change.price, call.store.currency, "/price"))
        await _put_offer(tx, variant, new, faults)
        await record(call, tx, "catalog.offer_changed", "offer", offer_id, old, new)
        return await finished(tx, product)

    return await call.database.transaction(call.store.id, work)


async def delete_offer(call: Call, slug: str, variant_id: UUID, offer_id: UUID, version: int | None) -> None:
    """Delete an offer. Raises PRODUCT_UNKNOWN, VARIANT_UNKNOWN and OFFER_UNKNOWN."""

    async def work(tx: Transaction) -> None:
        product = await locked(call, tx, slug, version)
        offer = await _offer(tx, await _variant(tx, product, variant_id), offer_id)
        await writes.delete_offer(tx, offer.id)
        await record(call, tx, "catalog.offer_deleted", "offer", offer_id, offer, None)
        await finished(tx, product)

    await call.database.transaction(call.store.id, work)


async def _put_offer(tx: Transaction, variant: VariantRow, offer: OfferRow, faults: Faults) -> None:
    """Write the offer unless it makes no sense or another one is on at its time."""
    for name, instant in (("starts_at", offer.starts_at), ("ends_at", offer.ends_at)):
        if not FIRST_YEAR <= instant.year <= LAST_YEAR:
            faults.add(f"/{name}", "out_of_range", f"is not in the years {FIRST_YEAR} to {LAST_YEAR}")
    if offer.starts_at >= offer.ends_at:
        faults.add("/ends_at", "not_after_start", "is not after starts_at")
    if offer.price > variant.list_price:
        faults.add("/price", "above_list_price", "is above the list price, so it is no offer")
    faults.refuse()
    other = await writes.overlapping_offer(tx, variant.id, offer.starts_at, offer.ends_at, but_not=offer.id)
    if other is not None:
        raise OFFER_OVERLAPS(
            f"{other.name!r} is on from {other.starts_at.isoformat()} to before {other.ends_at.isoformat()};"
            " end it earlier, or start later",
            faults=[Fault("/starts_at", "overlaps", f"overlaps the offer {other.id}")],
        )
    await writes.put_offer(tx, variant.id, offer)


async def _variant(tx: Transaction, product: ProductRow, variant_id: UUID) -> VariantRow:
    variant = await writes.lock_variant(tx, product.id, variant_id)
    if variant is None:
        raise VARIANT_UNKNOWN(f"{product.slug!r} has no variant {variant_id}")
    return variant


async def _offer(tx: Transaction, variant: VariantRow, offer_id: UUID) -> OfferRow:
    offer = await writes.find_offer(tx, variant.id, offer_id)
    if offer is None:
        raise OFFER_UNKNOWN(f"{variant.sku} has no offer {offer_id}")
    return offer


def _check_chosen(body: GenerateBody, options: list[str], existing: list[VariantRow], faults: Faults) -> None:
    """The chosen attributes are the product's options; a product that has none yet gets them."""
    chosen = [choice.attribute for choice in body.options]
    if len(set(chosen)) != len(chosen):
        faults.add("/options", "repeated", "an attribute is chosen twice")
    elif options and set(chosen) != set(options):
        faults.add("/options", "other_options", f"the product varies by {', '.join(options)}; choose values of each")
    elif not options and existing:
        faults.add("/options", "has_variants", "the product has variants that vary by nothing; delete them first")


def _refuse_too_many(there: int, more: int) -> None:
    if there + more > MOST_VARIANTS:
        raise TOO_MANY_VARIANTS(
            f"there are {there} variants and {more} would be added; a product has at most {MOST_VARIANTS}"
        )


def _shown(variant: VariantRow) -> str:
    return ", ".join(variant.option_pairs) or "without options"
