"""What do requests and answers of the import look like?"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from server.catalog.imports.report import Outcome
from server.catalog.imports.service import OnError
from server.web.binding import Query, View


class ImportQuery(Query, frozen=True, kw_only=True):
    """How to import."""

    dry_run: Annotated[bool, Meta(description="Only say what would happen; nothing is kept.")] = False
    on_error: Annotated[
        OnError, Meta(description="stop: one rejected row, and nothing is kept. skip: the other rows are.")
    ] = "stop"


class CountView(View, frozen=True, kw_only=True):
    """How many were made, changed, and left as they were."""

    created: int
    updated: int
    unchanged: int


class RejectionView(View, frozen=True, kw_only=True):
    """Why a row was turned away. Lines count from 1, the header; `column` is empty when it is about the whole row."""

    line: int
    column: str
    value: str
    code: str
    message: str


class ImportView(View, frozen=True, kw_only=True):
    """What became of the file. With the outcomes `dry_run` and `stopped` the counts say what would have happened.

    The first 500 rejections are listed; `rejections_untold` counts the others, `rejected_by_code` all of them.
    """

    outcome: Outcome
    rows: int
    rejected_rows: int
    products: CountView
    variants: CountView
    stock_changes: int
    rejected_by_code: dict[str, int]
    rejections: list[RejectionView]
    rejections_untold: int
