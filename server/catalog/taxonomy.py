"""What can staff do with brands, sellers, categories and attributes? Add, change and delete them; all of it audited."""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from server.catalog import indexing
from server.catalog import taxonomy_repo as repo
from server.catalog.changes import record
from server.catalog.errors import BRAND_UNKNOWN, CATEGORY_UNKNOWN, SELLER_UNKNOWN, SLUG_TAKEN, STILL_USED, TAXON_INVALID
from server.catalog.taxa import DEEPEST, Brand, Category, Seller
from server.catalog.taxonomy_schemas import (
    BrandBody,
    BrandChange,
    CategoryBody,
    CategoryChange,
    SellerBody,
    SellerChange,
)
from server.catalog.words import slug_of
from server.errors import AppError, Fault
from server.web.call import Call
from storage.ids import new_id
from storage.transaction import Transaction

T = TypeVar("T")


async def create_brand(call: Call, body: BrandBody) -> Brand:
    """Add a brand. Raises SLUG_TAKEN."""
    brand = Brand(id=new_id(), slug=body.slug or slug_for(body.name), name=body.name)

    async def work(tx: Transaction) -> Brand:
        if not await repo.insert_brand(tx, brand):
            raise slug_taken(brand.slug)
        await record(call, tx, "catalog.brand_created", "brand", brand.id, None, brand)
        return brand

    return await call.database.transaction(call.store.id, work)


async def change_brand(call: Call, slug: str, change: BrandChange) -> Brand:
    """Change a brand; its products are found by the new name at once. Raises BRAND_UNKNOWN and SLUG_TAKEN."""

    async def work(tx: Transaction) -> Brand:
        old = await _brand(tx, slug)
        new = replace(old, slug=given(change.slug, old.slug), name=given(change.name, old.name))
        if new.slug != old.slug and await repo.find_brand(tx, new.slug):
            raise slug_taken(new.slug)
        await repo.update_brand(tx, new)
        if new.name != old.name:
            await indexing.reindex(tx, await repo.products_of(tx, brand_id=old.id))
        await record(call, tx, "catalog.brand_changed", "brand", old.id, old, new)
        return new

    return await call.database.transaction(call.store.id, work)


async def delete_brand(call: Call, slug: str) -> None:
    """Delete a brand that no product has. Raises BRAND_UNKNOWN and STILL_USED."""

    async def work(tx: Transaction) -> None:
        brand = await _brand(tx, slug)
        if not await repo.delete_brand(tx, brand.id):
            raise STILL_USED(f"products have the brand {slug!r}; give them another first")
        await record(call, tx, "catalog.brand_deleted", "brand", brand.id, brand, None)

    await call.database.transaction(call.store.id, work)


async def create_seller(call: Call, body: SellerBody) -> Seller:
    """Add a seller. Raises SLUG_TAKEN, and TAXON_INVALID for an account that does not exist or sells already."""
    seller = Seller(
        id=new_id(), slug=body.slug or slug_for(body.name), name=body.name, user_id=body.user_id, status="active"
    )

    async def work(tx: Transaction) -> Seller:
        await _refuse_account(tx, seller)
        if not await repo.insert_seller(tx, seller):
            raise slug_taken(seller.slug)
        await record(call, tx, "catalog.seller_created", "seller", seller.id, None, seller)
        return seller

    return await call.database.transaction(call.store.id, work)


async def change_seller(call: Call, slug: str, change: SellerChange) -> Seller:
    """Change a seller; a suspended one can change no products. Raises as create_seller does, and SELLER_UNKNOWN."""

    async def work(tx: Transaction) -> Seller:
        old = await repo.find_seller(tx, slug=slug)
        if old is None:
            raise SELLER_UNKNOWN(f"no seller has the slug {slug!r}; GET /sellers lists them")
        new = replace(
            old,
            slug=given(change.slug, old.slug),
            name=given(change.name, old.name),
            user_id=given(change.user_id, old.user_id),
            status=given(change.status, old.status),
        )
        await _refuse_account(tx, new)
        if new.slug != old.slug and await repo.find_seller(tx, slug=new.slug):
            raise slug_taken(new.slug)
        await repo.update_seller(tx, new)
        await record(call, tx, "catalog.seller_changed", "seller", old.id, old, new)
        return new

    return await call.database.transaction(call.store.id, work)


async def create_category(call: Call, body: CategoryBody) -> Category:
    """Add a category. Raises SLUG_TAKEN, and TAXON_INVALID for an unknown parent or a tree too deep."""

    async def work(tx: Transaction) -> Category:
        await repo.lock_tree(tx)
        parent = await _parent(tx, body.parent)
        slug = body.slug or slug_for(body.name)
        category = Category(
            id=new_id(), parent_id=None if parent is None else parent.id, slug=slug, name=body.name,
            path=_path(parent, slug), position=body.position,
        )  # fmt: skip
        if not await repo.insert_category(tx, category):
            raise slug_taken(category.path)
        await record(call, tx, "catalog.category_created", "category", category.id, None, category)
        return category

    return await call.database.transaction(call.store.id, work)


async def change_category(call: Call, id: UUID, change: CategoryChange) -> Category:
    """Change a category and, when it moves, the paths of all below it.

    Raises CATEGORY_UNKNOWN, SLUG_TAKEN, and TAXON_INVALID for a parent that is unknown, itself or below it.
    """

    async def work(tx: Transaction) -> Category:
        await repo.lock_tree(tx)
        old = await _category(tx, id)
        new = await _changed(tx, old, change)
        if new.path != old.path:
            await _refuse_place(tx, old, new)
        await repo.move_category(tx, old, new)
        if (new.path, new.name) != (old.path, old.name):
            await indexing.reindex(tx, await repo.products_of(tx, category_path=new.path))
        await record(call, tx, "catalog.category_changed", "category", id, old, new)
        return new

    return await call.database.transaction(call.store.id, work)


async def delete_category(call: Call, id: UUID) -> None:
    """Delete a category without products and without categories below it. Raises CATEGORY_UNKNOWN and STILL_USED."""

    async def work(tx: Transaction) -> None:
        await repo.lock_tree(tx)
        category = await _category(tx, id)
        if not await repo.delete_category(tx, id):
            raise STILL_USED(f"{category.path} has products or categories below it; move them first")
        await record(call, tx, "catalog.category_deleted", "category", id, category, None)

    await call.database.transaction(call.store.id, work)


async def _changed(tx: Transaction, old: Category, change: CategoryChange) -> Category:
    """The category as it is to be, its path included."""
    slug = given(change.slug, old.slug)
    new = replace(old, slug=slug, name=given(change.name, old.name), position=given(change.position, old.position))
    if change.parent is UNSET:
        above = old.path.rpartition("/")[0]
        return replace(new, path=f"{above}/{slug}" if above else slug)
    assert not isinstance(change.parent, UnsetType)
    parent = await _parent(tx, change.parent)
    if parent is not None and old.holds(parent.path):
        raise _invalid("/parent", "cycle", f"{parent.path} is {old.path} itself or below it")
    return replace(new, parent_id=None if parent is None else parent.id, path=_path(parent, slug))


async def _parent(tx: Transaction, path: str | None) -> Category | None:
    if path is None:
        return None
    parent = await repo.find_category(tx, path=path)
    if parent is None:
        raise _invalid("/parent", "category_unknown", f"there is no category {path!r}")
    return parent


def _path(parent: Category | None, slug: str) -> str:
    if parent is None:
        return slug
    if parent.path.count("/") + 2 > DEEPEST:
        raise _invalid("/parent", "too_deep", f"{parent.path} is on level {DEEPEST}, the deepest there may be")
    return f"{parent.path}/{slug}"


async def _refuse_place(tx: Transaction, old: Category, new: Category) -> None:
    """Raise unless the new path is free and leaves room for all that is below."""
    if await repo.find_category(tx, path=new.path):
        raise slug_taken(new.path)
    deepest = new.path.count("/") + 1 + await repo.levels_below(tx, old)
    if deepest > DEEPEST:
        raise _invalid("/parent", "too_deep", f"its subtree would reach level {deepest}, {DEEPEST} is the deepest")


async def _refuse_account(tx: Transaction, seller: Seller) -> None:
    """Raise TAXON_INVALID unless the seller's account exists and is of no other seller."""
    if seller.user_id is None:
        return
    if not await repo.has_user(tx, seller.user_id):
        raise _invalid("/user_id", "user_unknown", f"the store has no account {seller.user_id}")
    other = await repo.find_seller(tx, user_id=seller.user_id)
    if other is not None and other.id != seller.id:
        raise _invalid("/user_id", "sells_already", f"that account sells as {other.slug!r}")


async def _brand(tx: Transaction, slug: str) -> Brand:
    brand = await repo.find_brand(tx, slug)
    if brand is None:
        raise BRAND_UNKNOWN(f"no brand has the slug {slug!r}; GET /brands lists them")
    return brand


async def _category(tx: Transaction, id: UUID) -> Category:
    category = await repo.find_category(tx, id=id)
    if category is None:
        raise CATEGORY_UNKNOWN(f"no category has the id {id}; GET /categories lists them")
    return category


def given(value: T | UnsetType, otherwise: T) -> T:
    """The value a change gives, or the one there is when it gives none."""
    return otherwise if isinstance(value, UnsetType) else value


def slug_for(name: str, pointer: str = "/slug") -> str:
    """A slug made from the name. Raises TAXON_INVALID for a name that has no letter a slug could have."""
    slug = slug_of(name, "")
    if not slug:
        raise _invalid(pointer, "missing", f"{name!r} has no letters for a slug; give one")
    return slug


def slug_taken(slug: str) -> AppError:
    """The error of a slug, path or code that something else has."""
    return SLUG_TAKEN(f"{slug!r} is taken; choose another", faults=[Fault("/slug", "taken", "is taken")])


def _invalid(pointer: str, code: str, message: str) -> AppError:
    return TAXON_INVALID(f"{pointer}: {message}", faults=[Fault(pointer, code, message)])
