"""How is a ruleset written as YAML that reads well and stays as it is under `sostech fmt`?"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from engine.imports.outcome import ImportOptions
from engine.text.flow import flow

Value: TypeAlias = "str | int | Sequence[Value] | Mapping[str, Value]"


class YamlLines:
    """Lines of one document; every method adds lines, `text()` is the whole."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def comment(self, text: str, indent: int = 0) -> None:
        """A comment, one line for each line of `text`."""
        for line in text.splitlines() or [""]:
            self._lines.append(f"{' ' * indent}# {one_line(line)}".rstrip())

    def line(self, text: str, indent: int = 0, note: str = "") -> None:
        """One line, with `note` as trailing comment."""
        self._lines.append(f"{' ' * indent}{text}{f' # {one_line(note)}' if note else ''}")

    def field(self, key: str, value: Value, indent: int = 0, note: str = "") -> None:
        """`key: value`, the value on the same line."""
        self.line(f"{key}: {flow(value)}", indent, note)

    def item(self, value: Value, indent: int, note: str = "") -> None:
        """One entry of a list, on one line."""
        self.line(f"- {flow(value)}", indent, note)

    def blank(self) -> None:
        """An empty line."""
        self._lines.append("")

    def text(self) -> str:
        """The document, each line ended."""
        return "\n".join(self._lines) + "\n"


class Slugs:
    """An id for each name of a source: lower case words joined by hyphens, numbered if two collide."""

    def __init__(self) -> None:
        self._by_name: dict[str, str] = {}
        self._taken: set[str] = set()
        self._next: dict[str, int] = {}

    def of(self, name: str) -> str:
        """The id of `name`, the same at every call."""
        if name not in self._by_name:
            self._by_name[name] = self._free(slugged(name))
            self._taken.add(self._by_name[name])
        return self._by_name[name]

    def _free(self, slug: str) -> str:
        if slug not in self._taken:
            return slug
        number = self._next.get(slug, 2)
        while f"{slug}-{number}" in self._taken:
            number += 1
        self._next[slug] = number + 1
        return f"{slug}-{number}"


def begin(kind: str, options: ImportOptions, command: str, head: Mapping[str, Value]) -> YamlLines:
    """A document up to the end of its head; `head` are the keys after `vocabulary`."""
    lines = YamlLines()
    lines.comment(f"Made by `{command}`. Correct the source and import again, rather than this file.")
    lines.comment(options.provenance)
    lines.field("ruleset", kind)
    lines.field("name", options.name)
    lines.field("version", options.version)
    lines.field("vocabulary", "checkout/1")
    for key, value in head.items():
        lines.field(key, value)
    return lines


def slugged(name: str) -> str:
    """`EU_ONE Größe` becomes `eu-one-grosse`; `x` when nothing is left."""
    ascii_text = unicodedata.normalize("NFKD", name.replace("ß", "ss")).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_text.lower()).strip("-") or "x"


def one_line(text: str) -> str:
    """The text without line breaks and control characters, fit for a comment."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
