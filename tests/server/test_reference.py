"""The generated pages are current, and say what they have to."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

import pytest

from server import reference
from server.app import ROOMS
from server.settings import Settings, read_settings, variable

CHECKOUT = Path(__file__).resolve().parents[2]
# Named, not written, while tests are collected: every process does that, and writing all of them takes seconds.
PAGES: Final = (
    *(f"docs/reference/{name}.md" for name in ("api", "commands-shop", "events", "problems", "settings", "sockets")),
    "docs/reference/asyncapi.json", ".env.example",
)  # fmt: skip

written = cache(reference.pages)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_current(name: str) -> None:
    assert (CHECKOUT / name).read_text("utf-8") == written()[name], "run `make reference`"


def test_no_page_is_left_out() -> None:
    assert sorted(PAGES) == sorted(written())


def test_writing_them_twice_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert reference.main(tmp_path) == 0
    assert "written docs/reference/settings.md" in capsys.readouterr().out
    assert reference.main(tmp_path) == 0
    assert capsys.readouterr().out == ""


def test_every_setting_is_documented() -> None:
    page = reference.settings_page()
    for name in Settings.__struct_fields__:
        assert f"| `{variable(name)}` |" in page


def test_the_example_file_is_one_and_sets_what_counts_anyway(tmp_path: Path) -> None:
    example = tmp_path / ".env"
    example.write_text(
        "\n".join(line.removeprefix("# ") if "=" in line else line for line in reference.env_example().splitlines())
    )
    assert read_settings({}, example) == Settings()


def test_every_operation_and_every_code_has_its_row() -> None:
    endpoints = [endpoint for room in ROOMS for endpoint in room.endpoints]
    api, problems = reference.api_page(endpoints), reference.problems_page(endpoints)
    for endpoint in endpoints:
        assert f"| `{endpoint.method} {endpoint.path}` | `{endpoint.needs}` |" in api
        for code in endpoint.errors:
            assert f"`{code.code}` |" in problems
