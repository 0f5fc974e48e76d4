"""Does formatting settle on one layout and never change what a document says?"""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.text.format import format_yaml
from engine.text.load import load
from engine.text.nodes import to_plain
from engine.text.source import Source

REPOSITORY = Path(__file__).resolve().parents[3]


def formatted(text: str) -> str:
    result, findings = format_yaml(Source("x", text))
    assert result is not None
    assert findings == ()
    return result


def assert_safe_and_settled(text: str) -> None:
    result, findings = format_yaml(Source("x", text))
    if result is None:
        assert findings
        return
    before, after = load(Source("x", text)).node, load(Source("x", result)).node
    assert before is not None
    assert after is not None
    assert repr(to_plain(before)) == repr(to_plain(after))
    assert format_yaml(Source("x", result))[0] == result


def test_whole_document() -> None:
    text = """

# head
rules:
# about socks


-   id: socks   \t
    when:
          # inner
          any: [{x: 1,
                 y: 2},
            # deep
          ]
          text: |
              kept

                more\x20\x20
              last

          # end of when
    then: "folded
       \\
         text"
    plain: one
     two

     three
-
  - - a
    -    '12.50'
    - 'text'
zones:
    - &local  {country: BR}
    -   *local
"""
    assert (
        formatted(text)
        == """\
# head
rules:
  # about socks

  - id: socks
    when:
      # inner
      any: [{x: 1,
             y: 2},
        # deep
      ]
      text: |
        kept

          more\x20\x20
        last

      # end of when
    then: "folded
      \\
      text"
    plain: one
      two

      three
  -
    - - a
      - "12.50"
      - 'text'
zones:
  - &local  {country: BR}
  - *local
"""
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1", "a: 1\n"),
        ("\ufeffa: 1\r\nb: 2\r\n\r\n\r\n", "a: 1\nb: 2\n"),
        ("    a: 1\n    b: 2", "a: 1\nb: 2\n"),
        ("price: '9.90'", 'price: "9.90"\n'),
        ("price: '-9'\nsku: '9a'\nlist: ['1', '2']", 'price: "-9"\nsku: \'9a\'\nlist: ["1", "2"]\n'),
        ("a: |2\n    x\nb:\n    c: |2\n          x\n", "a: |2\n    x\nb:\n  c: |2\n        x\n"),
        ("a: |+\n   x\n\n\n", "a: |+\n  x\n\n\n"),
        ("a: |\n   x\n\n\n", "a: |\n  x\n"),
        ("a: |\n   x", "a: |\n  x"),
        ("a:\n- 1\n# of a\n- 2\n# of b\nb: 1\n   # lost\n", "a:\n  - 1\n  # of a\n  - 2\n# of b\nb: 1\n# lost\n"),
        ("---\n    a: 1\n...\n", "---\na: 1\n...\n"),
        ("a:\n   long value", "a:\n  long value\n"),
        ("? a\n: 1\n", "? a\n: 1\n"),
        ('a: "\\ud83d\\ude00"', 'a: "\\ud83d\\ude00"\n'),
    ],
)
def test_layout_rule(text: str, expected: str) -> None:
    assert formatted(text) == expected
    assert formatted(expected) == expected


def test_document_with_faults_is_not_formatted() -> None:
    result, findings = format_yaml(Source("x", "a: 1\na: 2"))
    assert result is None
    assert [found.code for found in findings] == ["RS106"]


def test_warnings_come_along_with_the_result() -> None:
    result, findings = format_yaml(Source("x", "a:   \u202e"))
    assert result == "a:   \u202e\n"
    assert [found.code for found in findings] == ["RS125"]


def test_document_that_would_change_is_given_back_as_it_is() -> None:
    text = "   ---   \n"  # a text of three dashes, which at column 0 would end the document
    result, findings = format_yaml(Source("x", text))
    assert result == text
    assert [(found.code, found.severity) for found in findings] == [("RS150", "warning")]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-999, 999) | st.text("ab: #\n\t-'é1.", max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("abc-: #", min_size=1, max_size=4), inner, max_size=4)
    ),
    max_leaves=15,
)
STYLES = st.sampled_from(['"', "'", "|", ">", None])


@given(VALUES, st.integers(2, 7), st.sampled_from([10, 40, 80]), st.sampled_from([True, False, None]), STYLES)
@settings(max_examples=120, deadline=None)
def test_what_yaml_writers_write_is_formatted_safely(
    value: object, indent: int, width: int, is_flow: bool | None, style: str | None
) -> None:
    assert_safe_and_settled(
        yaml.safe_dump(value, indent=indent, width=width, default_flow_style=is_flow, default_style=style)
    )
    assert_safe_and_settled(yaml.safe_dump(value, indent=indent, width=width, default_flow_style=is_flow))


FRAGMENTS = st.sampled_from(
    [
        *("a: 1", "b:", "c: |", "d: >-", "- x", "- y: 1", "-   z:", "- - q", "- ", "-", "text", "  more", "# c", ""),
        *("   ", "k: 'v", "w'", "'12.50'", "f: [1,", "2]", "g: {x: 1,", "]", "}", "h: &n", "i: *n", 'e: "a', 'c"'),
        *("b \\", "l: |2", "m: |+", "---", "? k", ": v", "two  ", "- |", "- >+", "- [a,", "n: # d"),
    ]
)
LINES = st.lists(st.tuples(st.integers(0, 6), FRAGMENTS), min_size=1, max_size=8)


@given(LINES, st.sampled_from(["\n", "\r\n"]), st.sampled_from(["", "\n", "\n\n"]))
@settings(max_examples=400, deadline=None)
def test_odd_layouts_are_formatted_safely_or_not_at_all(
    lines: list[tuple[int, str]], line_break: str, end: str
) -> None:
    assert_safe_and_settled(line_break.join(" " * column + fragment for column, fragment in lines) + end)


RULESETS = sorted(path for room in ("rules", "examples") for path in (REPOSITORY / room).rglob("*.yaml"))


@pytest.mark.parametrize("path", RULESETS, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_every_document_of_the_repository_formats_safely(path: Path) -> None:
    assert_safe_and_settled(path.read_text("utf-8"))
