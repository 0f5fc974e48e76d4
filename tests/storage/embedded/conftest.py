"""Databases to start: each installed PostgreSQL in turn, each test with a fresh data directory of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from storage.embedded import Address, Binaries, EmbeddedError, EmbeddedPostgres, find_binaries
from storage.embedded.folders import server_name
from storage.embedded.processes import Postmaster, find_postmaster, orphans
from tests.conftest import IS_SOAK
from tests.database import in_memory
from tests.storage.embedded.other_process import OtherProcess

collect_ignore_glob = [] if sys.platform == "linux" else ["test_*.py"]

ON_ONE_POSTGRESQL = ("test_killed.py", "test_sharing.py", "test_users.py")
"""About our processes and their rights, whichever PostgreSQL they serve: on both in `make soak`."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what would only be repeated."""
    if IS_SOAK:
        return
    repeated = {item for item in items if _is_repeated(item)}
    config.hook.pytest_deselected(items=list(repeated))
    items[:] = [item for item in items if item not in repeated]


def _is_repeated(item: pytest.Item) -> bool:
    # Asked of all tests there are: the cheapest question first.
    callspec = getattr(item, "callspec", None)
    if callspec is None or callspec.params.get("binaries") != "system":
        return False
    return item.path.parent == Path(__file__).parent and item.path.name in ON_ONE_POSTGRESQL


def _installed(source: str) -> Binaries:
    try:
        found = find_binaries("wheel" if source == "wheel" else "system")
    except EmbeddedError as fault:
        pytest.skip(f"no PostgreSQL at all: {fault}")
    if found.source != source:
        pytest.skip(f"no PostgreSQL from the {source} is installed")
    return found


@pytest.fixture(scope="session", params=["wheel", "system"])
def binaries(request: pytest.FixtureRequest) -> Binaries:
    return _installed(request.param)


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """An empty folder that everybody may pass through, unlike pytest's own."""
    yield from _short_folder()


@pytest.fixture(scope="session")
def template(binaries: Binaries) -> Iterator[Path]:
    """A directory that was served and stopped once."""
    for folder in _short_folder():
        with EmbeddedPostgres(folder / "var", binaries=binaries):
            pass
        yield folder / "var"


@pytest.fixture
def directory(template: Path) -> Iterator[Path]:
    """An initialised directory, shared by tests that start and stop and kill but change nothing in it."""
    yield template
    _require_ended(template)


@pytest.fixture
def own_directory(template: Path, short_folder: Path) -> Iterator[Path]:
    """An initialised directory to break."""
    copy_directory(template, short_folder / "var")
    yield short_folder / "var"
    _require_ended(short_folder / "var")


def _short_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="shop-", dir=in_memory() or "/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def _require_ended(directory: Path) -> None:
    left = end_server(directory)
    assert left is None, f"the test left {left} running"


@pytest.fixture
def other_process(binaries: Binaries) -> Iterator[Callable[..., OtherProcess]]:
    """Starts other processes of ours, which do not outlive the test."""
    started: list[OtherProcess] = []

    def start(directory: Path, **options: object) -> OtherProcess:
        started.append(OtherProcess(directory, binaries, **options))  # type: ignore[arg-type]
        return started[-1]

    yield start
    for other in started:
        if other.process.poll() is None:
            other.process.kill()
        other.process.communicate()


@pytest.fixture
def ask(binaries: Binaries) -> Callable[[Address | str, str], str]:
    """Runs one statement and gives the bare answer, or fails with what the server said."""

    def run(where: Address | str, sql: str) -> str:
        host = where if isinstance(where, str) else where.host
        database = "sostech" if isinstance(where, str) else where.database
        command = [binaries.program("psql"), "-XAtq", "-h", host, "-p", "5432", "-U", "sostech", "-d", database]
        done = subprocess.run([*command, "-c", sql], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return run


def copy_directory(origin: Path, copy: Path) -> None:
    subprocess.run(["cp", "-a", origin, copy], check=True)
    copy.chmod(0o755)


def running_server(directory: Path) -> Postmaster | None:
    """The live server of a directory, found as the program finds it."""
    data = directory / "postgres" / "data"
    return find_postmaster(server_name(data), data.stat().st_uid)


def end_server(directory: Path) -> Postmaster | None:
    """Kill what still runs in a directory, and tell what it was."""
    data = directory / "postgres" / "data"
    if not data.exists():
        return None
    left = running_server(directory)
    for pid in [*([left.pid] if left else []), *orphans(server_name(data), data.stat().st_uid)]:
        os.kill(pid, signal.SIGKILL)
    if left:
        shutil.rmtree(left.sockets, ignore_errors=True)
    return left
