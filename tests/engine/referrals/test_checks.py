"""Authors hear of invites that never count, guards that never decide, and cases that do not hold."""

from __future__ import annotations

import pytest

from engine.mutation.judge_watching import WatchingJudge
from tests.engine.referrals.rulesets import FIVE, QUALIFIES, VOCABULARY, ran, ruleset, said, shipped

GIVE = "give: {campaign: hello}, once: customer"


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        (f"{QUALIFIES}}}\n{FIVE}", []),
        (FIVE, ["RS373"]),
        (f"rewards: [{{id: a, on: CustomerIdle, {GIVE}}}]\n", ["RS370"]),
        (f"signal_events: [CustomerIdle]\nrewards: [{{id: a, on: CustomerIdle, {GIVE}}}]\n", []),
        (f"rewards: [{{id: a, on: StockRanLow, {GIVE}}}]\n", ["RS371"]),
        (f"{QUALIFIES}}}\n{FIVE}rewards: [{{id: ten, on: OrderPaid, {GIVE}}}]\n", ["RS320"]),
        (f"{QUALIFIES}}}\nrefuse: [{{id: a, when: {{friend.orders_paid: {{at_least: 1}}}}}}]\n", ["RS376"]),
        (
            'qualifies: {when: {friend.spent: {at_least: "20.00"}}}\n'
            'reversed: {when: {friend.spent: {at_least: "10.00"}}}\n',
            ["RS377"],
        ),
        (
            "refuse:\n- {id: a, when: {invite.twins: {at_least: 2}}}\n- {id: b, when: {invite.twins: {at_least: 3}}}\n",
            ["RS378"],
        ),
        ("qualifies: {when: {invite.twins: {less_than: 0}}}\n", ["RS401"]),
        ("qualifies: {when: {friend.orders_paid: {at_least: 0}}}\n", ["RS402"]),
    ],
)
def test_what_cannot_be_meant_is_said(body: str, codes: list[str]) -> None:
    assert said(body) == codes


CASES = f"""{QUALIFIES}}}
{FIVE}
cases:
- name: too small
  given: {{facts: {{friend.orders_paid: 1, friend.first_order_total: "15.00"}}}}
  expect: {{state: counted}}
"""


def test_a_case_that_does_not_hold_says_what_is_missing() -> None:
    (found,) = [each for each in ran(CASES).diagnostics if each.severity == "error"]
    assert (found.code, found.message) == ("RS379", "case 'too small': state is joined, expected counted")
    assert found.witness == "friend.first_order_total must be at least 20.00; it is 15.00, short by 5.00"


@pytest.mark.parametrize(
    ("case", "code"),
    [
        ("{given: {facts: {friend.order: 1}}, expect: {state: joined}}", "RS611"),
        ("{given: {state: lost}, expect: {state: joined}}", "RS611"),
        ("{given: {facts: {}}, expect: {}}", "RS611"),
        ("{given: {counted: 5}, expect: {state: counted}}", "RS601"),
        ("{given: {counted: 5}, expect: {milestones: [six]}}", "RS610"),
        ('{given: {facts: {friend.spent: "1.001"}}, expect: {state: joined}}', "RS310"),
    ],
)
def test_a_case_that_cannot_be_run_is_no_case(case: str, code: str) -> None:
    found = ran(f"{QUALIFIES}}}\n{FIVE}cases:\n- {case}\n").diagnostics
    assert code in {each.code for each in found if each.severity == "error"}


def test_the_cases_that_ship_notice_every_fault() -> None:
    judge = WatchingJudge(shipped(), VOCABULARY)
    assert judge.faults == ()
    assert {judge.judge(number).status for number in range(len(judge.mutants))} == {"killed"}


def test_a_fault_that_no_case_notices_survives() -> None:
    judge = WatchingJudge(ruleset(f"{QUALIFIES}}}\n{FIVE}"), VOCABULARY)
    assert {judge.judge(number).status for number in range(len(judge.mutants))} == {"survived"}
