"""Writing files: all or nothing, permissions kept."""

import os
import stat
from pathlib import Path

import pytest

from engine.cli.writing import write


def test_a_file_is_replaced_and_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("old")
    path.chmod(0o640)
    assert write(path, "new\n") is None
    assert path.read_text() == "new\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert os.listdir(tmp_path) == ["a.yaml"]


def test_a_new_file_gets_the_permissions_of_the_mask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        assert write(tmp_path / "a.yaml", "new\n") is None
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.yaml").stat().st_mode) == 0o640


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.yaml").write_text("old")
    (tmp_path / "link.yaml").symlink_to("real.yaml")
    assert write(tmp_path / "link.yaml", "new\n") is None
    assert (tmp_path / "link.yaml").is_symlink()
    assert (tmp_path / "real.yaml").read_text() == "new\n"


def test_line_breaks_are_written_as_they_are(tmp_path: Path) -> None:
    write(tmp_path / "a.yaml", "a\r\nb\n")
    assert (tmp_path / "a.yaml").read_bytes() == b"a\r\nb\n"


@pytest.mark.parametrize("name", ["missing/a.yaml", "."])
def test_what_cannot_be_written_is_a_fault_and_leaves_nothing_behind(tmp_path: Path, name: str) -> None:
    fault = write(tmp_path / name, "new\n")
    assert fault is not None
    assert fault.code == "RS913"
    assert os.listdir(tmp_path) == []
