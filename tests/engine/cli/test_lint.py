"""`sostech lint`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.cli.app import COMMANDS

Sostech = Callable[..., Any]

RULES = """\
lanes: [{id: order, pick: all}]
rules:
  - {id: a, lane: order, then: {percent_off: 10, on: order}}
  - {id: b, lane: order, then: {amount_off: "5.00", on: order}}
  - {id: c, lane: order, priority: 1, then: {percent_off: 5, on: order}}
  - {id: d, lane: order, priority: 2, when: {cart.item_count: {at_least: 0}}, then: {percent_off: 5, on: order}}
"""


@pytest.fixture(autouse=True)
def _command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(COMMANDS, "lint", "engine.cli.lint")


@pytest.fixture
def rules(shop: Path) -> Path:
    path = shop / "rules/promotions/v1.yaml"
    head = path.read_text().partition("lanes:")[0]
    path.write_text(head + RULES)
    return path


def test_sound_rulesets_have_no_findings(sostech: Sostech, shop: Path) -> None:
    run = sostech("lint", "rules")
    assert (run.code, run.out, run.err) == (0, "no findings in 2 files\n", "")


def test_lints_are_told_and_fail_only_when_asked(sostech: Sostech, rules: Path) -> None:
    run = sostech("lint", str(rules))
    assert (run.code, run.out.splitlines()[-1]) == (0, "2 warnings in 1 file")
    assert "warning[RS402]" in run.out
    assert "warning[RS453]: promotions 'a' and 'b' both give" in run.out
    assert sostech("lint", "--strict", str(rules)).code == 1


def test_only_the_codes_asked_for_are_told(sostech: Sostech, rules: Path) -> None:
    one = sostech("lint", "--json", "--code", "rs453", str(rules)).json
    assert [finding["code"] for finding in one["diagnostics"]] == ["RS453"]
    series = sostech("lint", "--json", "--code", "RS40x", "--code", "RS45x", "rules").json
    assert sorted(finding["code"] for finding in series["diagnostics"]) == ["RS402", "RS453"]
    none = sostech("lint", "--strict", "--code", "RS41x", str(rules))
    assert (none.code, none.out) == (0, "no findings in 1 file\n")


def test_a_code_that_is_no_lint_is_refused_with_a_suggestion(sostech: Sostech, rules: Path) -> None:
    for code in ("RS310", "RS4533", "453", "nothing"):
        run = sostech("lint", "--code", code, str(rules))
        assert (run.code, run.out) == (2, "")
        assert run.err.startswith(f"error: there is no lint {code}")
    assert "did you mean 'RS4" in sostech("lint", "--code", "RS4533", str(rules)).err


def test_a_limit_counts_what_it_does_not_show(sostech: Sostech, rules: Path) -> None:
    run = sostech("lint", "--limit", "1", str(rules))
    assert run.out.count("warning[") == 1
    assert run.out.splitlines()[-2:] == ["2 warnings in 1 file", "1 more finding not shown; raise --limit to see them"]
    shown = sostech("lint", "--limit", "1", "--json", str(rules)).json
    assert (shown["warnings"], len(shown["diagnostics"])) == (2, 1)


def test_json_tells_which_rulesets_were_looked_at(sostech: Sostech, shop: Path) -> None:
    found = sostech("lint", "--json", "rules").json
    assert (found["command"], found["ok"], found["files"], found["errors"]) == ("lint", True, 2, 0)
    assert [row["kind"] for row in found["rulesets"]] == ["promotions", "shipping"]


def test_an_allowed_finding_is_a_note(sostech: Sostech, rules: Path) -> None:
    rules.write_text(rules.read_text() + 'allow: [{code: RS453, because: "a cent"}, {code: RS402, because: "told"}]\n')
    run = sostech("lint", "--strict", str(rules))
    assert (run.code, run.out.splitlines()[-1]) == (0, "2 notes in 1 file")
    assert "(allowed: a cent)" in run.out


def test_what_cannot_be_read_is_told_instead(sostech: Sostech, rules: Path) -> None:
    rules.write_text(rules.read_text().replace("cart.item_count", "cart.items"))
    run = sostech("lint", str(rules))
    assert run.code == 1
    assert "error[RS303]" in run.out
    assert sostech("lint", "nowhere.yaml").code == 2
