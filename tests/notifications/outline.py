"""What does somebody who hears a mail read to them get from its HTML? Its words with headings, links and tables."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Final

_TOLD: Final = ("lang", "dir", "role", "aria-label", "href", "scope", "alt", "src")
_SILENT: Final = frozenset({"style", "head", "title"})
_MARKED: Final = frozenset({"html", "h1", "h2", "a", "table", "tr", "th", "td", "img"})


def outline(html: str) -> str:
    """One line for each piece of text, and for each tag that matters, with the attributes that matter."""
    reader = _Outline()
    reader.feed(html)
    reader.close()
    return "\n".join(reader.lines) + "\n"


class _Outline(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        kept = {name: value for name, value in attrs if name in _TOLD}
        # Tables that only place things say that they do.
        is_layout = tag in ("table", "tr", "td") and kept.get("role") == "presentation"
        if not self._silent and tag in _MARKED and not is_layout and (tag not in ("td", "tr") or self._in_data):
            self.lines.append(f"<{tag}{''.join(f' {name}={value!r}' for name, value in kept.items())}>")
        if tag == "table":
            self._tables.append(is_layout)

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent -= 1
        if tag == "table":
            self._tables.pop()

    def handle_data(self, data: str) -> None:
        words = " ".join(data.split())
        if words and not self._silent:
            self.lines.append(words)

    @property
    def _in_data(self) -> bool:
        return bool(self._tables) and not self._tables[-1]

    def reset(self) -> None:
        super().reset()
        self._tables: list[bool] = []
