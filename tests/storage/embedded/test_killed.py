"""What if one side is killed, and who is taken for the server afterwards?"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from storage.embedded import Address, Binaries, EmbeddedError, EmbeddedPostgres, server
from tests.storage.embedded.conftest import copy_directory, end_server, running_server
from tests.storage.embedded.other_process import OtherProcess

Start = Callable[..., OtherProcess]
Ask = Callable[[Address | str, str], str]


@pytest.fixture
def stranger(directory: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that has nothing to do with us, of the very user that runs the server."""
    uid = (directory / "postgres" / "data").stat().st_uid
    process = subprocess.Popen(["sleep", "600"], cwd="/", user=uid if os.geteuid() == 0 else None)
    yield process
    process.kill()
    process.wait()


def test_after_the_app_is_killed_the_next_start_attaches_and_its_stop_stops(
    directory: Path, binaries: Binaries, other_process: Start, ask: Ask
) -> None:
    other = other_process(directory)
    host = other.socket_directory
    assert other.end_by(signal.SIGKILL) == -signal.SIGKILL
    survivor = running_server(directory)
    assert survivor is not None

    ours = EmbeddedPostgres(directory, binaries=binaries)
    address = ours.start()
    assert address.host == host
    assert running_server(directory) == survivor
    assert ask(address, "select 1") == "1"
    ours.stop()
    assert running_server(directory) is None


def test_a_killed_process_no_longer_counts_when_the_last_one_leaves(
    directory: Path, binaries: Binaries, other_process: Start
) -> None:
    other = other_process(directory)
    assert other.socket_directory
    with EmbeddedPostgres(directory, binaries=binaries):
        other.end_by(signal.SIGKILL)
    assert running_server(directory) is None


def test_a_killed_server_is_recovered_at_the_same_address(directory: Path, binaries: Binaries, ask: Ask) -> None:
    ours = EmbeddedPostgres(directory, binaries=binaries)
    address = ours.start()
    ask(address, "drop table if exists kept; create table kept as select 42 as answer")
    killed = running_server(directory)
    assert killed is not None
    os.kill(killed.pid, signal.SIGKILL)

    assert ours.start() == address
    assert ask(address, "select answer from kept") == "42"
    recovered = running_server(directory)
    assert recovered is not None
    assert recovered.pid != killed.pid
    ours.stop()
    assert running_server(directory) is None


def test_a_child_too_busy_to_see_that_its_server_was_killed_is_told_to_quit(
    directory: Path, binaries: Binaries, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "_TO_NOTICE", 0.1)
    ours = EmbeddedPostgres(directory, binaries=binaries)
    address = ours.start()
    command = [binaries.program("psql"), "-X", "-h", address.host, "-U", "sostech", "sostech"]
    busy = subprocess.Popen(
        [*command, "-c", "do $$ begin loop end loop; end $$"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    sees_it = "select count(*) from pg_stat_activity where state = 'active' and query like 'do %'"
    while ask(address, sees_it) != "1":
        time.sleep(0.01)
    killed = running_server(directory)
    assert killed is not None
    os.kill(killed.pid, signal.SIGKILL)

    assert ours.start() == address
    assert busy.wait(timeout=10) != 0
    assert ask(address, "select 1") == "1"
    ours.stop()


def test_a_reused_process_id_is_neither_taken_for_the_server_nor_signalled(
    directory: Path, binaries: Binaries, stranger: subprocess.Popen[bytes], ask: Ask
) -> None:
    _leave_behind(directory, stranger.pid)
    with EmbeddedPostgres(directory, binaries=binaries) as address:
        assert ask(address, "select 1") == "1"
        server = running_server(directory)
        assert server is not None
        assert server.pid != stranger.pid
    assert stranger.poll() is None


def test_a_process_id_of_nobody_is_no_obstacle(directory: Path, binaries: Binaries, ask: Ask) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    _leave_behind(directory, gone.pid)
    with EmbeddedPostgres(directory, binaries=binaries) as address:
        assert ask(address, "select 1") == "1"


def test_a_process_id_file_full_of_nonsense_is_no_obstacle(directory: Path, binaries: Binaries, ask: Ask) -> None:
    (directory / "postgres" / "data" / "postmaster.pid").write_text("")
    with EmbeddedPostgres(directory, binaries=binaries) as address:
        assert ask(address, "select 1") == "1"


def test_the_server_of_the_original_is_not_taken_for_that_of_a_copy(
    directory: Path, short_folder: Path, binaries: Binaries, ask: Ask
) -> None:
    copy = short_folder / "copy"
    with EmbeddedPostgres(directory, binaries=binaries) as address:
        ask(address, "checkpoint")
        original = running_server(directory)
        copy_directory(directory, copy)
        with EmbeddedPostgres(copy, binaries=binaries) as other_address:
            assert other_address.host != address.host
            assert running_server(copy) not in (None, original)
        assert running_server(directory) == original
        assert ask(address, "select 1") == "1"


def test_a_server_somebody_started_by_hand_is_left_alone(
    directory: Path, short_folder: Path, binaries: Binaries
) -> None:
    data = directory / "postgres" / "data"
    sockets = short_folder
    user = data.stat().st_uid if os.geteuid() == 0 else None
    sockets.chmod(0o777)
    by_hand = subprocess.Popen(
        [binaries.program("postgres"), "-D", data, "-k", sockets, "-c", "listen_addresses="],
        user=user,
        cwd="/",
        stderr=subprocess.DEVNULL,
    )
    try:
        while not (sockets / ".s.PGSQL.5432").exists():
            assert by_hand.poll() is None
            time.sleep(0.01)
        with pytest.raises(EmbeddedError, match=f"process {by_hand.pid}"):
            EmbeddedPostgres(directory, binaries=binaries).start()
        assert by_hand.poll() is None
        assert (data / "postmaster.pid").exists()
    finally:
        by_hand.send_signal(signal.SIGQUIT)
        by_hand.wait(timeout=30)


def test_a_server_that_is_stopping_is_waited_for_and_started_again(
    directory: Path, binaries: Binaries, ask: Ask
) -> None:
    ours = EmbeddedPostgres(directory, binaries=binaries)
    address = ours.start()
    stopping = running_server(directory)
    assert stopping is not None
    os.kill(stopping.pid, signal.SIGINT)
    assert ours.start() == address
    assert ask(address, "select 1") == "1"
    ours.stop()


def test_a_server_that_only_another_container_can_see_is_not_started_a_second_time(
    directory: Path, binaries: Binaries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "_TO_NOTICE", 0.1)
    monkeypatch.setattr(server, "_TO_QUIT", 0.1)
    # Elsewhere, a process holds the lock that our server would hold.
    lock = directory / "postgres" / "server.lock"
    ready = "flock --exclusive --nonblock 9 && echo ready && exec sleep 600"
    elsewhere = subprocess.Popen(["sh", "-c", f"exec 9>'{lock}'; {ready}"], stdout=subprocess.PIPE)
    try:
        assert elsewhere.stdout is not None
        assert elsewhere.stdout.readline() == b"ready\n"
        with pytest.raises(EmbeddedError, match="another container"):
            EmbeddedPostgres(directory, binaries=binaries).start()
    finally:
        elsewhere.kill()
        elsewhere.communicate()
    assert end_server(directory) is None


def _leave_behind(directory: Path, pid: int) -> None:
    """The file of a server that was killed some time ago, with the process id that somebody has now."""
    file = directory / "postgres" / "data" / "postmaster.pid"
    file.write_text(f"{pid}\n/proc/self/fd/3\n{int(time.time())}\n5432\n/tmp/gone\n\n  1  1\nready   \n")
