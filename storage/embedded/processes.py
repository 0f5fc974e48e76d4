"""Which processes are our server? Those that carry its name, never those that some file claims.

`postmaster.pid` outlives a killed server, and its number may be a stranger's by then. The name of the server, unique to
its data directory, is in the arguments of the postmaster and in the titles of its children. Everybody may read those,
even root in a container, who may not look at another user's working directory.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
_SOCKETS_ARE_IN: Final = "unix_socket_directories="


@dataclass(frozen=True)
class Postmaster:
    """The first process of a running server, and the directory of its socket."""

    pid: int
    sockets: Path


def find_postmaster(name: str, uid: int) -> Postmaster | None:
    """The server of this name that `uid` runs, if there is one."""
    alike = {pid: words for pid, words in _processes_of(uid) if f"cluster_name={name}" in words}
    for pid, words in alike.items():
        # A child looks like the postmaster until it has taken its own title.
        if _parent(pid) not in alike:
            sockets = next(word for word in words if word.startswith(_SOCKETS_ARE_IN))
            return Postmaster(pid, Path(sockets.removeprefix(_SOCKETS_ARE_IN)))
    return None


def orphans(name: str, uid: int) -> list[int]:
    """The children of a postmaster that died without them."""
    return [pid for pid, words in _processes_of(uid) if words[0].startswith(f"postgres: {name}: ")]


def send(postmaster: Postmaster, name: str, uid: int, what: signal.Signals) -> None:
    """Signal the server, after a last look whether it still is the one we mean."""
    if find_postmaster(name, uid) == postmaster:
        send_to(postmaster.pid, what)


def send_to(pid: int, what: signal.Signals) -> None:
    """Signal a process that may just have ended by itself."""
    try:
        os.kill(pid, what)
    except ProcessLookupError:
        return


def foreign_server(data: Path, uid: int) -> int | None:
    """The process id in `postmaster.pid` if that is a live server of this directory which we did not start."""
    try:
        pid = int((data / "postmaster.pid").read_text().split()[0])
    except (FileNotFoundError, ValueError, IndexError):
        return None
    try:
        words = _words(pid, uid)
        if words is None or Path(words[0]).name not in ("postgres", "postmaster"):
            return None
        return pid if os.path.samefile(_PROC / str(pid) / "cwd", data) else None
    except PermissionError:
        return pid  # a postgres of this user that we may not look into: better to ask than to serve the data twice
    except OSError:
        return None  # it has ended


def _processes_of(uid: int) -> Iterator[tuple[int, list[str]]]:
    for entry in os.listdir(_PROC):
        if entry.isdigit():
            try:
                words = _words(int(entry), uid)
            except OSError:
                continue  # it has ended, or is none of our business
            if words is not None:
                yield int(entry), words


def _words(pid: int, uid: int) -> list[str] | None:
    """The arguments of a PostgreSQL process of `uid`, or its title as the only one; None for any other process."""
    place = _PROC / str(pid)
    if place.stat().st_uid != uid:
        return None
    words = (place / "cmdline").read_bytes().rstrip(b"\0").decode(errors="replace").split("\0")
    program = words[0].split(":")[0]
    return words if Path(program).name in ("postgres", "postmaster") else None


def _parent(pid: int) -> int:
    try:
        stat = (_PROC / str(pid) / "stat").read_text()
    except OSError:
        return 0
    # The program's name stands in parentheses and may hold anything, the parent is the second word after it.
    return int(stat.rpartition(")")[2].split()[1])
