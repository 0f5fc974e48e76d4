"""How is a file written so that it is never left half done?"""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from engine.cli.files import shown
from engine.text.diagnostics import Diagnostic, error


def write(path: Path, text: str) -> Diagnostic | None:
    """Replace (or make) a file in one step, keeping its permissions; RS913 when that is not possible.

    The folder has to exist. A symbolic link stays one: the file it points to is replaced.
    """
    target = path.resolve()
    try:
        _replace(target, text)
    except OSError as fault:
        reason = fault.strerror or str(fault)
        return error("RS913", f"cannot write '{shown(path)}': {reason}", None)
    return None


def _replace(target: Path, text: str) -> None:
    handle, draft = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as opened:
            opened.write(text)
        os.chmod(draft, _permissions(target))
        os.replace(draft, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(draft)
        raise


def _permissions(target: Path) -> int:
    """Those of the file that is replaced, otherwise what the user's mask leaves of rw-rw-rw-."""
    if target.exists():
        if not os.access(target, os.W_OK):
            raise PermissionError(13, "Permission denied", str(target))
        return target.stat().st_mode & 0o7777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
