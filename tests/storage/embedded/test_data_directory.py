"""Is a data directory that cannot be served left as it is, with a way out?"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from storage.embedded import Address, Binaries, EmbeddedError, EmbeddedPostgres, find_binaries
from tests.storage.embedded.conftest import running_server

Ask = Callable[[Address | str, str], str]


def _files(directory: Path) -> dict[str, bytes]:
    data = directory / "postgres" / "data"
    return {str(path.relative_to(data)): path.read_bytes() for path in data.rglob("*") if path.is_file()}


def test_files_that_are_no_database_are_not_touched(tmp_path: Path, binaries: Binaries) -> None:
    data = tmp_path / "postgres" / "data"
    data.mkdir(parents=True)
    (data / "photos.txt").write_text("mine")
    if os.geteuid() == 0:
        os.chown(data, 65534, 65534)
    with pytest.raises(EmbeddedError, match=r"no PostgreSQL data.*SOSTECH_DATA_DIR"):
        EmbeddedPostgres(tmp_path, binaries=binaries).start()
    assert _files(tmp_path) == {"photos.txt": b"mine"}


def test_an_empty_data_directory_is_a_new_one(short_folder: Path, binaries: Binaries, ask: Ask) -> None:
    (short_folder / "postgres" / "data").mkdir(parents=True)
    with EmbeddedPostgres(short_folder, binaries=binaries) as address:
        assert ask(address, "select 1") == "1"


def test_data_of_another_major_names_both_versions_and_the_way_over(directory: Path, binaries: Binaries) -> None:
    before = _files(directory)
    newer = replace(binaries, version="99.1")
    with pytest.raises(EmbeddedError) as caught:
        EmbeddedPostgres(directory, binaries=newer).start()
    said = str(caught.value)
    assert f"written by PostgreSQL {binaries.major}" in said
    assert "PostgreSQL 99.1" in said
    assert "pg_dumpall" in said
    assert _files(directory) == before


def test_programs_that_fit_the_data_are_found_by_themselves(directory: Path, binaries: Binaries, ask: Ask) -> None:
    with EmbeddedPostgres(directory) as address:
        assert ask(address, "show server_version_num")[:2] == str(binaries.major)


def test_a_new_directory_is_served_by_the_preferred_programs(short_folder: Path, binaries: Binaries, ask: Ask) -> None:
    with EmbeddedPostgres(short_folder) as address:
        assert ask(address, "show server_version_num")[:2] == str(find_binaries().major)


def test_broken_data_is_an_error_with_the_words_of_the_server(own_directory: Path, binaries: Binaries) -> None:
    (own_directory / "postgres" / "data" / "global" / "pg_control").unlink()
    before = _files(own_directory)
    with pytest.raises(EmbeddedError, match="did not start") as caught:
        EmbeddedPostgres(own_directory, binaries=binaries).start()
    assert "pg_control" in str(caught.value)
    assert _files(own_directory) == before


def test_what_an_interrupted_initdb_left_is_cleaned_up(short_folder: Path, binaries: Binaries) -> None:
    leftover = short_folder / "postgres" / "data.new-interrupted"
    leftover.mkdir(parents=True)
    (leftover / "PG_VERSION").write_text("15\n")
    with EmbeddedPostgres(short_folder, binaries=binaries):
        assert not leftover.exists()
        assert running_server(short_folder) is not None


def test_an_initdb_that_fails_says_so_and_leaves_nothing(short_folder: Path, binaries: Binaries) -> None:
    programs = short_folder / "bin"
    programs.mkdir()
    (programs / "initdb").write_text(
        '#!/bin/sh\n[ "$1" = --version ] && exit 0\necho no room; cat /proc/$$/stat; exit 1\n'
    )
    (programs / "initdb").chmod(0o755)
    directory = short_folder / "var"
    with pytest.raises(EmbeddedError, match="no room") as caught:
        EmbeddedPostgres(directory, binaries=replace(binaries, bin=programs)).start()
    session = str(caught.value).rpartition(")")[2].split()[3]
    assert session != str(os.getsid(0)), "Ctrl-C in our terminal would reach it"
    assert not list((directory / "postgres").glob("data*"))
