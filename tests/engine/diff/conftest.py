"""The example documents, and what they became."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.diff.model import Side, side_of
from engine.facts.vocabulary import Vocabulary, read_vocabulary
from engine.text.load import load
from engine.text.source import Source

HERE = Path(__file__).parent
EXAMPLES = HERE.parent / "documents" / "examples"
GOLDEN = HERE / "golden"
RULES = HERE.parents[2] / "rules"


@pytest.fixture(scope="session")
def vocabularies() -> dict[str, Vocabulary]:
    """Those that ship."""
    found = {}
    for path in sorted((RULES / "vocabularies").glob("*.yaml")):
        vocabulary, faults = read_vocabulary(Source(path.name, path.read_text(encoding="utf-8")))
        assert vocabulary is not None, faults
        found[vocabulary.ref] = vocabulary
    return found


def file_of(folder: Path, prefix: str) -> Callable[[str], Source | None]:
    """Reads files of a folder; their names in findings begin with the prefix."""

    def attachment(name: str) -> Source | None:
        path = folder / name
        return Source(f"{prefix}/{name}", path.read_text(encoding="utf-8")) if path.is_file() else None

    return attachment


@pytest.fixture(scope="session")
def side(vocabularies: dict[str, Vocabulary]) -> Callable[..., Side]:
    """A text, or a file of the examples (`old`) or of what they became (`new`), ready to be compared."""

    def made(name: str, text: str | None = None) -> Side:
        prefix, _, kind = name.partition("/")
        folder = GOLDEN if prefix == "new" else EXAMPLES
        written = (folder / f"{kind}.yaml").read_text(encoding="utf-8") if text is None else text
        loaded = load(Source(f"{name}.yaml", written))
        assert loaded.node is not None, loaded.diagnostics
        return side_of(loaded.node, file_of(folder, prefix), vocabularies)

    return made
