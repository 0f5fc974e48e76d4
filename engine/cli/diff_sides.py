"""Which rulesets of two files or folders are held against each other?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.cli.files import Files
from engine.cli.shelf import Shelf, Standing
from engine.cli.vocabularies import FOLDER, vocabularies
from engine.diff.model import Side, side_of
from engine.text.diagnostics import Diagnostic, has_errors


@dataclass(frozen=True, slots=True)
class Found:
    """A ruleset of one of them, ready to be compared."""

    standing: Standing
    side: Side


@dataclass(frozen=True, slots=True)
class Pair:
    """A ruleset that is in both, or in one of them only."""

    kind: str
    name: str
    old: Found | None
    new: Found | None


def pairs(files: Files, old: Path, new: Path) -> tuple[list[Pair], list[Diagnostic]]:
    """Of two files their rulesets, also when they have different names; of folders those of one kind and name, the
    newest version of each. Findings are faults of texts that cannot be read as YAML, or are no rulesets.
    """
    found: list[Diagnostic] = []
    before, after = (_rulesets(files, path, found) for path in (old, new))
    if has_errors([*files.faults, *found]):
        return [], found
    if not old.is_dir() and not new.is_dir():
        return _of_files(before[0], after[0]), found
    by_old, by_new = ({_key(each): each for each in side} for side in (before, after))
    keys = dict.fromkeys([*by_old, *by_new])
    return [Pair(*key, by_old.get(key), by_new.get(key)) for key in keys], found


def _of_files(old: Found, new: Found) -> list[Pair]:
    if old.standing.label.kind != new.standing.label.kind:
        return [Pair(*_key(old), old, None), Pair(*_key(new), None, new)]
    return [Pair(*_key(new), old, new)]


def _rulesets(files: Files, path: Path, found: list[Diagnostic]) -> list[Found]:
    """The rulesets there, the oldest version of each first, so that the newest is what a key leads to."""
    known = vocabularies(files, path if path.is_dir() else None)
    shelf = Shelf(files, known)
    rulesets: list[Found] = []
    for each in files.under(path, (".yaml", ".yml")):
        source = None if path.is_dir() and each.parent.name == FOLDER else files.read(each)
        if source is None:
            continue
        reading, standing = shelf.read(each, source), shelf.standing(each)
        if reading.node is None or standing is None:
            found += reading.diagnostics
        else:
            rulesets.append(Found(standing, side_of(reading.node, files.attachments_of(each), known)))
    return sorted(rulesets, key=lambda each: (_key(each), each.standing.label.version))


def _key(found: Found) -> tuple[str, str]:
    return found.standing.label.kind, found.standing.label.name
