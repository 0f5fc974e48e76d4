"""What does the page about the columns say? Written from the columns themselves: docs/reference/catalogue-csv.md."""

from __future__ import annotations

from typing import Final

from server.catalog.imports.columns import COLUMNS
from server.catalog.imports.reading import MOST_ROWS
from server.catalog.imports.report import MOST_REJECTIONS

_PAGE: Final = """\
# A catalogue as CSV

`GET /api/v1/catalog/export.csv` writes this file, `POST /api/v1/catalog/imports` (media type `text/csv`) and
`sostech import catalog csv FILE` read it. What was exported can be imported again, into the same store (nothing
changes) or into an empty one (everything is made).

One row is one variant. Rows with the same `product` are the variants of one product and have to agree about it. Known
SKUs are changed, others are made.

- A column that is not in the file leaves things as they are. An empty cell empties them.
- The file is UTF-8, with or without a byte order mark. Cells are separated by commas, semicolons or tabs, whichever
  the header uses, and quoted as in RFC 4180. Sent over HTTP it has at most
  {rows:,} rows.
- A list is written `red|blue`, a pair `colour:red`. A backslash before `|`, `:` or another backslash makes it an
  ordinary character.
- Amounts are in the store's currency, with a point and no more digits than the currency has: `19.90`.
- Cells that a spreadsheet would run as a formula (they begin with `=`, `+`, `-` or `@`) are exported with an apostrophe
  before them. The import takes one apostrophe away there, and nowhere else.
- Brands, sellers, categories and attributes that a row names are made when the store lacks them. Those it has keep
  their names.
- Stock is what is there now: the difference goes into the ledger with the reason `imported`. It cannot go below what
  is reserved.
- Not in the file: images, timed offers, and products that have no variant.

`dry_run=true` only says what would happen. `on_error=stop` (the default) keeps nothing when a row is rejected,
`on_error=skip` keeps the other rows. The report names the first {rejections} rejections with line, column, value and
reason, and counts the rest. A file that is no catalogue at all is a problem: `import_unreadable`,
`import_columns_wrong` or `import_too_long`.

| column | |
|---|---|
{columns}

`cost` and `floor_price` are exported only for those who may write the catalogue.
"""


def page() -> str:
    """The page, as Markdown."""
    lines = [
        f"| `{column.name}`{' (required)' if column.is_required else ''} | {column.about.replace('|', chr(92) + '|')} |"
        for column in COLUMNS
    ]
    return _PAGE.format(rows=MOST_ROWS, rejections=MOST_REJECTIONS, columns="\n".join(lines))
