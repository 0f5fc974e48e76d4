"""The addresses at which staff write brands, sellers, categories and attributes."""

from __future__ import annotations

from server.catalog import attributes, taxonomy
from server.catalog.changes import WRITE
from server.catalog.errors import (
    ATTRIBUTE_UNKNOWN,
    BRAND_UNKNOWN,
    CATEGORY_UNKNOWN,
    SELLER_UNKNOWN,
    SLUG_TAKEN,
    STILL_USED,
    TAXON_INVALID,
)
from server.catalog.parts import CodePath, IdPath, SlugPath, ValuePath
from server.catalog.taxa import Brand, Category, Seller
from server.catalog.taxonomy_schemas import (
    AttributeBody,
    AttributeChange,
    AttributeView,
    BrandBody,
    BrandChange,
    BrandView,
    CategoryBody,
    CategoryChange,
    CategoryView,
    SellerBody,
    SellerChange,
    SellerView,
    ValueChange,
)
from server.catalog.views import attribute_view
from server.web.call import Call
from server.web.endpoint import Routes

routes = Routes("Catalogue management")


@routes.post("/brands", needs=WRITE, status=201, errors=(SLUG_TAKEN, TAXON_INVALID))
async def create_brand(call: Call, body: BrandBody) -> BrandView:
    """Add a brand."""
    return _brand_view(await taxonomy.create_brand(call, body))


@routes.patch("/brands/{slug}", needs=WRITE, errors=(BRAND_UNKNOWN, SLUG_TAKEN))
async def change_brand(call: Call, path: SlugPath, body: BrandChange) -> BrandView:
    """Change what the body names of a brand."""
    return _brand_view(await taxonomy.change_brand(call, path.slug, body))


@routes.delete("/brands/{slug}", needs=WRITE, errors=(BRAND_UNKNOWN, STILL_USED))
async def delete_brand(call: Call, path: SlugPath) -> None:
    """Delete a brand that no product has."""
    await taxonomy.delete_brand(call, path.slug)


@routes.post("/sellers", needs=WRITE, status=201, errors=(SLUG_TAKEN, TAXON_INVALID))
async def create_seller(call: Call, body: SellerBody) -> SellerView:
    """Add a seller; with `user_id`, that account may change their products."""
    return _seller_view(await taxonomy.create_seller(call, body))


@routes.patch("/sellers/{slug}", needs=WRITE, errors=(SELLER_UNKNOWN, SLUG_TAKEN, TAXON_INVALID))
async def change_seller(call: Call, path: SlugPath, body: SellerChange) -> SellerView:
    """Change what the body names of a seller. A suspended seller can change no products."""
    return _seller_view(await taxonomy.change_seller(call, path.slug, body))


@routes.post("/categories", needs=WRITE, status=201, errors=(SLUG_TAKEN, TAXON_INVALID))
async def create_category(call: Call, body: CategoryBody) -> CategoryView:
    """Add a category, at the root or below another."""
    return _category_view(await taxonomy.create_category(call, body))


@routes.patch("/categories/{id}", needs=WRITE, errors=(CATEGORY_UNKNOWN, SLUG_TAKEN, TAXON_INVALID))
async def change_category(call: Call, path: IdPath, body: CategoryChange) -> CategoryView:
    """Change what the body names of a category. With another parent or slug all below it moves along."""
    return _category_view(await taxonomy.change_category(call, path.id, body))


@routes.delete("/categories/{id}", needs=WRITE, errors=(CATEGORY_UNKNOWN, STILL_USED))
async def delete_category(call: Call, path: IdPath) -> None:
    """Delete a category that has no products and none below it."""
    await taxonomy.delete_category(call, path.id)


@routes.post("/attributes", needs=WRITE, status=201, errors=(SLUG_TAKEN, TAXON_INVALID))
async def create_attribute(call: Call, body: AttributeBody) -> AttributeView:
    """Add an attribute with its values."""
    return attribute_view(await attributes.create_attribute(call, body))


@routes.patch("/attributes/{code}", needs=WRITE, errors=(ATTRIBUTE_UNKNOWN,))
async def change_attribute(call: Call, path: CodePath, body: AttributeChange) -> None:
    """Change the name or position of an attribute."""
    await attributes.change_attribute(call, path.code, body)


@routes.delete("/attributes/{code}", needs=WRITE, errors=(ATTRIBUTE_UNKNOWN, STILL_USED))
async def delete_attribute(call: Call, path: CodePath) -> None:
    """Delete an attribute that no product has a value of."""
    await attributes.delete_attribute(call, path.code)


@routes.put("/attributes/{code}/values/{value}", needs=WRITE, errors=(ATTRIBUTE_UNKNOWN,))
async def put_attribute_value(call: Call, path: ValuePath, body: ValueChange) -> None:
    """Add a value to an attribute, or change its name and position."""
    await attributes.put_value(call, path.code, path.value, body)


@routes.delete("/attributes/{code}/values/{value}", needs=WRITE, errors=(ATTRIBUTE_UNKNOWN, STILL_USED))
async def delete_attribute_value(call: Call, path: ValuePath) -> None:
    """Delete a value that no product has."""
    await attributes.delete_value(call, path.code, path.value)


def _brand_view(brand: Brand) -> BrandView:
    return BrandView(id=brand.id, slug=brand.slug, name=brand.name)


def _seller_view(seller: Seller) -> SellerView:
    return SellerView(id=seller.id, slug=seller.slug, name=seller.name, user_id=seller.user_id, status=seller.status)


def _category_view(category: Category) -> CategoryView:
    return CategoryView(
        id=category.id, path=category.path, slug=category.slug, name=category.name, position=category.position
    )
