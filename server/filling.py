"""How is a store filled from a file or from published data? For the command line: read, import, say how far it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Final, Literal, TypeAlias

from server.catalog.imports.olist import CURRENCY as BRL
from server.catalog.imports.olist import read_olist
from server.catalog.imports.online_retail import CURRENCY as GBP
from server.catalog.imports.online_retail import read_online_retail
from server.catalog.imports.reading import read_csv
from server.catalog.imports.report import Report
from server.catalog.imports.service import By, Progress, load
from server.catalog.imports.source import Source
from server.catalog.imports.tables import DataMissing
from server.databases import connected
from server.settings import Settings
from server.stores import NewStore, store_or_new
from storage.database import Database
from storage.tenancy import Store, StoreDirectory

SourceName: TypeAlias = Literal["olist", "online-retail", "csv"]
Step: TypeAlias = Callable[[int], None]
"""Is told how many more rows are done."""

_BRAZIL: Final = NewStore("Olist", BRL, "BR", "America/Sao_Paulo", "pt-BR")
_BRITAIN: Final = NewStore("Online Retail", GBP, "GB", "Europe/London", "en-GB")
_OURS: Final = NewStore("Main store", BRL, "BR", "America/Sao_Paulo", "pt-BR")
_NEW_STORE: Final[Mapping[SourceName, NewStore]] = {"olist": _BRAZIL, "online-retail": _BRITAIN, "csv": _OURS}


class StoreUnfit(Exception):
    """The store cannot take this source; the message says why and which one can."""


async def fill(
    settings: Settings,
    name: SourceName,
    path: Path,
    slug: str,
    *,
    dry_run: bool,
    limit: int | None,
    bar: Callable[[int], AbstractContextManager[Step]],
) -> Report:
    """Import the source into the store of this slug, made when it is missing; rejected rows are left out.

    `bar` is opened with the number of rows. Raises DataMissing, StoreUnfit, AppError or StorageError.
    """
    async with connected(settings) as database:
        store = await _store(database, slug, _NEW_STORE[name], is_made=not dry_run)
        source = _cut(_read(name, path, store), limit)
        with bar(len(source.rows)) as step:
            return await load(database, store, source, By(), dry_run=dry_run, on_error="skip", progress=_steps(step))


async def _store(database: Database, slug: str, new: NewStore, *, is_made: bool) -> Store:
    found = await (store_or_new(database, slug, new) if is_made else StoreDirectory(database).by_slug(slug))
    if found is None:
        raise StoreUnfit(f"there is no store {slug!r}; without --dry-run it is made")
    return found


def _read(name: SourceName, path: Path, store: Store) -> Source:
    currency = _NEW_STORE[name].currency
    if name != "csv" and store.currency != currency:
        raise StoreUnfit(
            f"the prices of {name} are {currency}, those of the store {store.slug!r} {store.currency};"
            " name another store with --store, it is made when there is none"
        )
    if name == "olist":
        return read_olist(path)
    if name == "online-retail":
        return read_online_retail(path)
    try:
        return read_csv(path.read_bytes(), store.currency, most_rows=None)
    except OSError as error:
        raise DataMissing(f"{path} cannot be read: {error.strerror}") from error


def _cut(source: Source, limit: int | None) -> Source:
    """The first `limit` rows alone, without the sellers that nothing of theirs is imported for."""
    return source if limit is None else replace(source, rows=source.rows[:limit], sellers={})


def _steps(step: Step) -> Progress:
    """Progress as steps; an import that had to begin again does not count twice."""
    done = 0

    def progress(now: int, _of: int) -> None:
        nonlocal done
        step(max(0, now - done))
        done = max(done, now)

    return progress
