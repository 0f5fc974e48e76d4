"""Another process of ours: it starts or attaches, says where, and leaves when told to or when its parent goes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from storage.embedded import Binaries

CHECKOUT = Path(__file__).resolve().parents[3]

_SCRIPT = """
import signal, sys
from pathlib import Path
from storage.embedded import Binaries, EmbeddedError, EmbeddedPostgres
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
directory, programs, version, source = sys.argv[1:]
try:
    address = EmbeddedPostgres(Path(directory), binaries=Binaries(Path(programs), version, source)).start()
    print(address.host, flush=True)
    sys.stdin.readline()
except EmbeddedError as fault:
    sys.exit(f"EmbeddedError: {fault}")
except KeyboardInterrupt:
    sys.exit(0)
"""


class OtherProcess:
    """Started at once; `socket_directory` waits until it serves, and is empty when it could not."""

    def __init__(
        self,
        directory: Path,
        binaries: Binaries,
        *,
        user: int | None = None,
        python: str = sys.executable,
        before: tuple[str, ...] = (),
    ) -> None:
        arguments = [str(directory), str(binaries.bin), binaries.version, binaries.source]
        self.process = subprocess.Popen(
            [*before, python, "-W", "error", "-c", _SCRIPT, *arguments],
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd="/",
            env={**os.environ, "PYTHONPATH": str(CHECKOUT), "PYTHONDONTWRITEBYTECODE": "1"},
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )
        self._socket_directory: str | None = None

    @property
    def socket_directory(self) -> str:
        assert self.process.stdout is not None
        if self._socket_directory is None:
            self._socket_directory = self.process.stdout.readline().strip()
        return self._socket_directory

    def leave(self) -> str:
        """Let it end, and give what it said on its error output."""
        return self.process.communicate("\n", timeout=60)[1]

    def end_by(self, what: signal.Signals) -> int:
        """Signal it and wait; the exit status."""
        self.process.send_signal(what)
        self.process.communicate(timeout=60)
        return self.process.returncode
