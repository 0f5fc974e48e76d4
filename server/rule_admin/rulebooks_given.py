"""Which rulesets are in a zip that came back, or what is wrong with it? Pure; nothing is ever written to a disk.

It is looked at suspiciously, and everything that is wrong is said at once.
"""

from __future__ import annotations

import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final

from engine import Source
from engine.documents.canonical import tables_named
from engine.documents.kinds import KINDS, kind_named
from engine.text.load import decode, load
from engine.text.nodes import Mapping as MappingNode
from engine.text.nodes import Scalar
from engine.text.suggest import did_you_mean
from server.errors import Fault
from server.rule_admin.schemas import FILE, NAME
from server.rule_admin.service import LARGEST_SOURCE, MOST_ATTACHMENTS
from server.rule_admin.snapshot import Content

MOST_FILES: Final = 200
MOST_BYTES: Final = 16 << 20
"""Of all files together, unpacked."""
README: Final = "README.md"
LOCK: Final = "rules.lock"

_UNREADABLE: Final = (
    zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError, RuntimeError, ValueError, OSError, EOFError,
)  # fmt: skip
_PACKED: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@dataclass(frozen=True, slots=True)
class Given:
    """A ruleset of a folder that came back."""

    kind: str
    name: str
    content: Content

    @property
    def file(self) -> str:
        """Where it is in the folder."""
        return f"{self.kind}/{self.name}.yaml"


def unpacked(raw: bytes) -> tuple[list[Given], list[Fault]]:
    """The rulesets of a zip, or everything that is wrong with it; nothing is ever written to a disk.

    README.md, rules.lock and hidden files are passed over, and so is a folder around everything.
    """
    files, faults = _files(raw)
    kinds: dict[str, _Kind] = {}
    for path, text in sorted(_without_folder_around(files).items()):
        faults += _sort(path, text, kinds)
    found: list[Given] = []
    for kind in kinds.values():
        rulesets, wrong = kind.rulesets()
        found += rulesets
        faults += wrong
    if not faults:  # a file that could not be read may have been the one that names another
        faults += [fault for kind in kinds.values() for fault in kind.unused(found)]
    if not found and not faults:
        faults.append(Fault("", "empty", "there is no ruleset in it; they are called <kind>/<name>.yaml"))
    return found, faults


def is_safe(path: str) -> bool:
    """Whether a path stays inside its folder on every system."""
    parts = path.split("/")
    return len(path) <= 400 and all(re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}", part) for part in parts)


@dataclass(slots=True)
class _Kind:
    """The files of one kind: rulesets by name, and what lies beside them."""

    kind: str
    sources: dict[str, str] = field(default_factory=dict)
    beside: dict[str, str] = field(default_factory=dict)

    def rulesets(self) -> tuple[list[Given], list[Fault]]:
        """Each with the files it names; a ruleset that is alone has all of them."""
        found: list[Given] = []
        faults: list[Fault] = []
        for name, source in self.sources.items():
            path = f"{self.kind}/{name}.yaml"
            named, wrong = _read_head(path, self.kind, name, source)
            faults += wrong
            wanted = self.beside.keys() if len(self.sources) == 1 else named & self.beside.keys()
            if len(wanted) > MOST_ATTACHMENTS:
                message = f"has {len(wanted)} files beside it; {MOST_ATTACHMENTS} are the most"
                faults.append(_fault(path, "too_many_files", message))
            attachments = {each: self.beside[each] for each in sorted(wanted)}
            found.append(Given(self.kind, name, Content(source=source, attachments=attachments)))
        return found, faults

    def unused(self, rulesets: Sequence[Given]) -> Iterator[Fault]:
        """Files that would be lost."""
        used = {name for each in rulesets if each.kind == self.kind for name in each.content.attachments}
        for name in sorted(self.beside.keys() - used):
            yield _fault(f"{self.kind}/{name}", "file_unused", "belongs to no ruleset; name it in one, or take it out")


def _files(raw: bytes) -> tuple[dict[str, str], list[Fault]]:
    """The texts by their paths, each fault at its path."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as book:
            entries = [entry for entry in book.infolist() if not entry.is_dir() and not _is_passed_over(entry.filename)]
            if len(entries) > MOST_FILES:
                return {}, [
                    Fault("", "too_many_files", f"it has {len(entries)} files; a rule book has {MOST_FILES} at most")
                ]
            return _texts(book, entries)
    except _UNREADABLE as fault:
        return {}, [Fault("", "not_a_zip", f"it cannot be read as a zip: {fault}")]


def _texts(book: zipfile.ZipFile, entries: Sequence[zipfile.ZipInfo]) -> tuple[dict[str, str], list[Fault]]:
    texts: dict[str, str] = {}
    faults: list[Fault] = []
    left = MOST_BYTES
    for entry in entries:
        path = entry.filename
        raw, fault = _content(book, entry)
        if fault is None and path in texts:
            fault = _fault(path, "twice", "is there twice")
        if raw is not None and (left := left - len(raw)) < 0:
            return texts, [*faults, Fault("", "too_large", f"its files have more than {MOST_BYTES >> 20} MiB together")]
        source, wrong = (None, ()) if raw is None else decode(path, raw)
        if source is not None and "\x00" not in source.text:
            texts[path] = source.text
        elif fault is None:
            fault = _fault(path, "not_text", f"is no text: {wrong[0].message if wrong else 'it holds NUL'}")
        faults += [] if fault is None else [fault]
    return texts, faults


def _content(book: zipfile.ZipFile, entry: zipfile.ZipInfo) -> tuple[bytes | None, Fault | None]:
    """What is in a file, never more than one byte over the limit, whatever its header claims."""
    path = entry.filename
    if not is_safe(path):
        return None, _fault(path, "path_unsafe", "is no path inside the folder: letters, digits, '.', '_', '-' and '/'")
    if stat.S_ISLNK(entry.external_attr >> 16):
        return None, _fault(path, "not_a_file", "is a link; put the file itself there")
    if entry.flag_bits & 1 or entry.compress_type not in _PACKED:
        return None, _fault(path, "packed_otherwise", "is encrypted or packed otherwise than stored or deflated")
    try:
        with book.open(entry) as opened:
            raw = opened.read(LARGEST_SOURCE + 1)
    except _UNREADABLE as fault:
        return None, _fault(path, "damaged", f"cannot be unpacked: {fault}")
    if len(raw) > LARGEST_SOURCE:
        return None, _fault(path, "too_large", f"has more than {LARGEST_SOURCE} bytes; so many fit into a file")
    return raw, None


def _without_folder_around(files: Mapping[str, str]) -> dict[str, str]:
    tops = {path.partition("/")[0] for path in files}
    if len(tops) != 1 or next(iter(tops)) in KINDS or any("/" not in path for path in files):
        return dict(files)
    return {path.partition("/")[2]: text for path, text in files.items()}


def _sort(path: str, text: str, kinds: dict[str, _Kind]) -> Iterator[Fault]:
    top, _, rest = path.partition("/")
    if path in (README, LOCK):
        return
    if not rest:
        yield _fault(path, "not_a_ruleset", "is not part of a rule book; rulesets are called <kind>/<name>.yaml")
    elif kind_named(top) is None:
        hint = did_you_mean(top, KINDS) or f"there are {', '.join(KINDS)}"
        yield _fault(path, "ruleset_kind_unknown", f"no kind is called {top!r}; {hint}")
    elif "/" not in rest and rest.endswith((".yaml", ".yml")):
        name = PurePosixPath(rest).stem
        if re.match(NAME, name) is None or rest.endswith(".yml"):
            yield _fault(
                path, "name_invalid", "is no name of a ruleset; write small letters, digits and '-', then .yaml"
            )
        else:
            kinds.setdefault(top, _Kind(top)).sources[name] = text
    elif re.match(FILE, rest) is None:
        yield _fault(path, "path_unsafe", "lies too deep, or has a name no ruleset could write")
    else:
        kinds.setdefault(top, _Kind(top)).beside[rest] = text


def _read_head(path: str, kind: str, name: str, source: str) -> tuple[set[str], list[Fault]]:
    """The files a ruleset names, and whether it is the one its path says. What is no YAML may still be a draft."""
    node = load(Source(path, source)).node
    if not isinstance(node, MappingNode):
        return set(), []
    faults = []
    for key, wanted in (("ruleset", kind), ("name", name)):
        said = node.get(key)
        if isinstance(said, Scalar) and said.text != wanted:
            message = f"{said.span} says {key}: {said.text[:64]}; in this place it has to be {wanted}"
            faults.append(_fault(path, f"{key}_differs", message))
    return {PurePosixPath(each).as_posix() for each in tables_named(node)}, faults


def _is_passed_over(path: str) -> bool:
    """Files that systems and git leave about; what leads out of the folder is none of them."""
    parts = path.split("/")
    return "__MACOSX" in parts or any(part.startswith(".") and set(part) != {"."} for part in parts)


def _fault(path: str, code: str, message: str) -> Fault:
    """A fault at a file: its pointer is the path, as far as it can be shown."""
    shown = "".join(letter if letter.isprintable() else "\ufffd" for letter in path[:200])
    return Fault(f"/{shown}", code, f"{shown} {message}")
