"""Who is doing what with one database? Advisory locks, which the kernel lets go when their last holder dies."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from storage.embedded.errors import EmbeddedError

_PATIENCE: Final = 180.0  # seconds; longer than any start or stop that another process may be at


class FileLock:
    """One open file and the lock on it. Child processes that inherit `descriptor` keep the lock alive with us."""

    def __init__(self, path: Path) -> None:
        """Open or create `path`, for the owner of its directory."""
        self.path = path
        self.descriptor = open_owned(path, os.O_RDWR)

    def share(self) -> None:
        """Hold it together with others who share."""
        fcntl.flock(self.descriptor, fcntl.LOCK_SH)

    def take(self) -> bool:
        """Hold it alone, if that is possible at once. A shared hold is given up in either case."""
        try:
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait to hold it alone, and do so for a while. Raises EmbeddedError when the others never finish."""
        deadline = time.monotonic() + _PATIENCE
        while not self.take():
            if time.monotonic() > deadline:
                raise EmbeddedError(
                    f"Another process has been starting or stopping PostgreSQL for {_PATIENCE:.0f} s and still holds "
                    f"{self.path}. See which one with `fuser {self.path}`, end it, and start again."
                )
            time.sleep(0.02)
        try:
            yield
        finally:
            fcntl.flock(self.descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        """Let go of the file and, unless a child has it too, of the lock."""
        os.close(self.descriptor)


def open_owned(path: Path, flags: int) -> int:
    """Open or create a file (0600) that belongs to the owner of its directory, whoever we are.

    A link in its place is refused: root must not write where somebody else points.
    """
    descriptor = os.open(path, flags | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    if os.geteuid() == 0:
        home = path.parent.stat()
        os.fchown(descriptor, home.st_uid, home.st_gid)
    return descriptor
