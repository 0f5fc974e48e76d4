"""The generated pages are current, and say what they have to."""

from __future__ import annotations

from pathlib import Path

import pytest

from server import reference
from server.app import ROOMS
from server.settings import Settings, read_settings, variable

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", sorted(reference.pages()))
def test_a_page_is_current(name: str) -> None:
    assert (CHECKOUT / name).read_text("utf-8") == reference.pages()[name], "run `make reference`"


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
