"""Does the loader survive what others collected to break parsers, and read valid documents right?"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from engine.text.load import decode, load, load_stream
from engine.text.nodes import Plain, to_plain
from engine.text.source import Source

HOSTILE = Path(__file__).resolve().parents[4] / "shared" / "data" / "hostile"
YAML_SUITE = HOSTILE / "yaml-test-suite" / "src"
JSON_SUITE = HOSTILE / "JSONTestSuite"
NAUGHTY = HOSTILE / "blns" / "blns.json"

pytestmark = pytest.mark.skipif(not HOSTILE.is_dir(), reason="needs ../shared/data")

# Not YAML 1.2, but libyaml reads it, and in the only way a person would.
ACCEPTED_THOUGH_INVALID = {
    "9C9N/0": "bracket contents less indented than their key",
    "9JBA/0": "a comment right after a bracket",
    "CVW2/0": "a comment right after a comma",
    "DK95/1": "a tab indents the continuation of a quoted text",
    "EB22/0": "a directive without a document end before it",
    "G5U8/0": "a lone dash in brackets is text",
    "QB6E/0": "a quoted text continues less indented",
    "S98Z/0": "an empty block text with uneven blank lines",
    "SU5Z/0": "a comment right after a quote",
    "X4QW/0": "a comment right after a block indicator",
    "Y79Y/3": "a tab indents inside brackets",
    "YJV2/0": "a lone dash in brackets is text",
}

# Valid YAML that libyaml reads otherwise.
READ_OTHERWISE = {"L24T/1": "a last line of blanks without a line break counts as a line of the block text"}

# What a valid document may be refused for, because the language leaves it out of YAML.
LEFT_OUT_ON_PURPOSE = {"RS104", "RS108", "RS109", "RS110", "RS113", "RS122"}
# Valid documents of the suite that libyaml, which is between YAML 1.1 and 1.2, cannot read: refused, never misread.
UNREAD_VALID_DOCUMENTS = 49


def yaml_cases() -> Iterator[tuple[str, dict[str, str]]]:
    for path in sorted(YAML_SUITE.glob("*.yaml")):
        for number, case in enumerate(yaml.safe_load(path.read_text("utf-8"))):
            yield f"{path.stem}/{number}", case


def visible_as_written(text: str) -> str:
    text = re.sub("—*»", "\t", text.replace("␣", " ").replace("↵", ""))
    text = text.replace("←", "\r").replace("⇔", "\ufeff")
    return text.removesuffix("∎\n")


def json_values(text: str) -> list[object]:
    reader = json.JSONDecoder(parse_float=Decimal)
    values, rest = [], text.strip()
    while rest:
        value, end = reader.raw_decode(rest)
        values.append(value)
        rest = rest[end:].lstrip()
    return values


def read_all(text: str) -> tuple[list[Plain], set[str]]:
    """The documents of a text and the codes of its errors, after checking that every finding is located."""
    stream = load_stream(Source("x", text))
    assert all(found.span is not None or found.code == "RS145" for found in stream.diagnostics)
    return [to_plain(node) for node in stream.nodes], {
        found.code for found in stream.diagnostics if found.severity == "error"
    }


def test_invalid_yaml_is_refused_but_for_known_leniencies() -> None:
    accepted = {
        name for name, case in yaml_cases() if case.get("fail") and not read_all(visible_as_written(case["yaml"]))[1]
    }
    assert accepted == set(ACCEPTED_THOUGH_INVALID)


def test_valid_yaml_is_read_as_the_suite_says_or_refused() -> None:
    compared, misread, unread = 0, set(), 0
    for name, case in yaml_cases():
        if case.get("fail"):
            continue
        documents, errors = read_all(visible_as_written(case["yaml"]))
        if errors:
            unread += not errors <= LEFT_OUT_ON_PURPOSE
        elif case.get("json") is not None:
            compared += 1
            if documents != json_values(case["json"]):
                misread.add(name)
    assert misread == set(READ_OTHERWISE)
    assert unread == UNREAD_VALID_DOCUMENTS
    assert compared >= 180


JSON_FILES = sorted(JSON_SUITE.glob("test_*/*.json"))

# Valid JSON is refused only for duplicate keys, characters that values may not have, and numbers.
REFUSED_IN_JSON = {"RS106", "RS121", "RS122", "RS124", "RS130", "RS133"}


@pytest.mark.parametrize("path", JSON_FILES, ids=lambda path: path.stem)
def test_json_file_becomes_a_node_or_located_findings(path: Path) -> None:
    source, findings = decode(path.name, path.read_bytes())
    if source is not None:
        loaded = load(source)
        findings = loaded.diagnostics
        assert (loaded.node is None) == any(found.severity == "error" for found in findings)
    assert source is not None or findings
    assert all(found.span is not None for found in findings)


def exactly(text: str) -> object:
    return json.loads(text, parse_float=Decimal)


@pytest.mark.parametrize(
    "path", [path for path in JSON_FILES if path.name.startswith("y_")], ids=lambda path: path.stem
)
def test_valid_json_is_read_as_json_or_refused_for_its_content(path: Path) -> None:
    source, _ = decode(path.name, path.read_bytes())
    assert source is not None
    loaded = load(source)
    if loaded.node is None:
        assert {found.code for found in loaded.diagnostics} <= REFUSED_IN_JSON
    else:
        assert to_plain(loaded.node) == exactly(source.text)


def naughty_strings() -> list[str]:
    return list(json.loads(NAUGHTY.read_text("utf-8")))


def test_naughty_strings_survive_as_quoted_values_and_keys() -> None:
    for text in naughty_strings():
        assert_read_as_json(text, {"RS121", "RS122"})
        # YAML 1.2 section 7.4.2: a key and its colon stand within 1024 characters.
        assert_read_as_json({text: 1}, {"RS121", "RS122"} | ({"RS101"} if len(json.dumps(text)) > 1024 else set()))


def assert_read_as_json(value: object, allowed: set[str]) -> None:
    documents, errors = read_all(json.dumps(value))
    assert documents == ([] if errors else [value])
    assert errors <= allowed


def test_naughty_strings_never_break_the_loader_unquoted() -> None:
    for text in naughty_strings():
        for document in (
            text,
            f"key: {text}",
            f"{text}: value",
            f"[{text}]",
            f"- >\n  {text}",
            f"'{text}'",
            f'"{text}"',
        ):
            documents, errors = read_all(document)
            assert not (documents and errors)
