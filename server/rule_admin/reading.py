"""How is a ruleset read by programs? As JSON, in canonical form, and file by file. Pure."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Final

import msgspec

from engine.documents.canonical import canonical
from engine.text.load import load
from engine.text.nodes import Node, to_plain
from engine.text.source import Source
from server.errors import Fault
from server.rule_admin.errors import FILE_UNKNOWN, RULESET_UNREADABLE
from server.rule_admin.snapshot import Content, Version

_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")


def as_json(version: Version, content: Content) -> bytes:
    """The YAML as JSON: aliases written out, keys in their order, numbers with all their digits.

    Raises RULESET_UNREADABLE.
    """
    return _ENCODER.encode(to_plain(_node(version, content)))


def as_canonical(version: Version, content: Content) -> bytes:
    """What is hashed: see engine.documents.canonical. Raises RULESET_UNREADABLE."""

    def attachment(written: str) -> Source | None:
        found = content.attachments.get(PurePosixPath(written).as_posix())
        return None if found is None else Source(written, found)

    return canonical(_node(version, content), attachment)


def file_of(content: Content, file: str) -> str:
    """A file beside a ruleset. Raises FILE_UNKNOWN."""
    found = content.attachments.get(file)
    if found is None:
        raise FILE_UNKNOWN(
            f"there is no file {file!r} beside it; there are: {', '.join(content.attachments) or 'none'}"
        )
    return found


def _node(version: Version, content: Content) -> Node:
    loaded = load(Source(f"{version.kind}/{version.name}.yaml", content.source))
    if loaded.node is None:
        raise RULESET_UNREADABLE(
            f"it is no YAML: {loaded.diagnostics[0].message}",
            faults=[Fault("", each.code, f"{each.span} {each.message}") for each in loaded.diagnostics],
        )
    return loaded.node
