"""Scenarios in files: one, a list, several documents, lines."""

from pathlib import Path

import pytest

from engine.cli.files import Files
from engine.cli.scenario_files import Found, scenarios_in


def found(path: Path, text: str | bytes) -> list[Found]:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(scenarios_in(Files(), path))


@pytest.mark.parametrize(
    ("name", "text", "places"),
    [
        ("a.yaml", "name: one\n", ["a.yaml"]),
        ("a.json", '{"name":\n"one"}', ["a.json"]),
        ("a.yaml", "- name: one\n- name: two\n", ["a.yaml#1", "a.yaml#2"]),
        ("a.yaml", "name: one\n---\nname: two\n", ["a.yaml#1", "a.yaml#2"]),
        ("a.yaml", "[]", []),
        ("a.jsonl", '{"a": 1}\n\n  \n{"a": 2}', ["a.jsonl:1", "a.jsonl:4"]),
        ("a.jsonl", '{"a": 1}\r\n{"a": 2}\r\n', ["a.jsonl:1", "a.jsonl:2"]),
        ("a.jsonl", "", []),
    ],
)
def test_where_scenarios_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str, places: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    scenarios = found(Path(name), text)
    assert [each.place for each in scenarios] == places
    assert all(each.node is not None and not each.diagnostics for each in scenarios)


def test_a_broken_line_does_not_keep_the_others_from_being_read(tmp_path: Path) -> None:
    scenarios = found(tmp_path / "a.jsonl", b'{"a": 1}\n{"a": \n\xff\n{"a": 2}\n')
    assert [each.node is not None for each in scenarios] == [True, False, False, True]
    assert scenarios[1].diagnostics[0].span is not None
    assert scenarios[1].diagnostics[0].span.source.endswith("a.jsonl:2")
    assert scenarios[2].diagnostics[0].code == "RS120"


def test_broken_yaml_is_one_scenario_with_its_faults(tmp_path: Path) -> None:
    (only,) = found(tmp_path / "a.yaml", "a: [1\n---\nb: 1\n")
    assert only.node is None
    assert only.diagnostics


def test_an_empty_file_is_a_finding(tmp_path: Path) -> None:
    (only,) = found(tmp_path / "a.yaml", "# nothing\n")
    assert only.node is None
    assert only.diagnostics[0].code == "RS104"


def test_paths_in_a_scenario_are_relative_to_its_file(tmp_path: Path) -> None:
    assert found(tmp_path / "a.yaml", "name: one\n")[0].folder == tmp_path


def test_a_missing_file_of_lines_is_a_fault(tmp_path: Path) -> None:
    files = Files()
    assert list(scenarios_in(files, tmp_path / "gone.jsonl")) == []
    assert [fault.code for fault in files.faults] == ["RS901"]
