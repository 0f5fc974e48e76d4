"""How is one server started, spoken to and stopped? Called by one process at a time (see `shared.py`)."""

from __future__ import annotations

import os
import shlex
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from storage.embedded.account import Account
from storage.embedded.address import Address
from storage.embedded.binaries import Binaries
from storage.embedded.cluster import SUPERUSER, require_same_major
from storage.embedded.errors import EmbeddedError
from storage.embedded.folders import Folders, belongs_to, open_log, remove_socket_directory, socket_directory
from storage.embedded.locks import FileLock
from storage.embedded.processes import Postmaster, find_postmaster, foreign_server, orphans, send, send_to
from storage.embedded.programs import handle_on, named, run_program

PORT: Final = 5432
"""Only part of the socket's name: each server has a directory of its own."""

# Seconds.
_TO_START: Final = 120
_TO_STOP: Final = 60.0
_TO_NOTICE: Final = 5.0  # how long a child may take to see that its postmaster is gone
_TO_QUIT: Final = 10.0

_NO_CONNECTION: Final = 2  # psql's exit status
_LOG_TAIL: Final = 15  # lines

# The name is a value for psql, so that no database name can become SQL.
_CREATE_WHEN_MISSING: Final = r"""
select format('create database %I', :'database')
where not exists (select from pg_database where datname = :'database') \gexec
"""


@dataclass(frozen=True)
class Server:
    """The server of one data directory, running or not. `name` is `folders.server_name` of the data."""

    folders: Folders
    account: Account
    binaries: Binaries
    name: str

    def find(self) -> Postmaster | None:
        """Our server, if it runs."""
        return find_postmaster(self.name, self.account.uid)

    def serve(self, database: str) -> Address:
        """Start the server or attach to it, and create the database when it is missing.

        A server that is about to stop is waited for and started again. Raises EmbeddedError when there is no way.
        """
        deadline = time.monotonic() + _TO_START
        while True:
            running = self.find() or self._launch()
            refusal = self._prepare(running, database)
            if refusal is None:
                return Address(host=str(running.sockets), port=PORT, database=database, user=SUPERUSER)
            if time.monotonic() > deadline:
                raise EmbeddedError(
                    f"PostgreSQL (process {running.pid}) on {self.folders.data} does not answer after {_TO_START} s: "
                    f"{refusal} See {self.folders.log}, or stop it with `kill -INT {running.pid}` and start again."
                )
            time.sleep(0.1)

    def shut_down(self) -> None:
        """End all connections, write everything and stop. Raises EmbeddedError when that takes too long."""
        running = self.find()
        if running is None:
            return
        send(running, self.name, self.account.uid, signal.SIGINT)
        if not _wait(_TO_STOP, lambda: not self._is_held() and self.find() is None):
            raise EmbeddedError(
                f"PostgreSQL (process {running.pid}) on {self.folders.data} has not stopped within {_TO_STOP:.0f} s. "
                f"It may still be writing; see {self.folders.log}."
            )
        remove_socket_directory(running.sockets, self.account)

    def _launch(self) -> Postmaster:
        require_same_major(self.folders.data, self.binaries)
        self._outlive_orphans()
        self._forget_the_dead()
        sockets = socket_directory(self.name, self.account)
        said_before = self.folders.log.stat().st_size if self.folders.log.exists() else 0
        started = self._run_pg_ctl(sockets)
        running = self.find()
        if not started or running is None:
            remove_socket_directory(sockets, self.account)
            raise EmbeddedError(
                f"PostgreSQL {self.binaries.version} did not start on {self.folders.data}. "
                f"Its last words in {self.folders.log}:\n{_tail(self.folders.log, said_before)}"
            )
        return running

    def _run_pg_ctl(self, sockets: Path) -> bool:
        """Start the postmaster, detached from us, with the server's lock in its hands."""
        log = open_log(self.folders)
        lock = FileLock(self.folders.server_lock)
        lock.take()
        try:
            with handle_on(self.folders.data.resolve()) as data:
                command: list[str | Path] = [self.binaries.program("pg_ctl"), "start", "-s", "-w", "-t", str(_TO_START)]
                command += ["-D", named(data), "-o", shlex.join(self._settings(sockets))]
                keep = [data, lock.descriptor]
                return run_program(command, self.account, keep=keep, output=log).returncode == 0
        finally:
            lock.close()
            os.close(log)

    def _settings(self, sockets: Path) -> list[str]:
        """What no edit of postgresql.conf may change: nobody else gets in, and we can tell our server by its name."""
        settings = {
            "listen_addresses": "",
            "port": str(PORT),
            "unix_socket_directories": str(sockets),
            "unix_socket_permissions": "0700",
            "cluster_name": self.name,
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]

    def _prepare(self, running: Postmaster, database: str) -> str | None:
        """Create the database when missing; why the server takes no connections now, or None when all is well."""
        self._require_private(running)
        command: list[str | Path] = [self.binaries.program("psql"), "-X", "-q", "-w", "-v", "ON_ERROR_STOP=1"]
        command += ["-h", str(running.sockets), "-p", str(PORT), "-U", SUPERUSER, "-d", "postgres"]
        done = run_program([*command, "-v", f"database={database}"], self.account, says=_CREATE_WHEN_MISSING)
        if done.returncode == _NO_CONNECTION:
            return done.stdout.strip()
        if done.returncode != 0:
            raise EmbeddedError(f"Cannot create the database {database} in {self.folders.data}: {done.stdout.strip()}")
        return None

    def _require_private(self, running: Postmaster) -> None:
        """The server trusts everybody who reaches its socket, so nobody else may have the directory."""
        try:
            private = belongs_to(running.sockets, self.account) and running.sockets.stat().st_mode & 0o077 == 0
        except FileNotFoundError:
            raise EmbeddedError(
                f"PostgreSQL (process {running.pid}) runs on {self.folders.data}, but {running.sockets} with its "
                f"socket is gone from here. Stop it with `kill -INT {running.pid}` and start again."
            ) from None
        if not private:
            raise EmbeddedError(
                f"{running.sockets} is open to others than user {self.account.name}, and whoever reaches the socket "
                f"in it reaches the database. Stop PostgreSQL with `kill -INT {running.pid}` and remove the directory."
            )

    def _outlive_orphans(self) -> None:
        """Wait for the children of a killed postmaster; a busy one does not notice by itself and is told to quit."""
        if _wait(_TO_NOTICE, lambda: not self._is_held()):
            return
        for pid in orphans(self.name, self.account.uid):
            send_to(pid, signal.SIGQUIT)
        if not _wait(_TO_QUIT, lambda: not self._is_held()):
            raise EmbeddedError(
                f"Something still serves {self.folders.data}, and no process that can be seen from here: perhaps it "
                f"runs in another container. End it (`fuser {self.folders.server_lock}` tells which), or set "
                "SOSTECH_DATA_DIR to another directory."
            )

    def _is_held(self) -> bool:
        """Whether the server or a child of it lives, wherever: they all inherited the lock."""
        try:
            lock = FileLock(self.folders.server_lock)
        except FileNotFoundError:
            return False  # the whole directory was deleted under the server
        try:
            return not lock.take()
        finally:
            lock.close()

    def _forget_the_dead(self) -> None:
        """Remove what a killed server left, whose process id PostgreSQL would believe if somebody has it now."""
        stranger = foreign_server(self.folders.data, self.account.uid)
        if stranger is not None:
            raise EmbeddedError(
                f"A PostgreSQL that this program did not start (process {stranger}) seems to serve "
                f"{self.folders.data}. Stop it, or set DATABASE_URL to use it; if it serves something else, remove "
                f"{self.folders.data}/postmaster.pid."
            )
        (self.folders.data / "postmaster.pid").unlink(missing_ok=True)


def _wait(seconds: float, until: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not until():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _tail(log: Path, since: int) -> str:
    """The last lines written after `since` bytes, or the last at all when the file was replaced meanwhile."""
    with log.open("rb") as file:
        file.seek(since if since <= log.stat().st_size else 0)
        said = file.read().decode(errors="replace")
    return "\n".join(said.strip().splitlines()[-_LOG_TAIL:]) or "(nothing)"
