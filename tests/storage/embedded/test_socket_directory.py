"""Is the place of the socket ours alone, even if somebody was there first?"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from storage.embedded import Address, Binaries, EmbeddedError, EmbeddedPostgres
from storage.embedded.account import Account, choose_account
from storage.embedded.folders import server_name, socket_directory
from tests.storage.embedded.conftest import running_server
from tests.storage.embedded.other_process import OtherProcess

Ask = Callable[[Address | str, str], str]
NAME = f"sostech-socket-{os.getpid()}"
"""Of this test process alone: several may run at the same time."""


@pytest.fixture
def account(tmp_path: Path) -> Account:
    return choose_account(tmp_path, None)


@pytest.fixture
def usual(account: Account) -> Iterator[Path]:
    """The path that would be taken; removed after the test, whatever stands there."""
    path = Path(f"/tmp/{NAME}-{account.uid}")
    yield path
    for left in Path("/tmp").glob(f"{NAME}-*"):
        if left.is_symlink():
            left.unlink()
        else:
            shutil.rmtree(left)


def test_it_is_private_and_the_same_each_time(usual: Path, account: Account) -> None:
    assert socket_directory(NAME, account) == usual
    assert socket_directory(NAME, account) == usual
    assert stat.S_IMODE(usual.stat().st_mode) == 0o700
    assert usual.stat().st_uid == account.uid


def test_one_of_ours_that_was_opened_is_closed_again(usual: Path, account: Account) -> None:
    socket_directory(NAME, account).chmod(0o777)
    assert socket_directory(NAME, account) == usual
    assert stat.S_IMODE(usual.stat().st_mode) == 0o700


def test_leftovers_of_a_killed_server_are_removed(usual: Path, account: Account) -> None:
    socket_directory(NAME, account)
    (usual / ".s.PGSQL.5432.lock").write_text("1\n")
    assert not list(socket_directory(NAME, account).iterdir())


def test_a_link_is_not_followed(usual: Path, account: Account, tmp_path: Path) -> None:
    usual.symlink_to(tmp_path)
    mode = tmp_path.stat().st_mode
    chosen = socket_directory(NAME, account)
    assert chosen not in (usual, tmp_path)
    assert stat.S_IMODE(chosen.stat().st_mode) == 0o700
    assert (tmp_path.stat().st_mode, usual.readlink()) == (mode, tmp_path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make the directory of a stranger")
def test_the_directory_of_a_stranger_is_neither_used_nor_changed(usual: Path, account: Account) -> None:
    usual.mkdir()
    usual.chmod(0o777)
    os.chown(usual, 1, 1)
    chosen = socket_directory(NAME, account)
    assert chosen != usual
    assert chosen.stat().st_uid == account.uid
    assert stat.S_IMODE(chosen.stat().st_mode) == 0o700
    assert usual.stat().st_uid == 1
    assert stat.S_IMODE(usual.stat().st_mode) == 0o777


def test_a_server_whose_place_was_opened_is_not_joined(
    directory: Path, binaries: Binaries, other_process: Callable[..., OtherProcess]
) -> None:
    other = other_process(directory)
    sockets = Path(other.socket_directory)
    sockets.chmod(0o755)
    with pytest.raises(EmbeddedError, match="open to others"):
        EmbeddedPostgres(directory, binaries=binaries).start()
    assert running_server(directory) is not None, "it still serves the process that started it"
    other.leave()


def test_a_server_whose_socket_is_gone_is_named_with_the_way_out(
    directory: Path, binaries: Binaries, other_process: Callable[..., OtherProcess]
) -> None:
    other = other_process(directory)
    sockets = Path(other.socket_directory)
    hidden = sockets.with_name(f"{sockets.name}.hidden")
    sockets.rename(hidden)
    server = running_server(directory)
    assert server is not None
    with pytest.raises(EmbeddedError, match=f"kill -INT {server.pid}"):
        EmbeddedPostgres(directory, binaries=binaries).start()
    hidden.rename(sockets)
    other.leave()


def test_the_name_follows_a_renamed_directory_but_not_a_copy(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    name = server_name(tmp_path / "data")
    (tmp_path / "data").rename(tmp_path / "moved")
    (tmp_path / "data").mkdir()
    assert server_name(tmp_path / "moved") == name
    assert server_name(tmp_path / "data") != name
