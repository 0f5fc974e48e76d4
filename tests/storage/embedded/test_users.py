"""Who runs the server when we are root, and do two OS users stay out of each other's way?"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from storage.embedded import Address, Binaries, EmbeddedError, EmbeddedPostgres, reachable
from storage.embedded.account import Account
from storage.embedded.binaries import WHEEL
from storage.embedded.folders import server_name
from tests.storage.embedded.conftest import copy_directory, running_server
from tests.storage.embedded.other_process import OtherProcess

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can run as somebody else")

Start = Callable[..., OtherProcess]
Ask = Callable[[Address | str, str], str]
NOBODY = 65534
DAEMON = 1


@pytest.fixture(scope="session")
def anybodys_python() -> str:
    """An interpreter that an ordinary user may run, which root's own may not be."""
    for python in (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"):
        command = [python, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
        try:
            if subprocess.run(command, user=NOBODY, group=NOBODY, cwd="/", check=False).returncode == 0:
                return python
        except OSError:
            continue
    pytest.skip("no Python ≥ 3.11 that an ordinary user may run")


def _given_to(user: int, folder: Path) -> Path:
    """Hand over a prepared directory with all that is in it."""
    for path in [folder, *folder.rglob("*")]:
        os.chown(path, user, user, follow_symlinks=False)
    return folder


def test_two_users_run_theirs_at_the_same_time(
    own_directory: Path, template: Path, short_folder: Path, other_process: Start, anybodys_python: str, ask: Ask
) -> None:
    second = short_folder / "second"
    copy_directory(template, second)
    users = {NOBODY: _given_to(NOBODY, own_directory), DAEMON: _given_to(DAEMON, second)}
    others = {user: other_process(place, user=user, python=anybodys_python) for user, place in users.items()}
    for user, other in others.items():
        assert ask(other.socket_directory, "select 1") == "1"
        server = running_server(users[user])
        assert server is not None
        assert Path(f"/proc/{server.pid}").stat().st_uid == user
    assert len({other.socket_directory for other in others.values()}) == 2
    assert [other.leave() for other in others.values()] == ["", ""]
    assert running_server(second) is None


def test_a_user_makes_a_database_where_he_may_write(
    short_folder: Path, other_process: Start, anybodys_python: str
) -> None:
    directory = short_folder / "var"
    directory.mkdir()
    os.chown(directory, DAEMON, DAEMON)
    other = other_process(directory, user=DAEMON, python=anybodys_python)
    assert other.socket_directory, other.leave()
    assert other.leave() == ""
    assert {path.stat().st_uid for path in directory.rglob("*")} == {DAEMON}


def test_the_database_of_another_user_is_refused(
    own_directory: Path, other_process: Start, anybodys_python: str
) -> None:
    other = other_process(_given_to(DAEMON, own_directory), user=NOBODY, python=anybodys_python)
    said = other.leave()
    assert said.startswith("EmbeddedError: ")
    assert "belongs to another user" in said
    assert "SOSTECH_DATA_DIR" in said


def test_a_place_where_one_may_not_write_is_named(
    short_folder: Path, other_process: Start, anybodys_python: str
) -> None:
    other = other_process(short_folder / "var", user=NOBODY, python=anybodys_python)
    assert f"Cannot use {short_folder}/var" in other.leave()


def test_for_root_an_unprivileged_user_runs_it_and_owns_nothing_but_the_data(
    tmp_path: Path, binaries: Binaries, ask: Ask
) -> None:
    tmp_path.chmod(0o700)  # like /root: closed to the user that runs the server
    directory = tmp_path / "checkout" / "var"
    directory.mkdir(parents=True)
    before = [(path, path.stat().st_mode, path.stat().st_uid) for path in (tmp_path, *directory.parents)]
    with EmbeddedPostgres(directory, binaries=binaries) as address:
        server = running_server(directory)
        assert server is not None
        assert Path(f"/proc/{server.pid}").stat().st_uid != 0
        assert ask(address, "select 1") == "1"
    assert [(path, path.stat().st_mode, path.stat().st_uid) for path, _, _ in before] == before
    assert {path.name: path.stat().st_uid for path in directory.rglob("*") if path.parent.name == "postgres"} == {
        "data": (directory / "postgres" / "data").stat().st_uid,
        "log": 0,
        "members.lock": 0,
        "server.lock": 0,
        "turn.lock": 0,
    }
    assert directory.stat().st_uid == 0
    assert stat.S_IMODE((directory / "postgres").stat().st_mode) == 0o711


def test_for_root_in_the_directory_of_a_user_that_user_runs_it(
    short_folder: Path, binaries: Binaries, other_process: Start, anybodys_python: str, ask: Ask
) -> None:
    directory = short_folder / "var"
    directory.mkdir()
    os.chown(directory, DAEMON, DAEMON)
    ours = EmbeddedPostgres(directory, binaries=binaries)
    address = ours.start()
    assert {path.stat().st_uid for path in directory.rglob("*")} == {DAEMON}

    other = other_process(directory, user=DAEMON, python=anybodys_python)
    assert other.socket_directory == address.host
    ours.stop()
    assert ask(other.socket_directory, "select 1") == "1"
    assert other.leave() == ""
    assert running_server(directory) is None


def test_root_without_the_right_to_look_into_others_still_knows_its_server(
    directory: Path, binaries: Binaries, other_process: Start
) -> None:
    """Root in a container, by default."""
    if shutil.which("setpriv") is None:
        pytest.skip("needs setpriv")
    confined = ("setpriv", "--bounding-set=-sys_ptrace", "--inh-caps=-sys_ptrace")
    first = other_process(directory, before=confined)
    host = first.socket_directory
    first.end_by(signal.SIGKILL)
    second = other_process(directory, before=confined)
    assert second.socket_directory == host, second.leave()
    assert second.leave() == ""
    assert running_server(directory) is None


def test_a_process_of_another_user_that_pretends_is_not_believed(directory: Path, binaries: Binaries, ask: Ask) -> None:
    name = server_name(directory / "postgres" / "data")
    words = ["postgres", "-c", "sleep 600; :", f"cluster_name={name}", "unix_socket_directories=/tmp/not-ours"]
    pretender = subprocess.Popen(words, executable="/bin/sh", user=DAEMON, start_new_session=True)
    try:
        with EmbeddedPostgres(directory, binaries=binaries) as address:
            assert address.host != "/tmp/not-ours"
            assert ask(address, "select 1") == "1"
        assert pretender.poll() is None
    finally:
        os.killpg(pretender.pid, signal.SIGKILL)
        pretender.wait()


def test_the_groups_of_root_do_not_come_along(directory: Path, binaries: Binaries, other_process: Start) -> None:
    if shutil.which("setpriv") is None:
        pytest.skip("needs setpriv")
    other = other_process(directory, before=("setpriv", "--groups=4"))
    assert other.socket_directory
    server = running_server(directory)
    assert server is not None
    status = Path(f"/proc/{server.pid}/status").read_text()
    assert status.partition("Groups:")[2].splitlines()[0].split() == []
    other.leave()


def test_data_of_root_itself_is_refused(own_directory: Path, binaries: Binaries) -> None:
    _given_to(0, own_directory)
    with pytest.raises(EmbeddedError, match=r"belongs to root.*chown"):
        EmbeddedPostgres(own_directory, binaries=binaries).start()


def test_data_of_a_user_without_a_name_is_refused(own_directory: Path, binaries: Binaries) -> None:
    unknown = max(entry.pw_uid for entry in pwd.getpwall() if entry.pw_uid < NOBODY) + 4321
    _given_to(unknown, own_directory)
    with pytest.raises(EmbeddedError, match=f"user id {unknown}"):
        EmbeddedPostgres(own_directory, binaries=binaries).start()


def test_programs_of_the_wheel_that_only_root_can_reach_are_copied_once(
    tmp_path: Path, short_folder: Path, binaries: Binaries, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    if binaries.source != "wheel":
        pytest.skip("the system's programs are not copied")
    closed = _closed_copy(tmp_path, binaries)
    monkeypatch.setattr(reachable, "CACHE", short_folder / "cache")
    directory = short_folder / "var"
    with EmbeddedPostgres(directory, binaries=closed) as address:
        assert ask(address, "select 1") == "1"
    copies = list((short_folder / "cache").iterdir())
    made = copies[0].stat().st_mtime_ns
    with EmbeddedPostgres(directory, binaries=closed) as address:
        assert ask(address, "select 1") == "1"
    assert list((short_folder / "cache").iterdir()) == copies
    assert len(copies) == 1
    assert copies[0].stat().st_mtime_ns == made
    assert copies[0].stat().st_uid == 0


def test_programs_that_cannot_be_copied_either_are_named_with_the_closed_parent(
    tmp_path: Path, binaries: Binaries, monkeypatch: pytest.MonkeyPatch
) -> None:
    if binaries.source != "wheel":
        pytest.skip("the system's programs are not copied")
    (tmp_path / "cache").write_text("in the way")
    monkeypatch.setattr(reachable, "CACHE", tmp_path / "cache")
    closed = replace(binaries, bin=_closed_copy(tmp_path, binaries).bin)
    with pytest.raises(EmbeddedError, match=r"may not enter /.*could not be copied.*DATABASE_URL"):
        EmbeddedPostgres(tmp_path / "var", binaries=closed).start()


def test_programs_of_the_system_that_only_root_can_reach_are_named(tmp_path: Path, binaries: Binaries) -> None:
    tmp_path.chmod(0o700)
    programs = tmp_path / "bin"
    programs.symlink_to(binaries.bin)
    closed = Binaries(programs, binaries.version, "system")
    with pytest.raises(EmbeddedError, match=f"may not execute {programs}"):
        EmbeddedPostgres(tmp_path / "var", binaries=closed).start()


def test_root_that_may_not_become_anybody_is_told_so(directory: Path, other_process: Start) -> None:
    if shutil.which("setpriv") is None:
        pytest.skip("needs setpriv")
    bound = ("setpriv", "--bounding-set=-setuid,-setgid", "--inh-caps=-setuid,-setgid")
    assert "root may not change to user" in other_process(directory, before=bound).leave()


def test_an_account_of_our_own_needs_no_change() -> None:
    assert not Account(uid=os.geteuid(), gid=0, name="root").differs


def _closed_copy(folder: Path, binaries: Binaries) -> Binaries:
    """The wheel's folders where only root can enter, like an environment below /root."""
    packages = folder / "packages"
    packages.mkdir(mode=0o700)
    origin = binaries.bin.parent
    shutil.copytree(origin, packages / WHEEL / origin.name, ignore=shutil.ignore_patterns("include"))
    shutil.copytree(origin.parent.parent / f"{WHEEL}.libs", packages / f"{WHEEL}.libs")
    return replace(binaries, bin=packages / WHEEL / origin.name / "bin")
