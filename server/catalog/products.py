"""What can those who write the catalogue do with products? Read all of one, create, change and delete; all audited.

Whoever may only write their own sees no other seller's product. Every change locks the product first, so changes of
one product come one after the other, and counts its version up at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from msgspec import UnsetType
from msgspec.structs import replace

from server.catalog import image_repo, indexing, repo, search_repo
from server.catalog import product_repo as writes
from server.catalog.changes import WRITE, record
from server.catalog.errors import NOT_A_SELLER, PRODUCT_UNKNOWN, RESERVED_FOR_STAFF, SKU_TAKEN, SLUG_TAKEN, STILL_USED
from server.catalog.parts import RESERVED_SLUGS
from server.catalog.product import ManagedRow, ProductDetail
from server.catalog.snapshot import ProductStatus
from server.catalog.taxonomy import given
from server.catalog.taxonomy_repo import find_seller
from server.catalog.words import slug_of
from server.catalog.write_schemas import AttributeValueBody, ProductBody, ProductChange, VariantBody
from server.catalog.writing import Faults, ProductRow, VariantRow, read_variants
from server.errors import AppError, Fault
from server.media import service as media
from server.web.call import Call
from server.web.etag import refuse_other_version
from server.web.pages import Position
from storage.ids import new_id
from storage.transaction import Transaction


async def list_managed(call: Call, status: ProductStatus | None, at: Position) -> list[ManagedRow]:
    """Products of any status that the caller may change, newest first, one more than the page holds."""

    async def work(tx: Transaction) -> list[ManagedRow]:
        seller_id = await own_seller(call, tx)
        return await search_repo.list_managed(
            tx, status=status, seller_id=seller_id, past=at.keys, backwards=at.backwards, limit=at.limit + 1
        )

    return await call.database.transaction(call.store.id, work)


async def read_managed(call: Call, slug: str) -> ProductDetail:
    """All there is of a product that the caller may change. Raises PRODUCT_UNKNOWN."""

    async def work(tx: Transaction) -> ProductDetail:
        await locked(call, tx, slug, None)
        return await detail(tx, slug)

    return await call.database.transaction(call.store.id, work)


async def create_product(call: Call, body: ProductBody) -> ProductDetail:
    """Add a product with its options, values and variants.

    Raises PRODUCT_INVALID naming every fault, SLUG_TAKEN, SKU_TAKEN, NOT_A_SELLER and RESERVED_FOR_STAFF.
    """
    refuse_reserved(call, body.variants)

    async def work(tx: Transaction) -> ProductDetail:
        seller_id = await own_seller(call, tx)
        faults = Faults()
        found = await writes.resolve(tx, body.brand, body.category, body.seller)
        _check_found(body.brand, found.brand_id, "brand", faults)
        _check_found(body.category, found.category_id, "category", faults)
        _check_seller(body.seller, found.seller_id, seller_id, faults)
        attributes = await writes.read_attributes(tx, [*body.options, *(value.attribute for value in body.attributes)])
        option_ids = _option_ids(body.options, attributes, faults)
        value_ids = _value_ids(body.attributes, attributes, faults)
        variants = read_variants(
            body.variants, call.store.currency, body.options, attributes.values, faults, "/variants"
        )
        faults.refuse()
        product = await _insert(
            tx, body, brand_id=found.brand_id, category_id=found.category_id, seller_id=seller_id or found.seller_id
        )
        await writes.insert_options(tx, product.id, option_ids)
        await writes.set_values(tx, product.id, value_ids)
        await insert_variants(tx, product.id, variants, "/variants/{}/sku")
        await record(call, tx, "catalog.product_created", "product", product.id, None, product)
        return await finished(tx, product)

    return await call.database.transaction(call.store.id, work)


async def change_product(call: Call, slug: str, change: ProductChange, version: int | None) -> ProductDetail:
    """Change a product that is at this version (None: at any).

    Raises PRODUCT_UNKNOWN, VERSION_CHANGED, PRODUCT_INVALID naming every fault, and SLUG_TAKEN.
    """

    async def work(tx: Transaction) -> ProductDetail:
        old = await locked(call, tx, slug, version)
        new = await _changed(call, tx, old, change)
        if new.slug != old.slug:
            _refuse_reserved_slug(new.slug)
            if await writes.slug_is_taken(tx, new.slug):
                raise _slug_taken(new.slug)
        await writes.update_product(tx, new)
        await record(call, tx, "catalog.product_changed", "product", old.id, old, new)
        return await finished(tx, new)

    return await call.database.transaction(call.store.id, work)


async def delete_product(call: Call, slug: str, version: int | None) -> None:
    """Delete a product that is at this version and never had stock. Raises as change_product, and STILL_USED."""

    async def work(tx: Transaction) -> None:
        product = await locked(call, tx, slug, version)
        pictures = await image_repo.images_of(tx, product.id)
        if not await writes.delete_product(tx, product.id):
            raise STILL_USED(f"the stock ledger knows variants of {slug!r}; set its status to archived instead")
        for media_id in pictures:
            await media.remove(tx, call, media_id)
        await record(call, tx, "catalog.product_deleted", "product", product.id, product, None)

    await call.database.transaction(call.store.id, work)


async def own_seller(call: Call, tx: Transaction) -> UUID | None:
    """The seller whose products the caller may write; None: everybody's. Raises NOT_A_SELLER."""
    if call.actor.may(WRITE):
        return None
    seller = await find_seller(tx, user_id=call.actor.id)
    if seller is None or seller.status != "active":
        raise NOT_A_SELLER("your account sells nothing here; ask the shop to make you a seller")
    return seller.id


async def locked(call: Call, tx: Transaction, slug: str, version: int | None) -> ProductRow:
    """The product, locked until the transaction ends. Raises PRODUCT_UNKNOWN and VERSION_CHANGED."""
    product = await writes.lock_product(tx, slug, await own_seller(call, tx))
    if product is None:
        raise PRODUCT_UNKNOWN(f"no product you may change has the slug {slug!r}")
    refuse_other_version(version, product.version)
    return product


async def finished(tx: Transaction, product: ProductRow) -> ProductDetail:
    """The product as it is now, after its pairs, words and version followed the change."""
    await indexing.reindex(tx, [product.id], as_new_version=True)
    return await detail(tx, product.slug)


async def detail(tx: Transaction, slug: str) -> ProductDetail:
    """A product that is known to exist."""
    found = await repo.read_product(tx, slug)
    assert found is not None
    return found


async def insert_variants(tx: Transaction, product_id: UUID, variants: Sequence[VariantRow], pointer: str) -> None:
    """Add variants whose options no other variant has. Raises SKU_TAKEN for each taken one, `{}` being its number."""
    if not variants:
        return
    added = await writes.insert_variants(tx, product_id, variants)
    left = [(number, row.sku) for number, row in enumerate(variants) if row.id not in added]
    if left:
        raise SKU_TAKEN(
            f"another variant has the SKU {left[0][1]!r}",
            faults=[Fault(pointer.format(number), "taken", f"{sku!r} is taken") for number, sku in left],
        )


def refuse_reserved(call: Call, variants: Sequence[VariantBody]) -> None:
    """Raise RESERVED_FOR_STAFF when somebody who may only write their own sets a cost or floor price."""
    if call.actor.may(WRITE):
        return
    for variant in variants:
        if variant.cost is not None or variant.floor_price is not None:
            raise RESERVED_FOR_STAFF("cost and floor_price are set by the shop; leave them out")


async def _insert(
    tx: Transaction, body: ProductBody, *, brand_id: UUID | None, category_id: UUID | None, seller_id: UUID | None
) -> ProductRow:
    """Add the product's own row. A slug made from the name gets an ending when it is taken; a given one is refused."""
    if body.slug is not None:
        _refuse_reserved_slug(body.slug)
    id = new_id()
    ending = id.hex[-6:]
    slug = body.slug or slug_of(body.name, f"product-{ending}")
    product = ProductRow(
        id=id, slug=slug, name=body.name, description=body.description, brand_id=brand_id, category_id=category_id,
        seller_id=seller_id, status=body.status, tags=_unique(body.tags), tax_class=body.tax_class,
        specifications=body.specifications,
    )  # fmt: skip
    if slug not in RESERVED_SLUGS and await writes.insert_product(tx, product):
        return product
    if body.slug is not None:
        raise _slug_taken(slug)
    product = replace(product, slug=f"{slug}-{ending}")
    if not await writes.insert_product(tx, product):
        raise _slug_taken(product.slug)
    return product


async def _changed(call: Call, tx: Transaction, old: ProductRow, change: ProductChange) -> ProductRow:
    """The product as it is to be. Its attribute values are written at once."""
    faults = Faults()
    brand, category, seller = (
        None if isinstance(slug, UnsetType) else slug for slug in (change.brand, change.category, change.seller)
    )
    found = await writes.resolve(tx, brand, category, seller)
    _check_found(brand, found.brand_id, "brand", faults)
    _check_found(category, found.category_id, "category", faults)
    if not isinstance(change.seller, UnsetType):
        own = None if call.actor.may(WRITE) else old.seller_id
        if own is not None and found.seller_id != own:
            faults.add("/seller", "not_yours", "is not you; leave it out")
        _check_found(seller, found.seller_id, "seller", faults)
    if not isinstance(change.attributes, UnsetType):
        attributes = await writes.read_attributes(tx, [value.attribute for value in change.attributes])
        value_ids = _value_ids(change.attributes, attributes, faults)
        faults.refuse()
        await writes.set_values(tx, old.id, value_ids)
    faults.refuse()
    return replace(
        old,
        slug=given(change.slug, old.slug),
        name=given(change.name, old.name),
        description=given(change.description, old.description),
        status=given(change.status, old.status),
        tags=_unique(given(change.tags, old.tags)),
        tax_class=given(change.tax_class, old.tax_class),
        specifications=given(change.specifications, old.specifications),
        brand_id=old.brand_id if isinstance(change.brand, UnsetType) else found.brand_id,
        category_id=old.category_id if isinstance(change.category, UnsetType) else found.category_id,
        seller_id=old.seller_id if isinstance(change.seller, UnsetType) else found.seller_id,
    )


def _check_found(slug: str | None, id: UUID | None, thing: str, faults: Faults) -> None:
    if slug is not None and id is None:
        faults.add(f"/{thing}", f"{thing}_unknown", f"there is no {thing} {slug!r}")


def _check_seller(slug: str | None, id: UUID | None, own: UUID | None, faults: Faults) -> None:
    _check_found(slug, id, "seller", faults)
    if own is not None and id is not None and id != own:
        faults.add("/seller", "not_yours", f"{slug!r} is not you; leave it out")


def _option_ids(codes: Sequence[str], attributes: writes.Attributes, faults: Faults) -> list[UUID]:
    for number, code in enumerate(codes):
        if code not in attributes.ids:
            faults.add(f"/options/{number}", "attribute_unknown", f"there is no attribute {code!r}")
        elif code in codes[:number]:
            faults.add(f"/options/{number}", "repeated", f"{code!r} is an option already")
    return [attributes.ids[code] for code in codes if code in attributes.ids]


def _value_ids(values: Sequence[AttributeValueBody], attributes: writes.Attributes, faults: Faults) -> list[UUID]:
    ids: list[UUID] = []
    for number, value in enumerate(values):
        id = attributes.value_ids.get((value.attribute, value.value))
        if id is None:
            faults.add(f"/attributes/{number}", "value_unknown", f"{value.attribute!r} has no value {value.value!r}")
        elif id not in ids:
            ids.append(id)
    return ids


def _unique(tags: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(tags))


def _refuse_reserved_slug(slug: str) -> None:
    if slug in RESERVED_SLUGS:
        raise SLUG_TAKEN(
            f"{slug!r} is taken by the API itself, at /products/{slug}; choose another",
            faults=[Fault("/slug", "reserved", "is a word of the API's own addresses")],
        )


def _slug_taken(slug: str) -> AppError:
    return SLUG_TAKEN(f"{slug!r} is taken; choose another", faults=[Fault("/slug", "taken", "is taken")])
