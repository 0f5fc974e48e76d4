"""The addresses for a whole catalogue."""

from __future__ import annotations

import asyncio

from server.catalog.imports import service
from server.catalog.imports.errors import COLUMNS_WRONG, FILE_TOO_LONG, FILE_UNREADABLE
from server.catalog.imports.reading import read_csv
from server.catalog.imports.report import Count, Report
from server.catalog.imports.schemas import CountView, ImportQuery, ImportView, RejectionView
from server.web.call import Call
from server.web.endpoint import Raw, Routes, Upload

routes = Routes("Catalogue")


@routes.post(
    "/catalog/imports",
    needs="catalog.import",
    errors=(FILE_UNREADABLE, COLUMNS_WRONG, FILE_TOO_LONG),
    uploads=("text/csv",),
)
async def import_catalogue(call: Call, query: ImportQuery, upload: Upload) -> ImportView:
    """Import products, variants and stock from a CSV file.

    One row is one variant; rows with the same `product` belong together. Known SKUs are changed, others made; a column
    that is left out leaves things as they are, an empty cell empties them. docs/reference/catalogue-csv.md has all
    columns. Every rejected row is reported with its line, column, value and reason.
    """
    # Reading a large file takes seconds of pure work, which must not keep other requests waiting.
    source = await asyncio.to_thread(read_csv, upload.content, call.store.currency)
    by = service.By(call.actor.kind, call.actor.id, call.request_id)
    report = await service.load(call.database, call.store, source, by, dry_run=query.dry_run, on_error=query.on_error)
    return _report_view(report)


@routes.get("/catalog/export.csv", needs="catalog.export", raw_types=("text/csv",))
async def export_catalogue(call: Call) -> Raw:
    """The whole catalogue as a CSV file that can be imported again.

    Cells that a spreadsheet would run as a formula begin with an apostrophe; the import takes it away again. `cost`
    and `floor_price` are there only for those who may write the catalogue.
    """
    content = await service.export(call.database, call.store, with_internal=call.actor.may("catalog.write"))
    headers = {"Content-Disposition": f'attachment; filename="catalogue-{call.store.slug}.csv"'}
    return Raw(content, "text/csv; charset=utf-8", headers)


def _report_view(report: Report) -> ImportView:
    return ImportView(
        outcome=report.outcome,
        rows=report.rows,
        rejected_rows=report.rejected_rows,
        products=_count_view(report.products),
        variants=_count_view(report.variants),
        stock_changes=report.stock_changes,
        rejected_by_code=dict(report.rejected),
        rejections=[
            RejectionView(
                line=rejection.line,
                column=rejection.column,
                value=rejection.value,
                code=rejection.code,
                message=rejection.message,
            )
            for rejection in report.rejections
        ],
        rejections_untold=report.untold,
    )


def _count_view(count: Count) -> CountView:
    return CountView(created=count.created, updated=count.updated, unchanged=count.unchanged)
