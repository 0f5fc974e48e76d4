"""Do the lints say of each ruleset in `golden/` what was read and approved, word for word?

Beside `NAME.yaml` (and `NAME.csv`, its table) lies `NAME.txt`: what a person sees. An empty one is a ruleset without
findings. All rulesets whose names end in `-good` are such.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from engine.documents.model import AnyDocument
from engine.facts.vocabulary import Vocabulary
from engine.lint import lint
from engine.text.codes import lints
from engine.text.diagnostics import Diagnostic, render
from engine.text.source import Source

GOLDEN = Path(__file__).parent / "golden"
NAMES = sorted(path.stem for path in GOLDEN.glob("*.yaml"))

Read = Callable[[Source, Mapping[str, Source]], AnyDocument]


@pytest.mark.parametrize("name", NAMES)
def test_findings_read_as_approved(name: str, read: Read, vocabulary: Vocabulary) -> None:
    findings, sources = _lint(name, read, vocabulary)
    shown = "".join(render(finding, sources) + "\n\n" for finding in findings)
    assert shown == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")
    assert (shown == "") or not name.endswith("-good")


def test_every_code_is_shown_by_some_ruleset(read: Read, vocabulary: Vocabulary) -> None:
    shown = {finding.code for name in NAMES for finding in _lint(name, read, vocabulary)[0]}
    in_other_tests = {"RS491"}  # of allowances, which are applied after the lints
    assert shown | in_other_tests == {code.code for code in lints.CODES}


def test_every_finding_has_a_place_and_a_way_out(read: Read, vocabulary: Vocabulary) -> None:
    findings = [finding for name in NAMES for finding in _lint(name, read, vocabulary)[0]]
    assert [finding for finding in findings if finding.span is None or not finding.hint] == []


def _lint(name: str, read: Read, vocabulary: Vocabulary) -> tuple[list[Diagnostic], dict[str, Source]]:
    source = Source(f"{name}.yaml", (GOLDEN / f"{name}.yaml").read_text(encoding="utf-8"))
    table = GOLDEN / f"{name}.csv"
    tables = {table.name: Source(table.name, table.read_text(encoding="utf-8"))} if table.exists() else {}
    return lint(read(source, tables), vocabulary), {source.name: source, **tables}
