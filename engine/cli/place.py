"""How is `file:line:column` written in a narrow column, so that it can still be read?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions
from rich.measure import Measurement
from rich.text import Text


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a table: on one line where it fits, else broken after slashes."""

    at: str

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        """The lines, each with as many parts of the path as fit."""
        line = ""
        for part in self._parts():
            if line and len(line) + len(part) > options.max_width:
                yield Text(line, style="dim", overflow="fold")
                line = ""
            line += part
        yield Text(line, style="dim", overflow="fold")

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        """Between the longest part and the whole."""
        return Measurement(max(map(len, self._parts())), len(self.at)).with_maximum(options.max_width)

    def _parts(self) -> list[str]:
        *folders, name = self.at.split("/")
        return [*(f"{folder}/" for folder in folders), name]
