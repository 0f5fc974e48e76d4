"""What does a lock of published rulesets hold, and does it still hold?"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.cli.files import Files, shown
from engine.cli.shelf import Shelf
from engine.cli.vocabularies import FOLDER, vocabularies
from engine.text.diagnostics import Diagnostic, error
from engine.text.source import Span

_LINE = re.compile(r"([0-9a-f]{64})  (\S.*)")
_HEAD = """\
# Hashes of the published rulesets in this folder. A published version never changes: a change is a new version.
# Written by `sostech hash FOLDER --lock FILE`; `--verify` compares.
"""


@dataclass(frozen=True, slots=True)
class Locked:
    """A ruleset and its hash. `label` is `kind name/version`; `span` is its line in a lock."""

    path: Path
    label: str
    hash: str
    span: Span | None = None


def hashes_of(files: Files, path: Path) -> tuple[list[Locked], list[Diagnostic]]:
    """The hash of a ruleset, or of every ruleset under a folder; errors in them are findings."""
    shelf = Shelf(files, vocabularies(files, path if path.is_dir() else None))
    hashes: list[Locked] = []
    found: list[Diagnostic] = []
    for each in files.under(path, (".yaml", ".yml")):
        if path.is_dir() and FOLDER in each.relative_to(path).parts:
            continue
        standing = shelf.standing(each)
        if standing is None:
            if shown(each) in files.sources:
                found.append(not_a_ruleset(each))
            continue
        reading = shelf.reading(standing)
        found += [finding for finding in reading.diagnostics if finding.severity == "error"]
        if reading.document is not None:
            hashes.append(Locked(each, str(standing.label), reading.document.head.hash))
    return hashes, found


def not_a_ruleset(path: Path) -> Diagnostic:
    """RS904: a YAML file that does not say which kind of ruleset it is."""
    name = shown(path)
    hint = "a ruleset begins with `ruleset: KIND`"
    return error("RS904", f"'{name}' is not a ruleset", Span(name, 1, 1, 1, 1), hint=hint)


def read_lock(files: Files, lock: Path) -> tuple[dict[str, Locked], list[Diagnostic]]:
    """The lines of a lock by path relative to its folder."""
    source = files.read(lock)
    locked: dict[str, Locked] = {}
    faults: list[Diagnostic] = []
    for number, line in enumerate(source.text.splitlines() if source else (), 1):
        if not line.strip() or line.startswith("#"):
            continue
        span = Span(shown(lock), number, 1, number, len(line) + 1)
        match = _LINE.fullmatch(line)
        if match is None:
            hint = "a hash, two blanks, the path of the ruleset"
            faults.append(error("RS911", "this line is not part of a lock", span, hint=hint))
        else:
            locked[match[2]] = Locked(lock.parent / match[2], "", match[1], span)
    return locked, faults


def lock_text(hashes: list[Locked], lock: Path) -> str:
    """The lock that holds these hashes, in order of path."""
    lines = sorted(f"{_beside(each.path, lock)}\0{each.hash}" for each in hashes)
    return _HEAD + "".join(f"{hash_}  {path}\n" for path, hash_ in (line.split("\0") for line in lines))


def differences(hashes: list[Locked], locked: Mapping[str, Locked], lock: Path, *, note_new: bool) -> list[Diagnostic]:
    """Locked rulesets that changed (RS909) or went (RS910), and if wanted those not locked (RS912)."""
    found: list[Diagnostic] = []
    here = {_beside(each.path, lock): each for each in hashes}
    for path, each in here.items():
        before = locked.get(path)
        if before is None:
            found += [_not_locked(each, path)] if note_new else []
        elif before.hash != each.hash:
            found.append(_changed(each, before))
    for path in locked.keys() - here.keys():
        found.append(error("RS910", f"the locked ruleset '{path}' is not there", locked[path].span))
    return found


def _changed(each: Locked, before: Locked) -> Diagnostic:
    message = f"{each.label} was changed after it was published"
    witness = f"locked  {before.hash}\nnow     {each.hash}"
    hint = "undo the change, and write it as the next version"
    return error("RS909", message, before.span, hint=hint, witness=witness)


def _not_locked(each: Locked, path: str) -> Diagnostic:
    return error("RS912", f"{each.label} in '{path}' is not locked", None)


def _beside(path: Path, lock: Path) -> str:
    return Path(os.path.relpath(path.resolve(), lock.parent.resolve())).as_posix()
