"""What does an author read about a typical mistake?

Each `golden/NAME.yaml` is a document with a mistake; `golden/NAME.txt` is all that is said about it. To write the
texts anew after a change of words, delete them, run this test twice, and read the difference.
"""

from pathlib import Path

import pytest

from engine.documents.read import ReadContext, read_document
from engine.text.diagnostics import render, report
from engine.text.load import load
from engine.text.source import Source

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", sorted(place.stem for place in GOLDEN.glob("*.yaml")))
def test_findings_read_as_agreed(name: str, context: ReadContext) -> None:
    source = Source(f"{name}.yaml", (GOLDEN / f"{name}.yaml").read_text(encoding="utf-8"))
    node = load(source).node
    assert node is not None
    document, findings = read_document(node, context)
    text = "\n\n".join(render(finding, {source.name: source}) for finding in report(findings)) + "\n"
    expected = GOLDEN / f"{name}.txt"
    if not expected.exists():
        expected.write_text(text, encoding="utf-8")
        pytest.fail(f"{expected.name} was missing and has been written; read it")
    assert text == expected.read_text(encoding="utf-8")
    assert document is None


def test_there_is_a_text_for_every_mistake() -> None:
    assert {place.stem for place in GOLDEN.glob("*.txt")} == {place.stem for place in GOLDEN.glob("*.yaml")}
