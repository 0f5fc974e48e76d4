"""What every command does with an access ruleset."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Sostech = Callable[..., Any]

ACCESS = """\
ruleset: access
name: default
version: 1
vocabulary: access/1
currency: EUR
roles:
  guest: {may: [catalog.read]}
  customer: {inherits: [guest], may: [orders.own]}
  support: {inherits: [customer], may: [orders.refund], limits: {orders.refund: {amount: "50.00", per: day}}}
cases:
  - {name: customers order, given: {roles: [customer]}, expect: {may: [orders.own], may_not: [orders.refund]}}
  - {name: guests look, given: {roles: [guest]}, expect: {may: [catalog.read]}}
  - {name: up to 50, given: {roles: [support], action: orders.refund, amount: "50.00"}, expect: {allowed: true}}
"""


@pytest.fixture
def ruleset(shop: Path) -> Path:
    """An access ruleset beside those of a checkout."""
    folder = shop / "rules" / "access"
    folder.mkdir()
    (folder / "v1.yaml").write_text(ACCESS)
    return folder / "v1.yaml"


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_its_cases_are_run_beside_those_of_the_checkout(sostech: Sostech, ruleset: Path) -> None:
    run = sostech("test", "--strict", "rules")
    assert run.code == 0
    assert "ok        3/3 cases, 4/4 rules exercised  rules/access/v1.yaml\n" in run.out
    assert run.out.endswith("6 cases in 3 rulesets: 6 passed, 0 failed\n")


def test_a_case_that_does_not_hold_fails_with_the_line_that_decides(sostech: Sostech, ruleset: Path) -> None:
    edit(ruleset, 'amount: "50.00", per: day', 'amount: "49.99", per: day')
    run = sostech("test", "rules/access")
    assert run.code == 1
    assert "error[RS615]: case 'up to 50': allowed is false, expected true" in run.out
    assert "over_limit: support may 'orders.refund' up to 49.99 EUR a day" in run.out
    assert "(rules/access/v1.yaml:9:" in run.out


def test_roles_and_limits_without_a_case_are_named(sostech: Sostech, ruleset: Path) -> None:
    edit(
        ruleset,
        '  - {name: up to 50, given: {roles: [support], action: orders.refund, amount: "50.00"}',
        "  - {name: x",
    )
    edit(ruleset, "name: x, expect: {allowed: true}", "name: x, given: {roles: [guest]}, expect: {may: []}")
    run = sostech("test", "--json", "rules/access")
    assert run.json["rulesets"][0]["unexercised"] == ["role support", "limit support orders.refund"]
    assert run.json["warnings"] == 2


def test_without_cases_a_warning_says_so(sostech: Sostech, ruleset: Path) -> None:
    ruleset.write_text(ACCESS.partition("cases:")[0])
    assert "warning[RS621]: access default/1 has no cases" in sostech("test", "rules/access").out


def test_faults_and_lints_are_found(sostech: Sostech, ruleset: Path) -> None:
    assert sostech("check", "rules/access").code == 0
    edit(ruleset, "may: [orders.own]", "may: [orders.own, catalog.read]")
    twice = sostech("check", "rules/access")
    assert (twice.code, "warning[RS480]" in twice.out) == (0, True)
    edit(ruleset, "orders.own, catalog.read", "orders.won")
    unknown = sostech("check", "rules/access")
    assert (unknown.code, "did you mean 'orders.own'?" in unknown.out) == (1, True)


def test_a_permission_given_twice_can_be_allowed(sostech: Sostech, ruleset: Path) -> None:
    edit(ruleset, "may: [orders.own]", "may: [orders.own, catalog.read]")
    edit(ruleset, "cases:", "allow: [{code: RS480, rule: customer, because: said for readers}]\ncases:")
    run = sostech("check", "--strict", "rules/access")
    assert (run.code, "(allowed: said for readers)" in run.out) == (0, True)


def test_each_currency_of_a_limit_is_checked(sostech: Sostech, ruleset: Path) -> None:
    edit(ruleset, "currency: EUR", "currency: [EUR, JPY]")
    edit(ruleset, '{amount: "50.00", per: day}', '{amount: {EUR: "50.00", JPY: "80.5"}, per: day}')
    run = sostech("check", "rules/access")
    assert (run.code, "RS310" in run.out) == (1, True)


def test_its_hash_changes_with_what_it_says_and_not_with_its_cases(sostech: Sostech, ruleset: Path) -> None:
    first = sostech("hash", "rules/access").out.split()[0]
    edit(ruleset, "name: up to 50", "name: another name")
    assert sostech("hash", "rules/access").out.split()[0] == first
    edit(ruleset, 'amount: "50.00", per: day', 'amount: "60.00", per: day')
    assert sostech("hash", "rules/access").out.split()[0] != first


def test_it_is_written_in_the_house_layout_and_means_the_same(sostech: Sostech, ruleset: Path) -> None:
    edit(ruleset, "  guest: {may: [catalog.read]}\n", '  guest:\n      may:\n          - "catalog.*"   \n')
    before = sostech("hash", "rules/access").out
    assert sostech("fmt", "rules/access").code == 0
    assert '  guest:\n    may:\n      - "catalog.*"\n' in ruleset.read_text()
    assert sostech("hash", "rules/access").out == before


def test_a_cart_is_decided_as_without_it(sostech: Sostech, ruleset: Path) -> None:
    beside = sostech("dry-run", "cart.yaml", "--rules", "rules", "--json")
    ruleset.unlink()
    assert beside.code == 0
    assert sostech("dry-run", "cart.yaml", "--rules", "rules", "--json").out == beside.out


def test_an_editor_is_offered_every_action_with_its_sentence(sostech: Sostech) -> None:
    definitions = sostech("schema", "access").json["$defs"]
    offered = {choice["const"]: choice["description"] for choice in definitions["permission"]["anyOf"]}
    assert offered["*"] == "Everything."
    assert offered["users.*"] == "Everything in users."
    assert offered["orders.refund"] == "Give money of an order back."
    assert list(definitions["limits"]["properties"]) == ["orders.refund"]
