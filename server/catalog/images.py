"""What can those who write the catalogue do with the pictures of products? Add, describe, order and remove them."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from server.catalog import image_repo as repo
from server.catalog.changes import record
from server.catalog.errors import IMAGE_UNKNOWN, TOO_MANY_IMAGES
from server.catalog.image_repo import ImageRow
from server.catalog.product import ProductDetail
from server.catalog.products import finished, locked
from server.catalog.taxonomy import given
from server.catalog.write_schemas import ImageChange, ImageQuery
from server.catalog.writing import Faults, ProductRow
from server.media import service as media
from server.web.call import Call
from storage.transaction import Transaction

MOST_IMAGES: Final = 30
IMAGE_PIXELS: Final = 1_600
"""The longest side of a stored picture: enough to zoom on a large screen."""


async def add_image(call: Call, slug: str, content: bytes, said: ImageQuery, version: int | None) -> ProductDetail:
    """Show a picture with the product. It is stored first, and forgotten when the product is refused.

    Raises PRODUCT_UNKNOWN, VERSION_CHANGED, PRODUCT_INVALID for a variant it does not have, TOO_MANY_IMAGES,
    IMAGE_TOO_LARGE and IMAGE_UNREADABLE.
    """
    received = await media.receive(call, content, "product", IMAGE_PIXELS)

    async def work(tx: Transaction) -> ProductDetail:
        product = await locked(call, tx, slug, version)
        if await repo.count_images(tx, product.id) >= MOST_IMAGES:
            raise TOO_MANY_IMAGES(f"{slug!r} has {MOST_IMAGES} pictures, the most a product may have; remove one")
        await _check_variant(tx, product, said.variant_id, "query/variant_id")
        image = ImageRow(received.id, said.variant_id, said.alt, said.position)
        await media.keep(tx, received, product.id)
        await repo.add_image(tx, product.id, image)
        await record(call, tx, "catalog.image_added", "product", product.id, None, image)
        return await finished(tx, product)

    try:
        return await call.database.transaction(call.store.id, work)
    except BaseException:
        await media.discard(call, received)
        raise


async def change_image(
    call: Call, slug: str, image_id: UUID, change: ImageChange, version: int | None
) -> ProductDetail:
    """Change what is said of a picture. Raises PRODUCT_UNKNOWN, VERSION_CHANGED, IMAGE_UNKNOWN and PRODUCT_INVALID."""

    async def work(tx: Transaction) -> ProductDetail:
        product = await locked(call, tx, slug, version)
        old = await _image(tx, product, image_id)
        variant_id = given(change.variant_id, old.variant_id)
        await _check_variant(tx, product, variant_id, "/variant_id")
        new = ImageRow(image_id, variant_id, given(change.alt, old.alt), given(change.position, old.position))
        await repo.update_image(tx, product.id, new)
        await record(call, tx, "catalog.image_changed", "product", product.id, old, new)
        return await finished(tx, product)

    return await call.database.transaction(call.store.id, work)


async def remove_image(call: Call, slug: str, image_id: UUID, version: int | None) -> None:
    """Forget a picture, its bytes too. Raises PRODUCT_UNKNOWN, VERSION_CHANGED and IMAGE_UNKNOWN."""

    async def work(tx: Transaction) -> None:
        product = await locked(call, tx, slug, version)
        image = await _image(tx, product, image_id)
        await repo.delete_image(tx, product.id, image_id)
        await media.remove(tx, call, image_id)
        await record(call, tx, "catalog.image_removed", "product", product.id, image, None)
        await finished(tx, product)

    await call.database.transaction(call.store.id, work)


async def _check_variant(tx: Transaction, product: ProductRow, variant_id: UUID | None, pointer: str) -> None:
    if variant_id is not None and not await repo.has_variant(tx, product.id, variant_id):
        faults = Faults()
        faults.add(pointer, "variant_unknown", f"{product.slug!r} has no variant {variant_id}")
        raise faults.error()


async def _image(tx: Transaction, product: ProductRow, image_id: UUID) -> ImageRow:
    image = await repo.find_image(tx, product.id, image_id)
    if image is None:
        raise IMAGE_UNKNOWN(f"{product.slug!r} has no picture {image_id}")
    return image
