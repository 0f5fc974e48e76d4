"""Where does development keep the mails it catches? As files in the data directory, the last few hundred."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Final, NamedTuple

from server.telling.email_server import MailServerAddress

MOST_KEPT: Final = 500
_FOLDER: Final = "mail"
_ADDRESS: Final = "smtp-port"
_NAME: Final = re.compile(r"[0-9a-f-]{1,64}")


class Caught(NamedTuple):
    """A mail that was caught. `id` names its file; ids sort by time."""

    id: str
    source: bytes

    @property
    def message(self) -> EmailMessage:
        """The mail, read."""
        return message_from_bytes(self.source, policy=policy.default)


def caught_at(data_dir: Path) -> MailServerAddress | None:
    """Where the catcher of this data directory listens; None when none ever did."""
    try:
        port = int((data_dir / _FOLDER / _ADDRESS).read_text("ascii"))
    except (OSError, ValueError):
        return None
    return MailServerAddress(host="127.0.0.1", port=port)


class CaughtMails:
    """The mails of one data directory."""

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / _FOLDER

    def listening_on(self, port: int | None) -> None:
        """Note where the catcher listens, for processes that send; None: it does no more."""
        self._folder.mkdir(parents=True, exist_ok=True)
        note = self._folder / _ADDRESS
        if port is None:
            note.unlink(missing_ok=True)
        else:
            note.write_text(str(port), "ascii")

    def keep(self, mail_id: str, source: bytes) -> None:
        """Keep a mail, and drop the oldest beyond MOST_KEPT."""
        part = self._folder / f"{mail_id}.part"
        part.write_bytes(source)
        part.rename(self._folder / f"{mail_id}.eml")
        for name in self._names()[MOST_KEPT:]:
            (self._folder / f"{name}.eml").unlink(missing_ok=True)

    def all(self) -> list[Caught]:
        """The newest first."""
        found = (self.find(name) for name in self._names())
        return [mail for mail in found if mail is not None]

    def find(self, mail_id: str) -> Caught | None:
        """One of them; None when there is none of this id."""
        if _NAME.fullmatch(mail_id) is None:
            return None
        try:
            return Caught(mail_id, (self._folder / f"{mail_id}.eml").read_bytes())
        except FileNotFoundError:
            return None

    def _names(self) -> list[str]:
        return sorted((path.stem for path in self._folder.glob("*.eml")), reverse=True)
