"""How does a store of its own come into being for a replay? By the commands that everybody has.

They are run in the folder and with the settings of this process, which therefore have to be those of the server.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_CHECKOUT: Final = Path(__file__).resolve().parents[2]
_EMAIL: Final = "replay@shop.example"


class NotOpened(Exception):
    """A command failed; the message has what it said."""


@dataclass(frozen=True, slots=True)
class OpenedStore:
    """A store with its catalogue, and who runs it."""

    slug: str
    email: str
    password: str


def open_store(slug: str, catalogue: str) -> OpenedStore:
    """A new store that sells the catalogue, with an account for its admin. Raises NotOpened."""
    if _run("users", "list", "--store", slug).returncode == 0:
        raise NotOpened(f"there is a store {slug!r} already; name another one with --store")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "catalogue.csv")
        path.write_text(catalogue, "utf-8")
        _run_well("import", "catalog", "csv", str(path), "--store", slug)
    password = secrets.token_urlsafe(24)
    words = ("users", "create", "--store", slug, "--email", _EMAIL, "--role", "admin", "--password-stdin")
    _run_well(*words, typed=password)
    return OpenedStore(slug, _EMAIL, password)


def _run_well(*words: str, typed: str = "") -> None:
    done = _run(*words, typed=typed)
    if done.returncode:
        raise NotOpened(f"sostech {' '.join(words)} ended with {done.returncode}: {done.stdout}{done.stderr}".strip())


def _run(*words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    found = os.pathsep.join([str(_CHECKOUT), *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [sys.executable, "-m", "server.cli", *words]
    return subprocess.run(
        command, input=typed, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": found}
    )
