"""How does a rule book become a zip? `<kind>/<name>.yaml`, the files these name, and a lock of their hashes. Pure.

The folder is what `sostech check` and git work with, and the same rulesets make the same bytes always.
"""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Final

from engine import Source
from engine.cli.hash_lock import Locked, lock_text
from engine.documents.canonical import content_hash
from engine.text.load import load
from server.decisions.library import RulesetText
from server.rule_admin.rulebooks_given import LOCK, README, is_safe

_BEGINNING: Final = (1980, 1, 1, 0, 0, 0)
"""The earliest time a zip can name: the same for every file, so that the same rulesets make the same bytes."""
_ABOUT: Final = """\
The rulesets a shop decides with, one YAML file for each kind, and the tables they name. `sostech check .` finds their
faults, `sostech test .` runs their cases, and `sostech hash . --lock rules.lock --verify` says whether anything that
was exported has changed. Keep the folder in git, change it, and send it back as a zip to `POST /api/v1/rulesets/book`:
whatever differs from what is live becomes a draft.
"""


def packed(texts: Sequence[RulesetText]) -> bytes:
    """The zip of these rulesets. Files are not compressed: what a compressor makes depends on its version."""
    files = {README: _ABOUT, LOCK: _lock(texts)}
    for text in texts:
        files |= {f"{text.kind}/{name}": beside for name, beside in text.attachments.items() if is_safe(name)}
    files |= {f"{text.kind}/{text.name}.yaml": text.source for text in texts}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as book:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _BEGINNING)
            entry.create_system = 3  # Unix, wherever the shop runs
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            book.writestr(entry, files[name].encode())
    return packed.getvalue()


def _lock(texts: Sequence[RulesetText]) -> str:
    return lock_text([locked for text in texts for locked in _locked(text)], Path(LOCK))


def _locked(text: RulesetText) -> Iterator[Locked]:
    node = load(Source(text.path, text.source)).node
    if node is None:
        return

    def attachment(name: str) -> Source | None:
        beside = text.attachments.get(PurePosixPath(name).as_posix())
        return None if beside is None else Source(name, beside)

    path = Path(text.kind, f"{text.name}.yaml")
    yield Locked(path, f"{text.kind} {text.name}/{text.version}", text.hash, content_hash(node, attachment))
