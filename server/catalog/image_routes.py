"""The addresses at which pictures of products are written."""

from __future__ import annotations

from server.catalog import images
from server.catalog.changes import WRITE, WRITERS
from server.catalog.errors import IMAGE_UNKNOWN, NOT_A_SELLER, PRODUCT_INVALID, PRODUCT_UNKNOWN, TOO_MANY_IMAGES
from server.catalog.parts import SlugPath
from server.catalog.product import ProductDetail
from server.catalog.schemas import ManagedProductView
from server.catalog.views import managed_view
from server.catalog.write_schemas import ImageChange, ImagePath, ImageQuery
from server.media.errors import IMAGE_TOO_LARGE, IMAGE_UNREADABLE
from server.media.service import UPLOADS
from server.web.call import Call
from server.web.endpoint import Reply, Routes, Upload
from server.web.etag import VERSION_CHANGED, versioned, wanted_version

routes = Routes("Catalogue management")

_OF_PRODUCT = (PRODUCT_UNKNOWN, NOT_A_SELLER, VERSION_CHANGED)


@routes.post(
    "/products/{slug}/images",
    needs=WRITERS,
    status=201,
    idempotency="none",  # a picture is rendered before the transaction that a key would open
    uploads=UPLOADS,
    errors=(*_OF_PRODUCT, PRODUCT_INVALID, TOO_MANY_IMAGES, IMAGE_TOO_LARGE, IMAGE_UNREADABLE),
)
async def add_product_image(call: Call, path: SlugPath, query: ImageQuery, upload: Upload) -> Reply[ManagedProductView]:
    """Show a picture with the product. The body is the picture itself; it is stored as WebP, without its metadata."""
    return _managed(call, await images.add_image(call, path.slug, upload.content, query, wanted_version(call)))


@routes.patch(
    "/products/{slug}/images/{image_id}", needs=WRITERS, errors=(*_OF_PRODUCT, IMAGE_UNKNOWN, PRODUCT_INVALID)
)
async def change_product_image(call: Call, path: ImagePath, body: ImageChange) -> Reply[ManagedProductView]:
    """Change what a picture is said to show, which variant, or its place."""
    return _managed(call, await images.change_image(call, path.slug, path.image_id, body, wanted_version(call)))


@routes.delete("/products/{slug}/images/{image_id}", needs=WRITERS, errors=(*_OF_PRODUCT, IMAGE_UNKNOWN))
async def remove_product_image(call: Call, path: ImagePath) -> None:
    """Remove a picture."""
    await images.remove_image(call, path.slug, path.image_id, wanted_version(call))


def _managed(call: Call, product: ProductDetail) -> Reply[ManagedProductView]:
    view = managed_view(product, call.store.currency, with_costs=call.actor.may(WRITE))
    return versioned(view, product.version)
