"""Where do text messages go while developing? Into the log, and a file of the data directory."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

import structlog

from server.telling.channels import Outcome, Sent
from server.telling.sms_provider import Text

FILE: Final = "texts.log"

_LOG: Final = structlog.get_logger("sostech.telling.sms")


class Console:
    """Shows text messages to whoever develops the shop. They reach nobody."""

    def __init__(self, data_dir: Path) -> None:
        self._file = data_dir / FILE

    async def send(self, text: Text) -> Outcome:
        """One line for each."""
        _LOG.info("text_message", message_id=str(text.id), to=text.to, words=text.words)
        await asyncio.to_thread(self._keep, f"{text.to} {' '.join(text.words.split())}\n")
        return Sent(note="kept in the data directory")

    async def close(self) -> None:
        """Nothing to let go of."""

    def _keep(self, line: str) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("a", encoding="utf-8") as file:
            file.write(line)
