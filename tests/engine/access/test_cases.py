"""Does a case of an access ruleset hold when it should, and say clearly what differs when it does not?"""

import pytest

from engine.access.cases import run_access_case
from engine.facts.case_reading import PlayedCase
from engine.text.load import load
from engine.text.nodes import Mapping
from engine.text.source import Source
from tests.engine.access.rulesets import access_of

ACCESS = access_of(
    '  clerk: {may: [orders.refund], limits: {orders.refund: {amount: "50.00", per: day}}}\n  owner: {may: ["*"]}\n'
)


def run(text: str) -> PlayedCase:
    loaded = load(Source("case.yaml", text))
    assert isinstance(loaded.node, Mapping)
    return run_access_case(ACCESS, loaded.node)


def differences(text: str) -> list[tuple[str, str, str]]:
    return [(one.code, one.message, one.witness) for one in run(text).differences]


def faults(text: str) -> list[tuple[str, str, str]]:
    return [(one.code, one.message, one.hint) for one in run(text).differences]


def test_a_case_that_holds_says_what_it_exercised() -> None:
    case = run(
        'name: at the limit\ngiven: {roles: [clerk, guest], action: orders.refund, amount: "20.00", used: "30.00"}\n'
        'expect: {allowed: true, code: allowed, may: [orders.refund], may_not: ["catalog.*"]}'
    )
    assert (case.name, case.passed, case.differences) == ("at the limit", True, ())
    assert case.exercised == {("role", "clerk"), ("role", "guest"), ("limit", "clerk orders.refund")}


def test_a_limit_is_exercised_only_when_an_amount_is_decided() -> None:
    assert run("given: {roles: clerk}\nexpect: {may: [orders.refund]}").exercised == {("role", "clerk")}


def test_another_decision_says_why() -> None:
    given = 'name: n\ngiven: {roles: [clerk], action: orders.refund, amount: "50.01"}\n'
    text = f"{given}expect: {{allowed: true, code: allowed}}"
    because = (
        "over_limit: clerk may 'orders.refund' up to 50.00 BRL a day; 50.00 BRL is left, and 50.01 BRL is asked for "
        "(t.yaml:10:42)"
    )
    assert differences(text) == [
        ("RS615", "case 'n': allowed is false, expected true", because),
        ("RS615", "case 'n': code is over_limit, expected allowed", because),
    ]


def test_a_list_that_differs_names_the_action_and_who_may() -> None:
    text = (
        "name: n\ngiven: {roles: [clerk, guest]}\nexpect: {may: [orders.refund, users.read], may_not: [orders.refund]}"
    )
    assert differences(text) == [
        (
            "RS615",
            "case 'n': clerk and guest may not 'users.read'",
            "not_permitted: 'users.read' is for owner, not for clerk and guest",
        ),
        (
            "RS615",
            "case 'n': clerk and guest may 'orders.refund'",
            "amount_missing: clerk may 'orders.refund' up to 50.00 BRL a day, and no amount is given (t.yaml:10:42)",
        ),
    ]


def test_of_a_pattern_one_action_is_shown() -> None:
    ((_, message, _),) = differences('name: n\ngiven: {roles: [owner]}\nexpect: {may_not: ["catalog.*"]}')
    assert message == "case 'n': owner may 'catalog.read'"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("given: {roles: [clrk]}\nexpect: {may: []}", ("RS611", "there is no role 'clrk'", "did you mean 'clerk'?")),
        (
            "given: {roles: [clerk], action: orders.refnd}\nexpect: {allowed: true}",
            ("RS611", "there is no action 'orders.refnd'", "did you mean 'orders.refund'?"),
        ),
        (
            "given: {roles: [clerk], acton: x}\nexpect: {may: []}",
            ("RS611", "there is no key 'acton' here", "did you mean 'action'?"),
        ),
        (
            "given: {roles: [clerk]}\nexpect: {alowed: true}",
            ("RS601", "there is no key 'alowed' here", "did you mean 'allowed'?"),
        ),
        (
            "given: {roles: [clerk]}\nexpect: {allowed: true}",
            ("RS611", "`allowed` is about an action, and none is given", "add `action:` to `given`"),
        ),
        (
            "given: {roles: [clerk], action: orders.refund}\nexpect: {allowed: maybe}",
            ("RS610", "`allowed` is one of true, false", ""),
        ),
        (
            "given: {roles: [clerk], action: orders.refund}\nexpect: {code: overlimit}",
            (
                "RS610",
                "`code` is one of allowed, unknown_action, not_permitted, amount_missing, over_limit",
                "did you mean 'over_limit'?",
            ),
        ),
        (
            "given: {roles: [clerk]}\nexpect: {may: [users.raed]}",
            ("RS610", "there is no action 'users.raed'", "did you mean 'users.read'?"),
        ),
        (
            "given: {action: orders.refund}\nexpect: {allowed: false}",
            ("RS611", "the case does not say who asks", "given: {roles: [customer], …}"),
        ),
        (
            "given: {roles: [clerk]}",
            ("RS611", "the case has nothing in `expect`", "a map with allowed, code, may, may_not, second_approver"),
        ),
        (
            'given: {roles: [clerk], action: orders.refund, amount: "-1.00"}\nexpect: {allowed: true}',
            ("RS611", "an amount here must not be negative", "leave the sign out"),
        ),
    ],
)
def test_a_case_that_cannot_be_run_says_what_is_wrong(text: str, fault: tuple[str, str, str]) -> None:
    assert faults(text) == [fault]


def test_an_amount_with_too_many_digits_is_not_rounded() -> None:
    text = 'given: {roles: [clerk], action: orders.refund, amount: "1.005"}\nexpect: {allowed: true}'
    assert [code for code, _, _ in faults(text)] == ["RS310"]
