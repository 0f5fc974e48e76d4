"""How do several processes share one server? Whoever comes first starts it, whoever leaves last stops it.

Each process that uses the server shares a lock, so one that is killed has left by that alone. Starting and stopping
are done in turns under a second lock. A third is held by the server itself, which tells a living one from a dead one.
All three lie beside the data: there is nothing that other users or other databases could meet in.
"""

from __future__ import annotations

import atexit
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final

from storage.embedded.account import choose_account
from storage.embedded.address import Address
from storage.embedded.binaries import Binaries, find_binaries, find_major
from storage.embedded.cluster import create_cluster, is_new, written_by
from storage.embedded.errors import EmbeddedError
from storage.embedded.folders import Folders, make_folders, server_name
from storage.embedded.locks import FileLock
from storage.embedded.reachable import reachable
from storage.embedded.server import Server

_DATABASE_NAME: Final = re.compile(r"[a-z_][a-z0-9_]{0,62}")


class EmbeddedPostgres:
    """Our share in the PostgreSQL below `directory`; also a context manager that gives the address."""

    def __init__(self, directory: Path, *, binaries: Binaries | None = None, database: str = "sostech") -> None:
        """`binaries` are found when None: those that fit the data. Raises ValueError for an odd database name."""
        if not _DATABASE_NAME.fullmatch(database):
            raise ValueError(f"{database!r} is no database name: use a-z, 0-9 and _, at most 63, no digit first")
        self._directory = directory
        self._binaries = binaries
        self._database = database
        self._share: _Share | None = None

    def start(self) -> Address:
        """Start the server or attach to the one that another process started; again, to recover one that died.

        Creates the data directory and the database when missing. It is left at the end of the program at the latest.
        Raises EmbeddedError.
        """
        if sys.platform != "linux":
            raise EmbeddedError(f"The embedded PostgreSQL needs Linux, and this is {sys.platform}: set DATABASE_URL.")
        share = self._share = self._share or _Share.of(make_folders(self._directory))
        atexit.register(self.stop)
        try:
            with share.turn.turn():
                share.members.share()
                share.server = self._server(share.folders)
                return share.server.serve(self._database)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Leave, and stop the server if nobody else uses it. Does nothing when not started, or in a forked child."""
        atexit.unregister(self.stop)
        share, self._share = self._share, None
        if share is None or share.process != os.getpid():
            return
        try:
            with share.turn.turn():
                if share.members.take() and share.server is not None:
                    share.server.shut_down()
        finally:
            share.members.close()
            share.turn.close()

    def __enter__(self) -> Address:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _server(self, folders: Folders) -> Server:
        new = is_new(folders.data)
        account = choose_account(folders.home.parent, None if new else folders.data)
        binaries = reachable(self._fitting_binaries(folders.data), account)
        if new:
            create_cluster(folders.data, account, binaries)
        return Server(folders, account, binaries, server_name(folders.data))

    def _fitting_binaries(self, data: Path) -> Binaries:
        """Data of an older major is served by its own programs as long as those are installed."""
        if self._binaries is not None:
            return self._binaries
        preferred = find_binaries()
        if is_new(data) or written_by(data) == preferred.major:
            return preferred
        return find_major(written_by(data)) or preferred


@dataclass
class _Share:
    """What a process holds from its first start to its stop. The files stay open: the directory may be deleted."""

    folders: Folders
    turn: FileLock
    members: FileLock
    process: int
    server: Server | None = None

    @classmethod
    def of(cls, folders: Folders) -> _Share:
        return cls(folders, FileLock(folders.turn_lock), FileLock(folders.members_lock), os.getpid())
