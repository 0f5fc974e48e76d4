"""Where does the server keep what? Data and log below the shop's directory, the socket in a short private place."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from storage.embedded.account import Account
from storage.embedded.errors import EmbeddedError
from storage.embedded.locks import open_owned
from storage.embedded.programs import handle_on

# Not $XDG_RUNTIME_DIR, which is deleted when its user logs out, and not $TMPDIR, which can be too long for a socket.
_SOCKETS: Final = Path("/tmp")
_LOG_LIMIT: Final = 10 * 1024 * 1024  # bytes


@dataclass(frozen=True)
class Folders:
    """The places of one database below `home`."""

    home: Path

    @property
    def data(self) -> Path:
        """PostgreSQL's data directory."""
        return self.home / "data"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.home / "log" / "postgres.log"

    @property
    def turn_lock(self) -> Path:
        """Held while somebody starts or stops the server."""
        return self.home / "turn.lock"

    @property
    def members_lock(self) -> Path:
        """Shared by every process that uses the server."""
        return self.home / "members.lock"

    @property
    def server_lock(self) -> Path:
        """Held by the server and each of its children as long as one of them lives."""
        return self.home / "server.lock"


def make_folders(directory: Path) -> Folders:
    """The places below `directory`, which is created when missing. Raises EmbeddedError where we may not write."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        folders = Folders(directory.resolve() / "postgres")
        # Others may pass through `home` to the data, which has its own user when we are root; they cannot list it.
        _make_owned(folders.home, 0o711)
        _make_owned(folders.log.parent, 0o700)
    except OSError as fault:
        raise EmbeddedError(
            f"Cannot use {fault.filename} for the database: {fault.strerror}. "
            "Make it yours and writable, or set SOSTECH_DATA_DIR to a directory that is."
        ) from fault
    return folders


def _make_owned(path: Path, mode: int) -> None:
    """A new directory belongs to the owner of the one around it; one that exists stays as it is."""
    try:
        path.mkdir(mode=mode)
    except FileExistsError:
        if path.is_symlink() or not path.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, "something else is in its place", str(path)) from None
        if os.geteuid() not in (0, path.stat().st_uid):
            raise PermissionError(errno.EACCES, "it belongs to another user", str(path)) from None
        return
    path.chmod(mode)
    if os.geteuid() == 0:
        around = path.parent.stat()
        os.chown(path, around.st_uid, around.st_gid, follow_symlinks=False)


def server_name(data: Path) -> str:
    """What the server of this data directory calls itself; a copy of the directory has another name.

    Made from the inode, as PostgreSQL's own interlock is: it survives a renaming of the directory, and cannot be given
    to another one while a server still runs in this one.
    """
    place = data.stat()
    return f"sostech-{hashlib.sha256(f'{place.st_dev}:{place.st_ino}'.encode()).hexdigest()[:12]}"


def socket_directory(name: str, account: Account) -> Path:
    """A directory that only `account` and root can enter, the same at every start unless a stranger took the name.

    Short whatever the length of the data path: the address of a unix socket ends at 107 bytes.
    """
    usual = _SOCKETS / f"{name}-{account.uid}"
    try:
        usual.mkdir(mode=0o700)
        _prepare(usual, account, is_new=True)
    except FileExistsError:
        if not belongs_to(usual, account):
            usual = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=_SOCKETS))
        _prepare(usual, account, is_new=not belongs_to(usual, account))
    return usual


def _prepare(path: Path, account: Account, *, is_new: bool) -> None:
    """Give a new directory to `account`; empty an old one. By descriptor, so that nobody can swap it meanwhile."""
    with handle_on(path) as descriptor:
        os.fchmod(descriptor, 0o700)
        if is_new and account.differs:
            os.fchown(descriptor, account.uid, account.gid)
        for leftover in os.listdir(descriptor):
            # Of a server that was killed; its lock file names a process id that may be another's by now.
            if leftover.startswith(".s.PGSQL."):
                os.unlink(leftover, dir_fd=descriptor)


def belongs_to(path: Path, account: Account) -> bool:
    """Whether `path` itself, not what it links to, is a directory of `account`."""
    found = path.lstat()
    return stat.S_ISDIR(found.st_mode) and found.st_uid == account.uid


def remove_socket_directory(path: Path, account: Account) -> None:
    """Tidy up after a server that has ended; what is not as we left it stays."""
    try:
        if belongs_to(path, account):
            path.rmdir()
    except OSError:
        return  # gone already, or somebody keeps something in it: neither is worth failing to stop


def open_log(folders: Folders) -> int:
    """A descriptor to append to the log, after moving a long one aside."""
    if folders.log.exists() and folders.log.stat().st_size > _LOG_LIMIT:
        folders.log.replace(folders.log.with_suffix(".log.1"))
    return open_owned(folders.log, os.O_WRONLY | os.O_APPEND)
