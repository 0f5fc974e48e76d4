"""`sostech fmt`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Sostech = Callable[..., Any]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rough.yaml").write_text("a:   1   \n")
    (tmp_path / "neat.yaml").write_text("a: 1\n")
    return tmp_path


def test_only_what_needs_it_is_rewritten(sostech: Sostech, folder: Path) -> None:
    run = sostech("fmt", ".", "--json")
    assert run.code == 0
    assert run.json["changed"] == ["rough.yaml"]
    assert sostech("fmt", ".", "--json").json["changed"] == []


def test_check_writes_nothing_shows_the_difference_and_fails(sostech: Sostech, folder: Path) -> None:
    before = (folder / "rough.yaml").read_text()
    run = sostech("fmt", "--check", ".")
    assert run.code == 1
    assert (folder / "rough.yaml").read_text() == before
    assert run.out.splitlines()[:3] == ["--- rough.yaml", "+++ rough.yaml (formatted)", "@@ -1 +1 @@"]
    assert run.err == "1 file would be rewritten, 1 left as they are\n"


def test_standard_input_goes_to_standard_output(sostech: Sostech) -> None:
    run = sostech("fmt", "-", stdin="a:   1   \n\n\n")
    assert run.code == 0
    assert run.out == sostech("fmt", "-", stdin=run.out).out


def test_broken_yaml_is_left_as_it_is_and_reported(sostech: Sostech, folder: Path) -> None:
    (folder / "broken.yaml").write_text("a: [1\n")
    run = sostech("fmt", "broken.yaml")
    assert run.code == 1
    assert (folder / "broken.yaml").read_text() == "a: [1\n"
    assert "broken.yaml:" in run.err


def test_a_missing_file_is_a_usage_fault(sostech: Sostech, folder: Path) -> None:
    run = sostech("fmt", "gone.yaml")
    assert run.code == 2
    assert "error[RS901]: cannot read 'gone.yaml': No such file or directory" in run.err
