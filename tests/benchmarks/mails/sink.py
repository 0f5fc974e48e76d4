"""A mail server that takes everything and notes for whom, and when: `python -m tests.benchmarks.mails.sink FILE`.

Prints its port first. FILE gets a line `recipient seconds` for each mail, seconds since 1970 by the clock of all.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from pathlib import Path
from typing import Any, TextIO

from aiosmtpd.smtp import SMTP


class Sink:
    """What aiosmtpd asks what to do with a mail."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        """Take it."""
        self._out.write(f"{envelope.rcpt_tos[0]} {time.time():.6f}\n")
        self._out.flush()
        return "250 2.0.0 taken"


async def main(file: Path) -> None:
    """Listen until ended."""
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    loop = asyncio.get_running_loop()
    with file.open("w") as out:
        server = await loop.create_server(lambda: SMTP(Sink(out), loop=loop), "127.0.0.1", 0)
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
