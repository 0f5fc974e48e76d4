"""Where are the pictures of products written? Here; their bytes are the media room's."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from storage.models import ProductImage
from storage.transaction import Transaction


@dataclass(frozen=True, slots=True)
class ImageRow:
    """A picture of a product; `variant_id` is the variant it shows, None for all of them."""

    media_id: UUID
    variant_id: UUID | None
    alt: str
    position: int


async def count_images(tx: Transaction, product_id: UUID) -> int:
    """How many pictures the locked product has."""
    return int(await tx.fetchval("SELECT count(*) FROM product_images WHERE product_id = $1", product_id))


async def add_image(tx: Transaction, product_id: UUID, image: ImageRow) -> None:
    """Let the product show a picture that the media room keeps."""
    await ProductImage.create(
        store_id=tx.store_id, product_id=product_id, variant_id=image.variant_id, media_id=image.media_id,
        alt=image.alt, position=image.position,
    )  # fmt: skip


async def find_image(tx: Transaction, product_id: UUID, media_id: UUID) -> ImageRow | None:
    """The picture, if the product shows it."""
    row = await tx.fetchrow(
        "SELECT media_id, variant_id, alt, position FROM product_images WHERE product_id = $1 AND media_id = $2",
        product_id, media_id,
    )  # fmt: skip
    return None if row is None else ImageRow(**row)


async def update_image(tx: Transaction, product_id: UUID, image: ImageRow) -> None:
    """Change what is said of a picture."""
    await tx.execute(
        "UPDATE product_images SET alt = $3, position = $4, variant_id = $5 WHERE product_id = $1 AND media_id = $2",
        product_id, image.media_id, image.alt, image.position, image.variant_id,
    )  # fmt: skip


async def delete_image(tx: Transaction, product_id: UUID, media_id: UUID) -> None:
    """Let the product no longer show the picture."""
    await tx.execute("DELETE FROM product_images WHERE product_id = $1 AND media_id = $2", product_id, media_id)


async def has_variant(tx: Transaction, product_id: UUID, variant_id: UUID) -> bool:
    """Whether the product has this variant."""
    return bool(
        await tx.fetchval(
            "SELECT EXISTS (SELECT FROM variants WHERE product_id = $1 AND id = $2)", product_id, variant_id
        )
    )


async def images_of(tx: Transaction, product_id: UUID) -> list[UUID]:
    """The media ids of all pictures of a product."""
    rows = await tx.fetch("SELECT media_id FROM product_images WHERE product_id = $1", product_id)
    return [row["media_id"] for row in rows]
