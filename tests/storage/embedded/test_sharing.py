"""Do several processes share one server, and does the last one stop it?"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from storage.embedded import Address, Binaries, EmbeddedPostgres
from tests.storage.embedded.conftest import running_server
from tests.storage.embedded.other_process import OtherProcess

Start = Callable[..., OtherProcess]
Ask = Callable[[Address | str, str], str]


def test_the_second_process_attaches_and_the_last_to_leave_stops(
    directory: Path, binaries: Binaries, other_process: Start, ask: Ask
) -> None:
    ours = EmbeddedPostgres(directory, binaries=binaries)
    address = ours.start()
    server = running_server(directory)
    other = other_process(directory)
    assert other.socket_directory == address.host
    assert running_server(directory) == server

    ours.stop()
    assert running_server(directory) == server
    assert ask(other.socket_directory, "select 1") == "1"
    assert other.leave() == ""
    assert running_server(directory) is None


def test_the_second_to_come_may_leave_first(
    directory: Path, binaries: Binaries, other_process: Start, ask: Ask
) -> None:
    with EmbeddedPostgres(directory, binaries=binaries) as address:
        other = other_process(directory)
        assert other.socket_directory == address.host
        assert other.leave() == ""
        assert ask(address, "select 1") == "1"
    assert running_server(directory) is None


def test_processes_that_come_at_once_to_an_empty_directory_make_one_server(
    short_folder: Path, other_process: Start
) -> None:
    directory = short_folder / "var"
    crowd = [other_process(directory) for _ in range(4)]
    places = {one.socket_directory for one in crowd}
    server = running_server(directory)
    assert server is not None
    assert places == {str(server.sockets)}
    assert [one.leave() for one in crowd] == [""] * 4
    assert running_server(directory) is None
    assert sorted(path.name for path in (directory / "postgres").iterdir()) == [
        "data",
        "log",
        "members.lock",
        "server.lock",
        "turn.lock",
    ]


def test_two_shares_in_one_process_count_as_two(directory: Path, binaries: Binaries) -> None:
    with EmbeddedPostgres(directory, binaries=binaries) as first:
        with EmbeddedPostgres(directory, binaries=binaries) as second:
            assert second == first
        assert running_server(directory) is not None
    assert running_server(directory) is None


@pytest.mark.parametrize("what", [signal.SIGTERM, signal.SIGINT])
def test_a_terminated_owner_stops_the_server_cleanly(
    directory: Path, other_process: Start, what: signal.Signals
) -> None:
    log = directory / "postgres" / "log" / "postgres.log"
    other = other_process(directory)
    assert other.socket_directory
    before = log.read_text().count("database system is shut down")
    assert other.end_by(what) == 0
    assert running_server(directory) is None
    assert log.read_text().count("database system is shut down") == before + 1
    assert not (directory / "postgres" / "data" / "postmaster.pid").exists()


def test_ctrl_c_in_our_terminal_does_not_reach_the_server(directory: Path, binaries: Binaries) -> None:
    with EmbeddedPostgres(directory, binaries=binaries):
        server = running_server(directory)
        assert server is not None
        assert os.getsid(server.pid) != os.getsid(0)
        assert os.getpgid(server.pid) != os.getpgrp()


def test_our_locks_are_not_handed_to_the_server(directory: Path, binaries: Binaries) -> None:
    with EmbeddedPostgres(directory, binaries=binaries):
        server = running_server(directory)
        assert server is not None
        opened = {os.path.basename(os.readlink(file)) for file in Path(f"/proc/{server.pid}/fd").iterdir()}
    assert "server.lock" in opened
    assert not opened & {"turn.lock", "members.lock"}
