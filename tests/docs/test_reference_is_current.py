"""The generated reference pages and schemas say what the code says."""

from pathlib import Path

import pytest

from engine.cli.reference import pages

ROOT = Path(__file__).parents[2]
PAGES = pages()


@pytest.mark.parametrize("name", sorted(PAGES))
def test_generated_page_is_current(name: str) -> None:
    path = ROOT / name
    assert path.is_file(), f"{name} is missing: run `make reference`"
    assert path.read_text(encoding="utf-8") == PAGES[name], f"{name} is out of date: run `make reference`"
