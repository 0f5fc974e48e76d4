"""What does a lock of published rulesets hold, and does it still hold?"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.cli.files import Files, shown
from engine.cli.shelf import Shelf
from engine.cli.vocabularies import FOLDER, vocabularies
from engine.documents.canonical import DEPENDENCIES, content_hash, vocabulary_hash
from engine.facts.vocabulary import read_vocabulary
from engine.text.diagnostics import Diagnostic, error
from engine.text.source import Span

_LINE = re.compile(r"([0-9a-f]{64})  ([0-9a-f]{64})  (\S.*)")
_HEAD = """\
# Hashes of the published rulesets and vocabularies in this folder: the one orders refer to, which also depends on the
# time zone data and the currency table, and that of the content alone. A published version never changes: a change is
# a new version. Written by `sostech hash FOLDER --lock FILE`; `--verify` compares.
"""


@dataclass(frozen=True, slots=True)
class Locked:
    """A ruleset or vocabulary and its hashes: with all it depends on, and of its content alone.

    `label` is `kind name/version`; `span` is its line in a lock.
    """

    path: Path
    label: str
    hash: str
    content: str
    span: Span | None = None


def hashes_of(files: Files, path: Path) -> tuple[list[Locked], list[Diagnostic]]:
    """The hashes of a ruleset or vocabulary, or of all under a folder; errors in them are findings."""
    shelf = Shelf(files, vocabularies(files, path if path.is_dir() else None))
    hashes: list[Locked] = []
    found: list[Diagnostic] = []
    for each in files.under(path, (".yaml", ".yml")):
        locked, faults = _of_vocabulary(files, each) if each.parent.name == FOLDER else _of_ruleset(files, shelf, each)
        hashes += locked
        found += [fault for fault in faults if fault.severity == "error"]
    return hashes, found


def _of_ruleset(files: Files, shelf: Shelf, path: Path) -> tuple[list[Locked], Sequence[Diagnostic]]:
    standing = shelf.standing(path)
    if standing is None:
        return [], [not_a_ruleset(path)] if shown(path) in files.sources else []
    reading = shelf.reading(standing)
    if reading.document is None or reading.node is None:
        return [], reading.diagnostics
    content = content_hash(reading.node, files.attachments_of(path))
    return [Locked(path, str(standing.label), reading.document.head.hash, content)], reading.diagnostics


def _of_vocabulary(files: Files, path: Path) -> tuple[list[Locked], Sequence[Diagnostic]]:
    source = files.read(path)
    if source is None:
        return [], []
    vocabulary, faults = read_vocabulary(source)
    if vocabulary is None:
        return [], faults
    own = vocabulary_hash(vocabulary)
    return [Locked(path, f"vocabulary {vocabulary.ref}", own, own)], faults


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
            hint = "a hash, the hash of the content, the path, each two blanks apart"
            faults.append(error("RS911", "this line is not part of a lock", span, hint=hint))
        else:
            locked[match[3]] = Locked(lock.parent / match[3], "", match[1], match[2], span)
    return locked, faults


def lock_text(hashes: list[Locked], lock: Path) -> str:
    """The lock that holds these hashes, in order of path."""
    lines = sorted((_beside(each.path, lock), f"{each.hash}  {each.content}") for each in hashes)
    return _HEAD + "".join(f"{both}  {path}\n" for path, both in lines)


def differences(
    hashes: list[Locked], locked: Mapping[str, Locked], lock: Path, *, note_new: bool, relock: bool
) -> list[Diagnostic]:
    """Locked rulesets that changed (RS909) or went (RS910), and if wanted those not locked (RS912).

    With `relock` it is no difference that what a ruleset depends on has changed, as long as its content has not.
    """
    found: list[Diagnostic] = []
    here = {_beside(each.path, lock): each for each in hashes}
    for path, each in here.items():
        before = locked.get(path)
        if before is None:
            found += [_not_locked(each, path)] if note_new else []
        elif before.content != each.content:
            found.append(_changed(each, before))
        elif before.hash != each.hash and not relock:
            found.append(_read_otherwise(each, before, lock))
    for path in locked.keys() - here.keys():
        found.append(error("RS910", f"the locked ruleset '{path}' is not there", locked[path].span))
    return found


def _changed(each: Locked, before: Locked) -> Diagnostic:
    message = f"{each.label} was changed after it was published"
    hint = "undo the change, and write it as the next version"
    return error("RS909", message, before.span, hint=hint, witness=_hashes(before.content, each.content))


def _read_otherwise(each: Locked, before: Locked, lock: Path) -> Diagnostic:
    now = ", ".join(f"{name} {version}" for name, version in DEPENDENCIES.items())
    message = (
        f"the time zone data, the currency table or the semantics of the engine changed; {each.label} itself did not"
    )
    hint = (
        f"now {now}; if that is wanted, relock with `sostech hash {shown(lock.parent)} --lock {shown(lock)} --relock`"
    )
    return error("RS909", message, before.span, hint=hint, witness=_hashes(before.hash, each.hash))


def _hashes(locked: str, now: str) -> str:
    return f"locked  {locked}\nnow     {now}"


def _not_locked(each: Locked, path: str) -> Diagnostic:
    return error("RS912", f"{each.label} in '{path}' is not locked", None)


def _beside(path: Path, lock: Path) -> str:
    return Path(os.path.relpath(path.resolve(), lock.parent.resolve())).as_posix()
