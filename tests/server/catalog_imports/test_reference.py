"""The page about the columns says what the columns are."""

from __future__ import annotations

from server.catalog.imports.reference import page
from tests.conftest import CHECKOUT


def test_the_page_is_current() -> None:
    written = (CHECKOUT / "docs" / "reference" / "catalogue-csv.md").read_text("utf-8")
    assert written == page(), "write docs/reference/catalogue-csv.md again from server.catalog.imports.reference.page()"
