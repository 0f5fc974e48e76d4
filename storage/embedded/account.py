"""Which OS user does the server run as? We ourselves, or somebody unprivileged when we are root."""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from storage.embedded.errors import EmbeddedError

_STAND_INS: Final = ("postgres", "nobody")
"""Who serves for root when the directory is root's too: the user made for it, or the one without any rights."""


@dataclass(frozen=True)
class Account:
    """An OS user that may own a data directory, which PostgreSQL refuses to root."""

    uid: int
    gid: int
    name: str

    @property
    def differs(self) -> bool:
        """Whether programs have to change to this user before they run."""
        return self.uid != os.geteuid()


def choose_account(directory: Path, data: Path | None) -> Account:
    """Who runs the server for `directory`; the owner of `data` unless that is yet to be made (None).

    Raises EmbeddedError when data belongs to somebody we cannot run as.
    """
    me = os.geteuid()
    owner = data.stat().st_uid if data else None
    if me != 0:
        if owner not in (None, me):
            raise EmbeddedError(
                f"The database in {data} belongs to {_name(owner)}, and this program runs as {_name(me)}. "
                f"Run it as {_name(owner)}, or set SOSTECH_DATA_DIR to a directory of your own."
            )
        return _account(me, "this program runs as")
    if owner == 0:
        raise EmbeddedError(
            f"The database in {data} belongs to root, and PostgreSQL refuses to run as root. "
            f"Give it to another user (chown -R postgres {data}), or set SOSTECH_DATA_DIR elsewhere."
        )
    if owner is not None:
        return _account(owner, f"the database in {data} belongs to")
    return _unprivileged(directory.stat().st_uid)


def _unprivileged(owner: int) -> Account:
    """For a new database of root: the owner of the directory if that is a real user, or a stand-in."""
    if owner != 0:
        try:
            return _from_entry(pwd.getpwuid(owner))
        except KeyError:
            pass  # a user of the host, seen from inside a container
    for name in _STAND_INS:
        try:
            return _from_entry(pwd.getpwnam(name))
        except KeyError:
            continue
    raise EmbeddedError(
        f"PostgreSQL refuses to run as root, and none of the users {', '.join(_STAND_INS)} exists here. "
        "Create one, run this program as an ordinary user, or set DATABASE_URL."
    )


def _account(uid: int, reason: str) -> Account:
    try:
        return _from_entry(pwd.getpwuid(uid))
    except KeyError:
        raise EmbeddedError(
            f"PostgreSQL runs only as a user with a name: {reason} user id {uid}, which /etc/passwd does not list. "
            "Add it there, run as a listed user, or set DATABASE_URL."
        ) from None


def _from_entry(entry: pwd.struct_passwd) -> Account:
    return Account(uid=entry.pw_uid, gid=entry.pw_gid, name=entry.pw_name)


def _name(uid: int | None) -> str:
    try:
        return f"user {pwd.getpwuid(uid or 0).pw_name}"
    except KeyError:
        return f"user id {uid}"
