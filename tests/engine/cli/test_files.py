"""Reading files: what is read, what is refused, and how it is said."""

import os
from pathlib import Path

import pytest

from engine.cli.files import Files, shown


def codes(files: Files) -> list[str]:
    return [fault.code for fault in files.faults]


def test_a_missing_file_is_a_fault_with_its_name(tmp_path: Path) -> None:
    files = Files()
    assert files.read(tmp_path / "gone.yaml") is None
    assert codes(files) == ["RS901"]
    assert "gone.yaml" in files.faults[0].message
    assert "No such file" in files.faults[0].message


def test_a_folder_is_not_read_as_a_file(tmp_path: Path) -> None:
    files = Files()
    assert files.read(tmp_path) is None
    assert codes(files) == ["RS901"]


def test_nul_in_a_file_name_is_a_fault(tmp_path: Path) -> None:
    files = Files()
    assert files.read(tmp_path / "a\0b") is None
    assert codes(files) == ["RS901"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "secret.yaml"
    path.write_text("a: 1")
    path.chmod(0)
    files = Files()
    assert files.read(path) is None
    assert codes(files) == ["RS901"]


def test_binary_is_a_located_fault(tmp_path: Path) -> None:
    path = tmp_path / "image.yaml"
    path.write_bytes(b"ok: 1\n\xff\xfe\x00")
    files = Files()
    assert files.read(path) is None
    assert [str(fault.span) for fault in files.faults] == [f"{path}:2:1"]


def test_size_is_limited_just_above_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    path.write_text("x" * 11)
    files = Files()
    assert files.read(path, max_bytes=11) is not None
    other = Files()
    assert other.read(path, max_bytes=10) is None
    assert codes(other) == ["RS902"]


def test_a_text_is_read_once_and_kept_for_excerpts(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("a: 1\n")
    files = Files()
    first = files.read(path)
    path.write_text("a: 2\n")
    assert files.read(path) is first
    assert files.sources == {str(path): first}


def test_names_are_shown_relative_to_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert shown(tmp_path / "rules" / "a.yaml") == "rules/a.yaml"
    assert shown(Path("rules/../a.yaml")) == "a.yaml"
    assert shown(Path("/elsewhere/a.yaml")) == "/elsewhere/a.yaml"
    assert shown(Path("-")) == "<stdin>"


def test_a_folder_is_walked_in_order_without_hidden_entries(tmp_path: Path) -> None:
    for name in ("b/2.yaml", "b/1.yml", "a.yaml", ".git/x.yaml", "b/.hidden.yaml", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    found = Files().under(tmp_path, (".yaml", ".yml"))
    assert [path.relative_to(tmp_path).as_posix() for path in found] == ["a.yaml", "b/1.yml", "b/2.yaml"]


def test_linked_folders_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("")
    (tmp_path / "circle").symlink_to(tmp_path)
    assert Files().under(tmp_path, (".yaml",)) == [tmp_path / "a.yaml"]


def test_a_folder_without_rulesets_is_a_fault(tmp_path: Path) -> None:
    files = Files()
    assert files.under(tmp_path, (".yaml",)) == []
    assert codes(files) == ["RS903"]


class TestAttachments:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        folder = tmp_path / "shipping"
        (folder / "tariffs").mkdir(parents=True)
        (folder / "tariffs" / "inland.csv").write_text("price\n1.00\n")
        (tmp_path / "secret.csv").write_text("price\n")
        return folder

    def test_are_read_below_the_folder_of_the_ruleset(self, folder: Path) -> None:
        source = Files().attachments_of(folder / "v1.yaml")("tariffs/inland.csv")
        assert source is not None
        assert source.text == "price\n1.00\n"

    @pytest.mark.parametrize(
        "written", ["../secret.csv", "tariffs/../../secret.csv", "/etc/hostname", "..\\secret.csv", "a\0b"]
    )
    def test_never_lead_out_of_the_folder(self, folder: Path, written: str) -> None:
        files = Files()
        assert files.attachments_of(folder / "v1.yaml")(written) is None
        assert codes(files) == ["RS907"]

    def test_never_lead_out_through_a_link(self, folder: Path) -> None:
        (folder / "link.csv").symlink_to(folder.parent / "secret.csv")
        files = Files()
        assert files.attachments_of(folder / "v1.yaml")("link.csv") is None
        assert codes(files) == ["RS907"]

    def test_that_are_missing_or_folders_or_pipes_are_not_there(self, folder: Path) -> None:
        os.mkfifo(folder / "pipe.csv")
        attachment = Files().attachments_of(folder / "v1.yaml")
        assert attachment("gone.csv") is None
        assert attachment("tariffs") is None
        assert attachment("pipe.csv") is None
