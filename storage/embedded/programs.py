"""How are PostgreSQL's programs run? As the server's user, away from our terminal, and knowing nothing of us."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from storage.embedded.account import Account


def run_program(
    command: Sequence[str | Path],
    account: Account,
    *,
    keep: Sequence[int] = (),
    output: int = subprocess.PIPE,
    says: str = "",
) -> subprocess.CompletedProcess[str]:
    """Run `command` to its end as `account`, `says` on its standard input.

    It inherits the file descriptors `keep` and nothing else; both its outputs go to the descriptor `output`, or into
    `stdout` of the result.
    """
    return subprocess.run(
        command,
        check=False,
        text=True,
        input=says,
        stdout=output,
        stderr=subprocess.STDOUT,
        pass_fds=keep,
        # Ctrl-C in our terminal is for us, who then tidy up; pg_ctl does the same for the server itself.
        start_new_session=True,
        cwd="/",
        env=_environment(),
        user=account.uid if account.differs else None,
        group=account.gid if account.differs else None,
        extra_groups=[] if account.differs else None,
        umask=0o077,
    )


def _environment() -> dict[str, str]:
    """Nothing of ours: no PG* variable may lead astray, and no secret belongs in a server's environment."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    return {"LC_ALL": "C", "TZ": "UTC", **kept}


@contextmanager
def handle_on(directory: Path) -> Iterator[int]:
    """A descriptor of `directory`, to be named to a program as `named(descriptor)`."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def named(descriptor: int) -> str:
    """What a program that inherits the descriptor calls the directory.

    This name needs no right to walk the parents, so root's programs can keep data under /root without opening it to
    anybody. It is short however long the path, and has no character that pg_ctl's shell would read as its own.
    """
    return f"/proc/self/fd/{descriptor}"
