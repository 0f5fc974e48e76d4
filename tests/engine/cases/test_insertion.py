"""Do new cases go to the end of those there are, and does everything else in the text stay as it is?"""

from __future__ import annotations

import pytest

from engine.cases.insertion import NoPlace, Written, names_in, with_cases
from engine.text.load import load
from engine.text.nodes import Mapping, to_plain
from engine.text.source import Source

NEW = Written("new", ["- name: new", '  expect: {total: "1.00"}'], '{name: new, expect: {total: "1.00"}}')


def cases(text: str) -> list[object]:
    """The names of the cases, in order."""
    node = load(Source("x", text)).node
    assert isinstance(node, Mapping)
    plain = to_plain(node)
    assert isinstance(plain, dict)
    found = plain["cases"]
    assert isinstance(found, list)
    return [case["name"] for case in found if isinstance(case, dict)]


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\n",
        "a: 1",
        "a: 1\ncases:\n",
        "a: 1\ncases:   # none yet\nb: 2\n",
        "a: 1\ncases: []\n",
        "a: 1\ncases: []   # none yet\nb: 2\n",
    ],
)
def test_a_text_without_cases_gets_its_first(text: str) -> None:
    changed = with_cases(text, [NEW])
    assert cases(changed) == ["new"]
    assert all(part in changed for part in text.split() if part != "[]")


@pytest.mark.parametrize(
    "text",
    [
        "cases:\n  - name: old\n    expect: {total: 1}\n",
        "cases:\n- name: old\n  expect: {total: 1}",
        "cases:\n  # the first\n  -   name: old\n      expect:\n        total: 1   # one\n\n# about b\nb: 2\n",
        "cases:\n    - {name: old, expect: {total: 1}}   # short\nb: 2\n",
        "cases:\n  - name: old\n    text: |\n      one\n\n      two\n\nb: 2\n",
        "cases: [{name: old}]\nb: 2\n",
        "cases: [{name: old} ]",
        "cases:\r\n  - name: old\r\n    expect: {total: 1}\r\nb: 2\r\n",
    ],
)
def test_a_case_goes_behind_the_last_one_and_every_line_stays(text: str) -> None:
    changed = with_cases(text, [NEW])
    assert cases(changed) == ["old", "new"]
    kept = [line for line in text.splitlines() if "[" not in line and line.strip()]
    assert [line for line in changed.splitlines() if line in kept] == kept
    assert ("\r\n" in changed) == ("\r\n" in text)


def test_what_follows_the_cases_still_follows_them() -> None:
    changed = with_cases("cases:\n  - name: old\n\n# about b\nb: 2\n", [NEW])
    assert changed == 'cases:\n  - name: old\n  - name: new\n    expect: {total: "1.00"}\n\n# about b\nb: 2\n'


def test_cases_in_brackets_stay_in_brackets() -> None:
    changed = with_cases("cases: [\n  {name: old},   # the first\n  ]\nb: 2\n", [NEW])
    assert changed == ('cases: [\n  {name: old}, {name: new, expect: {total: "1.00"}},   # the first\n  ]\nb: 2\n')


def test_several_cases_stand_in_the_order_they_were_given() -> None:
    other = Written("other", ["- name: other"], "{name: other}")
    assert cases(with_cases("cases:\n  - name: old\n", [other, NEW])) == ["old", "other", "new"]
    assert cases(with_cases("cases: [{name: old}]\n", [other, NEW])) == ["old", "other", "new"]


@pytest.mark.parametrize("text", ["", "- a\n", "a: [\n", "cases: 7\n", "cases: {a: 1}\n", "{a: 1}\n", "a: 1\n...\n"])
def test_a_text_that_cannot_be_added_to_is_left_alone_and_it_says_why(text: str) -> None:
    with pytest.raises(NoPlace, match=r"\w+ \w+"):
        with_cases(text, [NEW])


def test_the_names_of_cases_are_known() -> None:
    assert names_in("cases:\n  - name: a\n  - {name: b c}\n  - {}\n  - 7\n") == {"a", "b c"}
    assert names_in("a: 1\n") == frozenset()
