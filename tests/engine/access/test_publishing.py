"""Does the publish policy ask for a second person beyond what it allows, and never for what it allows?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.access.cases import run_access_case
from engine.access.compile import compile_access
from engine.access.publishing import Publication, asks_for_second
from engine.documents.model import PublishPolicy
from engine.lint import lint
from engine.text.load import load
from engine.text.nodes import Mapping
from engine.text.source import Source
from tests.engine.access.rulesets import HEAD, NEEDED, VOCABULARY, document_of

OWNER = '  owner: {may: ["*"]}\n'
STRICT = (
    "publish_policy:\n  second_approver: {kinds: [tax, access, tax], warnings: [rs412, RS421]}\n"
    "  guard: {orders: 5000, collections: christmas, carts_worse: 0.5%, revenue_falls: 1}\n"
)


def policy_of(text: str) -> PublishPolicy:
    return document_of(HEAD + NEEDED + OWNER + text).policy


def asked(policy: PublishPolicy, **what: object) -> list[str]:
    publication = Publication(**{"kind": "shipping", **what})  # type: ignore[arg-type]  # written as keywords by tests
    return [each.condition for each in asks_for_second(policy, publication)]


def test_a_policy_is_read_with_everything_it_says() -> None:
    policy = policy_of(STRICT)
    assert (policy.kinds, policy.warnings, policy.any_warning) == (("tax", "access"), ("RS412", "RS421"), False)
    assert policy.guard is not None
    assert (policy.guard.orders, policy.guard.collections) == (5000, ("christmas",))
    assert (policy.guard.carts_worse, policy.guard.revenue_falls) == ((1, 200), (1, 100))
    assert [name for name, _ in policy.spans] == ["kinds", "warnings", "carts_worse", "revenue_falls"]
    assert [span.line for _, span in policy.spans] == [12, 12, 13, 13]


@pytest.mark.parametrize("text", ["", "publish_policy: {}\n", "publish_policy: {second_approver: {kinds: []}}\n"])
def test_without_a_policy_nobody_is_asked(text: str) -> None:
    policy = policy_of(text)
    assert not policy.can_ask
    assert asked(policy, kind="access", warnings=("RS412",), carts_worse=(1, 1), revenue_falls=(1, 1)) == []


def test_kinds_and_warnings_ask_by_name() -> None:
    policy = policy_of(STRICT)
    assert asked(policy, kind="tax") == ["kinds"]
    assert asked(policy, kind="promotions") == []
    assert asked(policy, warnings=("RS420", "RS421")) == ["warnings"]
    assert asked(policy, warnings=("RS420",)) == []
    assert asked(policy_of("publish_policy: {second_approver: {warnings: any}}\n"), warnings=("RS420",)) == ["warnings"]


@pytest.mark.parametrize(
    ("worse", "falls", "conditions"),
    [
        ((24, 5000), (9_999, 1_000_000), []),
        ((25, 5000), (10_000, 1_000_000), []),
        ((26, 5000), (10_000, 1_000_000), ["carts_worse"]),
        ((25, 5000), (10_001, 1_000_000), ["revenue_falls"]),
        ((26, 5000), (10_001, 1_000_000), ["carts_worse", "revenue_falls"]),
        ((0, 0), (0, 0), []),
        (None, None, []),
        ((0, 1), (-5, 1), []),
    ],
)
def test_a_share_asks_when_it_is_exceeded(
    worse: tuple[int, int] | None, falls: tuple[int, int] | None, conditions: list[str]
) -> None:
    assert asked(policy_of(STRICT), carts_worse=worse, revenue_falls=falls) == conditions


def test_nothing_at_all_may_be_allowed() -> None:
    policy = policy_of("publish_policy: {guard: {orders: 1, carts_worse: 0}}\n")
    assert asked(policy, carts_worse=(0, 9)) == []
    assert asked(policy, carts_worse=(1, 10**9), revenue_falls=(1, 1)) == ["carts_worse"]


@given(worse=st.integers(0, 9999), carts=st.integers(1, 9999), more=st.integers(0, 99))
def test_worse_never_asks_less(worse: int, carts: int, more: int) -> None:
    policy = policy_of(STRICT)
    assert set(asked(policy, carts_worse=(worse, carts))) <= set(asked(policy, carts_worse=(worse + more, carts)))


def test_somebody_has_to_be_able_to_agree() -> None:
    clerk = "  clerk: {may: [rules.publish]}\n"
    (finding,) = lint(document_of(HEAD + NEEDED + clerk + STRICT), VOCABULARY)
    assert (finding.code, finding.severity) == ("RS484", "error")
    assert finding.message == "this asks for a second person, and no role may 'rules.approve'"
    assert lint(document_of(HEAD + NEEDED + OWNER + STRICT), VOCABULARY) == []
    assert lint(document_of(HEAD + NEEDED + clerk), VOCABULARY) == []


def findings_of_case(text: str) -> list[tuple[str, str, str]]:
    node = load(Source("case.yaml", text)).node
    assert isinstance(node, Mapping)
    access = compile_access(document_of(HEAD + NEEDED + OWNER + STRICT))
    return [(each.code, each.message, each.witness or each.hint) for each in run_access_case(access, node).differences]


def test_a_case_says_who_has_to_agree() -> None:
    given = "name: n\ngiven: {publish: {kind: tax, warnings: [RS412], carts_worse: 0.6}}\n"
    assert findings_of_case(f"{given}expect: {{second_approver: [carts_worse, kinds, warnings]}}") == []
    assert findings_of_case(f"{given}expect: {{second_approver: [revenue_falls]}}") == [
        (
            "RS615",
            "case 'n': second_approver is [kinds, warnings, carts_worse], expected [revenue_falls]",
            "kinds (t.yaml:12:21), warnings (t.yaml:12:48), carts_worse (t.yaml:13:49)",
        )
    ]
    alone = "name: n\ngiven: {publish: {kind: checkout}}\nexpect: {second_approver: kinds}"
    assert findings_of_case(alone) == [
        ("RS615", "case 'n': second_approver is [], expected [kinds]", "one person is enough")
    ]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            "given: {roles: [owner]}\nexpect: {second_approver: []}",
            (
                "RS611",
                "`second_approver` is about publishing, and nothing is given",
                "add `publish: {kind: …}` to `given`",
            ),
        ),
        (
            "given: {publish: {warnings: [RS412]}}\nexpect: {second_approver: []}",
            ("RS611", "the case does not say what kind is published", "publish: {kind: tax, …}"),
        ),
        (
            "given: {publish: {kind: taxs}}\nexpect: {second_approver: []}",
            ("RS611", "there is no kind of ruleset 'taxs'", "did you mean 'tax'?"),
        ),
        (
            "given: {publish: {kind: tax, warnings: [RS4211]}}\nexpect: {second_approver: []}",
            ("RS611", "there is no finding 'RS4211'", "did you mean 'RS411'?"),
        ),
        (
            "given: {publish: {kind: tax, carts_worse: -1}}\nexpect: {second_approver: []}",
            ("RS311", "'-1' is negative", "write the percentage without a sign"),
        ),
        (
            "given: {publish: {kind: tax}}\nexpect: {second_approver: [kind]}",
            ("RS611", "there is no condition of a publish policy 'kind'", "did you mean 'kinds'?"),
        ),
    ],
)
def test_a_case_that_cannot_be_read_says_why(text: str, fault: tuple[str, str, str]) -> None:
    assert findings_of_case(text) == [fault]
