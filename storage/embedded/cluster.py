"""Is there a data directory that these programs can serve? If there is none, make one, completely or not at all.

initdb's own settings suit a small shop: 128 MB of shared buffers, 100 connections, every commit on disk. Whoever needs
others edits `postgresql.conf` in the data directory; what must not be changed is given at each start (see `server.py`).
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

from storage.embedded.account import Account
from storage.embedded.binaries import Binaries
from storage.embedded.errors import EmbeddedError
from storage.embedded.programs import handle_on, named, run_program

SUPERUSER: Final = "sostech"
_UNFINISHED: Final = "data.new-"
_BUILTIN_LOCALES: Final = 17  # the first major whose C.UTF-8 does not depend on the C library


def is_new(data: Path) -> bool:
    """Whether there is nothing at `data`, or an empty directory."""
    return not data.exists() or not any(data.iterdir())


def written_by(data: Path) -> int:
    """The major version that wrote the data. Raises EmbeddedError when PostgreSQL did not."""
    try:
        return int((data / "PG_VERSION").read_text())
    except (FileNotFoundError, ValueError):
        raise EmbeddedError(
            f"{data} holds files, but no PostgreSQL data (its PG_VERSION is missing or unreadable). "
            "Nothing was changed. Move it away, or set SOSTECH_DATA_DIR to another directory."
        ) from None


def require_same_major(data: Path, binaries: Binaries) -> None:
    """Raise EmbeddedError when the data is of another major version than the programs."""
    major = written_by(data)
    if major != binaries.major:
        raise EmbeddedError(
            f"The database in {data} was written by PostgreSQL {major}, and the programs in {binaries.bin} are "
            f"PostgreSQL {binaries.version}. Nothing was changed. Install PostgreSQL {major} to serve it as it is; or "
            f"dump it there with pg_dumpall, move the directory away, and load the dump into a new one."
        )


def create_cluster(data: Path, account: Account, binaries: Binaries) -> None:
    """Make a new data directory beside its place and move it in, so that an interrupted one never counts.

    Raises EmbeddedError with the words of initdb when it fails.
    """
    for unfinished in data.parent.glob(f"{_UNFINISHED}*"):
        shutil.rmtree(unfinished)
    fresh = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=data.parent))
    if account.differs:
        os.chown(fresh, account.uid, account.gid)
    try:
        _initialise(fresh, account, binaries)
        fresh.rename(data)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise


def _initialise(fresh: Path, account: Account, binaries: Binaries) -> None:
    said = ""
    for locale in _locales(binaries):
        with handle_on(fresh) as descriptor:
            done = run_program(
                [binaries.program("initdb"), "-D", named(descriptor), *_CHOICES, *locale], account, keep=[descriptor]
            )
        if done.returncode == 0:
            return
        said += done.stdout
    raise EmbeddedError(
        f"initdb of PostgreSQL {binaries.version} could not create {fresh.parent}/data:\n{said.strip()}"
    )


# Trust, because whoever reaches the socket is its owner or root: the directory and the socket itself are closed to
# everybody else, and these two are also all that `peer` would let in. The network is refused, and not listened to.
_CHOICES: Final = (
    f"--username={SUPERUSER}",
    "--auth-local=trust",
    "--auth-host=reject",
    "--encoding=UTF8",
    "--data-checksums",
)


def _locales(binaries: Binaries) -> list[list[str]]:
    """Byte order with the letters of Unicode; plain C where the system does not know that locale."""
    builtin = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if binaries.major >= _BUILTIN_LOCALES else []
    return [["--locale=C.UTF-8", *builtin], ["--locale=C", *builtin]]
