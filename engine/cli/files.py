"""Which files does a command read, and how is it kept from reading what it should not?"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from engine.text.diagnostics import Diagnostic, error
from engine.text.limits import DEFAULT_LIMITS
from engine.text.load import decode
from engine.text.source import Source

STANDARD_INPUT = "-"
RULESET_ENDINGS = (".yaml", ".yml", ".json")
_SHIPPED = Path(__file__).resolve().parents[2]
MAX_FILES = 10_000
"""More files than this under one folder is taken for a mistake."""


class Files:
    """Reads texts, and remembers each (for excerpts) and each fault (to be reported once)."""

    def __init__(self) -> None:
        self.sources: dict[str, Source] = {}
        self.faults: list[Diagnostic] = []

    def read(self, path: Path, max_bytes: int = DEFAULT_LIMITS.max_bytes) -> Source | None:
        """The text of a file, or of standard input for `-`; None after a fault was noted."""
        name = shown(path)
        if name in self.sources:
            return self.sources[name]
        data = self._bytes(path, name, max_bytes)
        if data is None:
            return None
        source, faults = decode(name, data)
        self.faults += faults
        if source is not None:
            self.sources[name] = source
        return source

    def attachments_of(self, document: Path) -> Callable[[str], Source | None]:
        """Reads files beside a document by the names written in it; never one outside its folder."""
        folder = document.parent

        def attachment(written: str) -> Source | None:
            path = self._inside(folder, written)
            return None if path is None else self.read(path)

        return attachment

    def _inside(self, folder: Path, written: str) -> Path | None:
        """The attachment's path, or None: it is not there (the document's reader says so) or not allowed."""
        parts = PurePosixPath(written.replace("\\", "/"))
        path = folder / parts
        outside = parts.is_absolute() or ".." in parts.parts or "\0" in written
        try:
            if outside or not path.resolve().is_relative_to(folder.resolve()):
                self.faults.append(_leads_out(written, folder))
                return None
            return path if stat.S_ISREG(path.stat().st_mode) else None
        except (OSError, RuntimeError):  # RuntimeError: a circle of symbolic links
            return None

    def _bytes(self, path: Path, name: str, max_bytes: int) -> bytes | None:
        try:
            if str(path) == STANDARD_INPUT:
                data = sys.stdin.buffer.read(max_bytes + 1)
            else:
                with path.open("rb") as opened:
                    data = opened.read(max_bytes + 1)
        except (OSError, ValueError) as fault:  # ValueError: NUL in the name
            self.faults.append(unreadable(name, fault))
            return None
        if len(data) > max_bytes:
            self.faults.append(_too_large(name, max_bytes))
            return None
        return data

    def under(self, path: Path, endings: tuple[str, ...] = RULESET_ENDINGS) -> list[Path]:
        """A file itself, or all files with these endings under a folder, in order of name.

        Hidden entries are left out and links to folders not followed. A path that is not there is a fault.
        """
        if not path.is_dir():
            return [path]
        found: list[Path] = []
        for candidate in self._walk(path, endings):
            if len(found) == MAX_FILES:
                self.faults.append(_too_many(shown(path)))
                break
            found.append(candidate)
        if not found:
            self.faults.append(empty(shown(path), endings))
        return found

    def _walk(self, folder: Path, endings: tuple[str, ...]) -> Iterator[Path]:
        def note(fault: OSError) -> None:
            self.faults.append(unreadable(shown(Path(fault.filename or folder)), fault))

        for here, folders, names in os.walk(folder, onerror=note):
            folders[:] = sorted(name for name in folders if not name.startswith(".") and name != "__pycache__")
            for name in sorted(names):
                if name.endswith(endings) and not name.startswith("."):
                    yield Path(here, name)


def shown(path: Path) -> str:
    """The name of a file in messages, with forward slashes: relative to the current folder if it lies under it.

    What ships with the program is named `rules/…` wherever it is installed, so that decisions do not tell.
    """
    if str(path) == STANDARD_INPUT:
        return "<stdin>"
    absolute = Path(os.path.abspath(path))
    for folder in (Path.cwd(), _SHIPPED):
        if absolute.is_relative_to(folder):
            return absolute.relative_to(folder).as_posix()
    return path.as_posix()


def unreadable(name: str, fault: Exception) -> Diagnostic:
    """RS901 for a file or folder that cannot be read, with the reason of the system."""
    reason = fault.strerror if isinstance(fault, OSError) and fault.strerror else str(fault)
    return error("RS901", f"cannot read '{name}': {reason}", None, hint=_way_out(fault))


def _way_out(fault: Exception) -> str:
    if isinstance(fault, FileNotFoundError):
        return "check the spelling and the folder you are in"
    if isinstance(fault, IsADirectoryError):
        return "name a file in it"
    return ""


def _too_large(name: str, max_bytes: int) -> Diagnostic:
    message = f"'{name}' is larger than {max_bytes // 1024:,} KiB"
    return error("RS902", message, None, hint="split it; large tables belong in CSV files beside the document")


def empty(name: str, endings: tuple[str, ...]) -> Diagnostic:
    """RS903 for a folder in which nothing was found."""
    return error("RS903", f"the folder '{name}' holds no {', '.join(endings)} file", None)


def _too_many(name: str) -> Diagnostic:
    message = f"the folder '{name}' holds more than {MAX_FILES:,} files; only the first were read"
    return error("RS903", message, None, hint="name the folder of the rulesets")


def _leads_out(written: str, folder: Path) -> Diagnostic:
    message = f"the attachment '{written}' is not inside '{shown(folder)}'"
    return error("RS907", message, None, hint="put the file beside the document and name it without '..'")
