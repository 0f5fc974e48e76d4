"""`sostech explain-code`."""

from collections.abc import Callable
from typing import Any

from engine.text.codes import all_codes

Sostech = Callable[..., Any]

PAGE = """\
RS602 (error): total that differs from the case

Why
  The ruleset decides another amount than the case says. Either a rule is wrong, or the
  case is out of date.

Bad
    expect: {shipping: "0.00"}   # but 9.90 is charged

Good
    expect: {shipping: "9.90"}

What to do
  Read the postings below the finding: each names the rule and the place its amount
  comes from.
"""


def test_a_code_is_explained_in_any_letter_case(sostech: Sostech) -> None:
    run = sostech("explain-code", "rs602")
    assert run.code == 0
    assert run.out == PAGE


def test_without_a_code_all_are_listed(sostech: Sostech) -> None:
    run = sostech("explain-code")
    assert run.code == 0
    assert [line.split()[0] for line in run.out.splitlines()] == [code.code for code in all_codes()]


def test_an_unknown_code_is_a_usage_fault_with_a_suggestion(sostech: Sostech) -> None:
    run = sostech("explain-code", "RS6020")
    assert run.code == 2
    assert run.out == ""
    assert run.err == "error: there is no code 'RS6020'; did you mean 'RS602'?\n"


def test_json_has_the_same_content(sostech: Sostech) -> None:
    page = sostech("explain-code", "RS602", "--json").json
    assert (page["code"], page["severity"], page["title"]) == ("RS602", "error", "total that differs from the case")
    assert set(page) == {"code", "title", "severity", "why", "bad", "good", "remedy"}
