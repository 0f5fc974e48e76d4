"""Can the server's user run the programs? If root keeps them where only root may look, that user gets a copy."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Final

from storage.embedded.account import Account
from storage.embedded.binaries import WHEEL, Binaries
from storage.embedded.errors import EmbeddedError
from storage.embedded.programs import run_program

CACHE: Final = Path("/var/cache/sostech")
"""Belongs to root and can be deleted whenever no server runs."""


def reachable(binaries: Binaries, account: Account) -> Binaries:
    """`binaries`, or a copy of the wheel's outside of the parents that are closed to `account`, such as /root.

    Raises EmbeddedError when they are closed and cannot be copied.
    """
    if not account.differs or _can_run(binaries, account):
        return binaries
    if binaries.source != "wheel":
        raise EmbeddedError(
            f"User {account.name}, who runs PostgreSQL for root, may not execute {binaries.bin}. "
            "Open that folder and its parents to everybody, or set DATABASE_URL to a running server."
        )
    try:
        copied = replace(binaries, bin=_copy(binaries))
    except OSError as fault:
        raise EmbeddedError(
            f"User {account.name}, who runs PostgreSQL for root, may not enter {_closed_parent(binaries.bin)}, and the "
            f"programs could not be copied to {CACHE}: {fault.strerror or fault}. Install Python's environment where "
            "everybody may read it, or install the system's PostgreSQL, or set DATABASE_URL."
        ) from fault
    if not _can_run(copied, account):
        raise EmbeddedError(f"User {account.name}, who runs PostgreSQL for root, may not execute {copied.bin} either.")
    return copied


def _can_run(binaries: Binaries, account: Account) -> bool:
    try:
        return run_program([binaries.program("initdb"), "--version"], account).returncode == 0
    except PermissionError as fault:
        if fault.errno == errno.EACCES:
            return False
        raise EmbeddedError(
            f"PostgreSQL refuses to run as root, and root may not change to user {account.name} here "
            f"({fault.strerror}). Run this program as an ordinary user, or set DATABASE_URL."
        ) from fault


def _copy(binaries: Binaries) -> Path:
    """The `bin` of a copy of the wheel's folder with the libraries beside it, made once per build."""
    origin = binaries.bin.parent
    packages = origin.parent.parent
    built = (binaries.bin / "postgres").stat()
    build = hashlib.sha256(f"{built.st_size}:{built.st_mtime_ns}".encode()).hexdigest()[:12]
    copy = CACHE / f"postgresql-{binaries.version}-{build}"
    if not copy.exists():
        CACHE.mkdir(mode=0o755, parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix="unfinished-", dir=CACHE))
        shutil.copytree(origin, unfinished / WHEEL / origin.name, ignore=shutil.ignore_patterns("include"))
        libraries = packages / f"{WHEEL}.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, unfinished / libraries.name)
        _open_to_all(unfinished)
        unfinished.rename(copy)
    return copy / WHEEL / origin.name / "bin"


def _open_to_all(folder: Path) -> None:
    """Programs hold no secrets: everybody may read them, and execute what could be executed."""
    for parent, _, files in os.walk(folder):
        os.chmod(parent, 0o755)
        for name in files:
            path = Path(parent, name)
            path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)


def _closed_parent(folder: Path) -> Path:
    """The first parent that strangers may not pass, or the folder itself."""
    for parent in reversed([folder, *folder.parents]):
        if not parent.stat().st_mode & 0o001:
            return parent
    return folder
