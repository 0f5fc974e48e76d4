"""Does a start give a database that can be used, and only by us?"""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest

from storage.embedded import Address, Binaries, EmbeddedError, EmbeddedPostgres
from tests.storage.embedded.conftest import end_server, running_server

Ask = Callable[[Address | str, str], str]


def test_the_url_is_understood_by_asyncpg(directory: Path, binaries: Binaries) -> None:
    async def who(url: str) -> tuple[str, str]:
        connection = await asyncpg.connect(url)
        try:
            row = await connection.fetchrow("select current_user, current_database()")
        finally:
            await connection.close()
        return row[0], row[1]

    with EmbeddedPostgres(directory, binaries=binaries) as address:
        assert asyncio.run(who(address.url)) == ("sostech", "sostech")


def test_an_address_with_odd_characters_is_quoted() -> None:
    address = Address(host="/tmp/a b&c", port=5432, database="shop", user="me@home")
    assert address.url == "postgresql://me%40home@/shop?host=%2Ftmp%2Fa%20b%26c&port=5432"


def test_a_new_directory_is_made_and_what_was_stored_is_there_again(
    short_folder: Path, binaries: Binaries, ask: Ask
) -> None:
    directory = short_folder / "not" / "there yet"
    with EmbeddedPostgres(directory, binaries=binaries) as first:
        ask(first, "create table kept as select 42 as answer")
    with EmbeddedPostgres(directory, binaries=binaries) as second:
        assert ask(second, "select answer from kept") == "42"
    assert second == first
    assert running_server(directory) is None
    assert not Path(second.host).exists()


def test_the_database_is_created_when_missing(directory: Path, binaries: Binaries, ask: Ask) -> None:
    with EmbeddedPostgres(directory, binaries=binaries, database="second_shop") as address:
        assert ask(address, "select current_database()") == "second_shop"


@pytest.mark.parametrize("name", ["", "1shop", "a-b", "Shop", "a" * 64, "x\n", "x'; drop"])
def test_a_database_name_that_would_need_quotes_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="is no database name"):
        EmbeddedPostgres(tmp_path, database=name)


def test_settings_are_durable_unicode_and_utc(directory: Path, binaries: Binaries, ask: Ask) -> None:
    settings = "fsync full_page_writes synchronous_commit data_checksums server_encoding TimeZone shared_buffers"
    with EmbeddedPostgres(directory, binaries=binaries) as address:
        seen = [ask(address, f"show {name}") for name in settings.split()]
        assert ask(address, "select lower('ÉCLAIR ΑΒΓ')") == "éclair αβγ"
    assert seen == ["on", "on", "on", "on", "UTF8", "UTC", "128MB"]


def test_nobody_else_gets_in(directory: Path, binaries: Binaries, ask: Ask) -> None:
    with EmbeddedPostgres(directory, binaries=binaries) as address:
        assert ask(address, "show listen_addresses") == ""
        socket = Path(address.host) / ".s.PGSQL.5432"
        assert stat.S_IMODE(Path(address.host).stat().st_mode) == 0o700
        assert stat.S_IMODE(socket.stat().st_mode) == 0o700
        assert stat.S_IMODE((directory / "postgres" / "data").stat().st_mode) == 0o700


def test_an_edited_configuration_cannot_open_it_to_others(own_directory: Path, binaries: Binaries, ask: Ask) -> None:
    with (own_directory / "postgres" / "data" / "postgresql.conf").open("a") as file:
        file.write("listen_addresses = '*'\nunix_socket_permissions = 0777\nwork_mem = '7MB'\n")
    with EmbeddedPostgres(own_directory, binaries=binaries) as address:
        assert ask(address, "show listen_addresses") == ""
        assert ask(address, "show unix_socket_permissions") == "0700"
        assert ask(address, "show work_mem") == "7MB"


def test_nothing_of_our_environment_reaches_the_server(
    directory: Path, binaries: Binaries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_SECRET", "hush")
    monkeypatch.setenv("PGPORT", "1")
    monkeypatch.setenv("PGOPTIONS", "-c work_mem=nonsense")
    with EmbeddedPostgres(directory, binaries=binaries):
        server = running_server(directory)
        assert server is not None
        environment = Path(f"/proc/{server.pid}/environ").read_bytes()
    assert b"SHOP_SECRET" not in environment
    assert b"PGPORT" not in environment


def test_a_long_path_with_odd_characters_works(template: Path, short_folder: Path, binaries: Binaries) -> None:
    directory = short_folder / "long" / ("x" * 200) / """it's "$HOME" `so` \\ far""" / ("y" * 200)
    try:
        with EmbeddedPostgres(directory, binaries=binaries) as address:
            assert len(f"{address.host}/.s.PGSQL.5432") <= 107
            assert (directory / "postgres" / "data" / "PG_VERSION").exists()
    finally:
        end_server(directory)


def test_starting_twice_is_starting_once(directory: Path, binaries: Binaries) -> None:
    ours = EmbeddedPostgres(directory, binaries=binaries)
    first = ours.start()
    server = running_server(directory)
    assert ours.start() == first
    assert running_server(directory) == server
    ours.stop()
    assert running_server(directory) is None
    ours.stop()


def test_a_forked_child_does_not_stop_the_server_of_its_parent(directory: Path, binaries: Binaries) -> None:
    ours = EmbeddedPostgres(directory, binaries=binaries)
    ours.start()
    child = os.fork()
    if child == 0:
        ours.stop()
        os._exit(0)
    os.waitpid(child, 0)
    assert running_server(directory) is not None
    ours.stop()


def test_a_failed_start_shows_what_the_server_said_and_leaves_nothing_running(
    own_directory: Path, binaries: Binaries
) -> None:
    with (own_directory / "postgres" / "data" / "postgresql.conf").open("a") as file:
        file.write("no_such_setting = 1\n")
    with pytest.raises(EmbeddedError, match="no_such_setting"):
        EmbeddedPostgres(own_directory, binaries=binaries).start()
    assert running_server(own_directory) is None


def test_a_long_log_is_moved_aside_at_a_start(own_directory: Path, binaries: Binaries) -> None:
    log = own_directory / "postgres" / "log" / "postgres.log"
    with log.open("a") as file:
        file.truncate(10 * 1024 * 1024)
    with EmbeddedPostgres(own_directory, binaries=binaries):
        assert log.stat().st_size > 10 * 1024 * 1024, "at the limit it is kept"
    with EmbeddedPostgres(own_directory, binaries=binaries):
        assert log.stat().st_size < 10_000
        assert log.with_name("postgres.log.1").stat().st_size > 10 * 1024 * 1024


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path, binaries: Binaries) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "postgres").write_text("a file")
    with pytest.raises(EmbeddedError, match=r"var/postgres.*SOSTECH_DATA_DIR"):
        EmbeddedPostgres(tmp_path / "var", binaries=binaries).start()


def test_stopping_works_after_the_directory_was_moved_away(own_directory: Path, binaries: Binaries) -> None:
    ours = EmbeddedPostgres(own_directory, binaries=binaries)
    ours.start()
    assert running_server(own_directory) is not None
    elsewhere = own_directory.rename(own_directory.with_name("elsewhere"))
    ours.stop()
    assert running_server(elsewhere) is None
