"""How does a store come into being? Found by its slug, or made from what was asked for."""

from __future__ import annotations

from dataclasses import dataclass

from storage.database import Database
from storage.ids import new_id
from storage.tenancy import Store, StoreDirectory
from storage.transaction import Transaction


class StoreSuspended(Exception):
    """The store exists, and is closed for now."""


class StoreMissing(Exception):
    """There is no such store, or it is closed for now; the message names those there are."""


@dataclass(frozen=True, slots=True)
class NewStore:
    """What a new store needs: ISO 4217 currency, ISO 3166-1 country, IANA zone, language tag."""

    name: str
    currency: str
    country: str
    timezone: str
    locale: str


async def store_or_new(database: Database, slug: str, new: NewStore) -> Store:
    """The store of this slug; made as `new` says when there is none. Raises StoreSuspended."""

    async def make(tx: Transaction) -> None:
        await tx.execute(
            "INSERT INTO stores (id, slug, name, currency, country, timezone, locale)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (slug) DO NOTHING",
            new_id(), slug, new.name, new.currency, new.country, new.timezone, new.locale,
        )  # fmt: skip

    found = await StoreDirectory(database).by_slug(slug)
    if found is None:
        await database.transaction(None, make)
        found = await StoreDirectory(database).by_slug(slug)
    if found is None:
        raise StoreSuspended(f"the store {slug!r} is suspended; make it active again first")
    return found
