"""How is a catalogue brought in and taken out? In one transaction, piece by piece, with sets and not row by row."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias
from uuid import UUID

from server.catalog import inventory_repo
from server.catalog.imports import repo
from server.catalog.imports.cells import defused
from server.catalog.imports.columns import COLUMNS, Column
from server.catalog.imports.entries import Entry, Row
from server.catalog.imports.naming import named
from server.catalog.imports.plan import Planner, ProductPlan
from server.catalog.imports.report import Report
from server.catalog.imports.source import Source
from server.catalog.imports.writing import make_sellers, write
from storage import audit
from storage.database import Database
from storage.ids import new_id
from storage.tenancy import Store
from storage.transaction import Transaction

OnError: TypeAlias = Literal["stop", "skip"]
Progress: TypeAlias = Callable[[int, int], None]
"""Is told how many rows are done, and of how many."""

PIECE: Final = 500
"""Rows in one piece, except that a product's rows stay together."""
_PRODUCTS_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class By:
    """Who imports, for the ledger and the audit log."""

    kind: str = "system"
    id: UUID | None = None
    request_id: str | None = None


async def load(
    database: Database,
    store: Store,
    source: Source,
    by: By,
    *,
    dry_run: bool = False,
    on_error: OnError = "stop",
    progress: Progress | None = None,
) -> Report:
    """Import the source. Nothing is kept on a dry run, nor with `on_error` stop when a row was rejected.

    A dry run does everything and undoes it, so it finds whatever the import itself would.
    """
    import_id = new_id()

    async def work(tx: Transaction) -> Report:
        await repo.one_import_at_a_time(tx)
        await tx.execute("SAVEPOINT catalogue_import")
        report = Report(rows=source.lines)
        report.reject(source.rejections)
        await _load(tx, source, by, import_id, report, progress)
        report.outcome = _outcome(report, dry_run=dry_run, on_error=on_error)
        if report.outcome == "applied":
            await _record(tx, by, import_id, report)
        else:
            await tx.execute("ROLLBACK TO SAVEPOINT catalogue_import")
        return report

    return await database.transaction(store.id, work)


async def export(database: Database, store: Store, *, with_internal: bool) -> bytes:
    """The whole catalogue as CSV, by product; without what only those may see who write it, unless `with_internal`.

    Products that have no variant have no row.
    """
    columns = [column for column in COLUMNS if with_internal or not column.is_internal]
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(column.name for column in columns)

    async def work(tx: Transaction) -> None:
        names = await repo.load_names(tx)
        slug = ""
        while products := await repo.products_after(tx, slug, _PRODUCTS_AT_ONCE):
            for product in products:
                for known in product.variants.values():
                    writer.writerow(_cells(named(known.entry, names), columns, store.currency))
            slug = products[-1].template.product

    await database.transaction(store.id, work)
    return text.getvalue().encode()


async def _load(
    tx: Transaction, source: Source, by: By, import_id: UUID, report: Report, progress: Progress | None
) -> None:
    names = await repo.load_names(tx)
    await make_sellers(tx, names, source.sellers)
    # All at once and first, in the order every writer of stock keeps.
    counted = sorted({row.sku for row in source.rows if "on_hand" in row.given})
    planner = Planner(await inventory_repo.lock_levels(tx, counted), source.opening_stock)
    done = 0
    for groups in _pieces(source.rows):
        rows = [row for group in groups for row in group]
        known = await repo.load_known(tx, [group[0].product for group in groups], [row.sku for row in rows])
        plans, rejections = planner.plan(groups, known)
        report.reject(rejections)
        report.stock_changes += await write(tx, plans, names, import_id=import_id, actor_id=by.id)
        _count(report, plans)
        done += len(rows)
        if progress is not None:
            progress(done, len(source.rows))


def _pieces(rows: Sequence[Row]) -> Iterator[list[list[Row]]]:
    """Rows by product, in the order products first appear, in pieces of about PIECE rows."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.product, []).append(row)
    piece: list[list[Row]] = []
    size = 0
    for group in groups.values():
        if piece and size + len(group) > PIECE:
            yield piece
            piece, size = [], 0
        piece.append(group)
        size += len(group)
    if piece:
        yield piece


def _count(report: Report, plans: Sequence[ProductPlan]) -> None:
    for plan in plans:
        if plan.known is None:
            report.products.created += 1
        elif plan.is_changed:
            report.products.updated += 1
        else:
            report.products.unchanged += 1
        for variant in plan.variants:
            if variant.known is None:
                report.variants.created += 1
            elif variant.is_changed or variant.changes_stock or variant.changes_threshold:
                report.variants.updated += 1
            else:
                report.variants.unchanged += 1


def _outcome(report: Report, *, dry_run: bool, on_error: OnError) -> Literal["applied", "dry_run", "stopped"]:
    if dry_run:
        return "dry_run"
    return "stopped" if report.rejected_rows and on_error == "stop" else "applied"


async def _record(tx: Transaction, by: By, import_id: UUID, report: Report) -> None:
    await audit.record(
        tx,
        actor_kind=by.kind,
        actor_id=by.id,
        action="catalog.import",
        resource_type="catalogue_import",
        resource_id=str(import_id),
        before=None,
        after={
            "rows": report.rows,
            "rejected_rows": report.rejected_rows,
            "products_created": report.products.created,
            "products_updated": report.products.updated,
            "variants_created": report.variants.created,
            "variants_updated": report.variants.updated,
            "stock_changes": report.stock_changes,
        },
        request_id=by.request_id,
    )


def _cells(entry: Entry, columns: Sequence[Column], currency: str) -> list[str]:
    return [defused(column.write(getattr(entry, column.name), currency)) for column in columns]
