"""What is printed of a conversation? One line for each thing that happens; in colour on a terminal, plain in a pipe."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from examples.chat.deeds import sentence
from examples.chat.transcript import Message, News

_COLOURS: Final = {"customer": "cyan", "seller": "magenta", "staff": "green", "system": "dim"}
_KINDS: Final = {"note": "[note] ", "decision": "[decision] ", "text": "", "system": ""}


class Screen:
    """Where it is printed. Lines are never broken by us, so that other programs can read them."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, soft_wrap=True)
        self.lines: list[str] = []

    def message(self, message: Message, news: News, ticks: str) -> None:
        """A message that came, or is different now."""
        place = (f"{_time(message['created_at'])} #{message['seq']:<3} ", "dim")
        if message["done"] and message["deleted_at"] is None:
            self._print(
                Text.assemble(place, (f"{_KINDS.get(message['kind'], '')}{sentence(message)}", _COLOURS["system"]))
            )
            return
        author = message["author"]
        colour = _COLOURS.get(author["role"], "")
        changed = "" if news == "new" else f"({news}) "
        line = Text.assemble(
            place, (f"{author['name'] or 'The shop'} ({author['role']}): ", colour), changed,
            _KINDS.get(message["kind"], ""), _body(message), f"  {ticks}" if ticks else "",
        )  # fmt: skip
        self._print(line)

    def say(self, text: str) -> None:
        """Something about the conversation."""
        self._print(Text(f"-- {text}", "dim"))

    def complain(self, text: str) -> None:
        """Something that did not go well."""
        self._print(Text(f"!! {text}", "red"))

    def _print(self, line: Text) -> None:
        self.lines.append(line.plain)
        self._console.print(line)


def people(conversation: Mapping[str, Any]) -> str:
    """Who takes part, and who of them is there."""
    named = [
        f"{each['name']} ({each['role']}, {'here' if each['online'] else 'away'}, has read up to #{each['read_seq']})"
        for each in conversation["participants"]
    ]
    return "; ".join(named) or "nobody yet"


def _body(message: Message) -> str:
    if message["deleted_at"] is not None:
        return "…"
    files = "".join(f" [{each['name']}, {each['size_bytes']} bytes]" for each in message["attachments"])
    return str(message["body"]).replace("\n", "\n    ") + files


def _time(instant: str) -> str:
    """In the time of this computer."""
    return datetime.fromisoformat(instant).astimezone().strftime("%H:%M:%S")
