"""`sostech import catalog`: fill a store from a CSV file of ours or from published data."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, get_args

import typer

from engine.cli import exits, screen
from engine.text.suggest import did_you_mean
from server.cli.given import settings_or_fail

if TYPE_CHECKING:  # the server is imported when it is used
    from server.catalog.imports.report import Report

EXAMPLES: Final = f"""Examples

    sostech import catalog olist data/olist
    sostech import catalog online-retail data/online_retail --store london
    sostech import catalog csv catalogue.csv --dry-run

A store that does not exist is made. Rows that cannot be taken are reported,
and the others imported. Importing the same again changes nothing. The
columns of a CSV file are in docs/reference/catalogue-csv.md.

{exits.EXITS_HELP}
1: rows were rejected.
"""

_SHOWN: Final = 20


def register(app: typer.Typer) -> None:
    """Add `catalog` to the group `import`, which the engine's commands have made."""
    group = next(found.typer_instance for found in app.registered_groups if found.name == "import")
    assert group is not None
    group.command("catalog", epilog=screen.examples(EXAMPLES))(catalog)


def catalog(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="olist, online-retail or csv.")],
    path: Annotated[Path, typer.Argument(metavar="PATH", help="Folder of the data set, or the file.")],
    store: Annotated[
        str | None, typer.Option("--store", metavar="SLUG", help="The store to fill; else SOSTECH_DEFAULT_STORE.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Import only so many rows.")] = None,
) -> None:
    """Fill a store with products, variants and stock from published data or a CSV file."""
    settings = settings_or_fail()
    # Imported only now, so that the engine's commands start without the server.
    from server.catalog.imports.tables import DataMissing
    from server.errors import AppError
    from server.filling import SourceName, StoreUnfit, fill
    from server.stores import StoreSuspended
    from storage.errors import StorageError

    names: dict[str, SourceName] = {name: name for name in get_args(SourceName)}
    if source not in names:
        hint = did_you_mean(source, names) or f"one of {', '.join(names)}"
        screen.fail(f"there is no source '{source}'; {hint}")
    slug = store or settings.default_store
    try:
        report = asyncio.run(
            fill(
                settings,
                names[source],
                path,
                slug,
                dry_run=dry_run,
                limit=limit,
                bar=lambda rows: screen.progress("importing", rows),
            )
        )
    except (DataMissing, StorageError, StoreSuspended, StoreUnfit) as error:
        screen.fail(str(error))
    except AppError as error:
        screen.fail(error.detail)
    _show(report)
    if report.rejected_rows:
        raise typer.Exit(exits.FINDINGS)


def _show(report: Report) -> None:
    """Print what became of the rows."""
    from rich.table import Table

    outcome = "nothing was kept: a dry run" if report.outcome == "dry_run" else "done"
    screen.say(f"{screen.count(report.rows, 'row')} read, {report.rejected_rows:,} rejected; {outcome}")
    table = Table("", "made", "changed", "as they were", box=None, pad_edge=False)
    for name, count in (("products", report.products), ("variants", report.variants)):
        table.add_row(name, f"{count.created:,}", f"{count.updated:,}", f"{count.unchanged:,}")
    screen.draw(table)
    for code, number in report.rejected.most_common():
        screen.say(f"rejected: {number:,} {code}")
    for rejection in report.rejections[:_SHOWN]:
        place = f"line {rejection.line}, {rejection.column}" if rejection.column else f"line {rejection.line}"
        screen.say(f"  {place}: {rejection.value!r} {rejection.message}")
    left = report.rejected.total() - len(report.rejections[:_SHOWN])
    if left:
        screen.say(f"  … and {left:,} more")
