"""Does a case of a lifecycle hold when it should, and say clearly what differs when it does not?"""

from engine.lifecycle.cases import LifecycleCase, not_taken, run_case
from engine.lifecycle.compile import Lifecycle, compile_lifecycle
from engine.text.load import load
from engine.text.nodes import Mapping
from engine.text.source import Source
from tests.engine.lifecycle.rulesets import HEAD, order_vocabulary, read_orders_text

MACHINE = """
roles: [customer, staff]
states:
  pending: {initial: true}
  paid: {}
  cancelled: {final: {when: {order.captured: 0}}}
transitions:
  - {on: place, from: start, to: pending, by: [customer], do: [reserve_stock, announce: Placed]}
  - {on: payment_succeeded, from: pending, to: paid, by: [system], do: [commit_stock]}
  - {on: cancel, from: pending, to: cancelled, by: [customer], when: {actor.is_owner: true}, do: [release_stock]}
  - {on: cancel, from: [pending, paid], to: cancelled, by: [staff], do: [restock: part]}
"""


def lifecycle() -> Lifecycle:
    document, findings, _ = read_orders_text(HEAD + MACHINE)
    assert document is not None, findings
    return compile_lifecycle(document)


def run(text: str) -> LifecycleCase:
    loaded = load(Source("case.yaml", text))
    assert isinstance(loaded.node, Mapping)
    return run_case(lifecycle(), order_vocabulary(), loaded.node)


def differences(text: str) -> list[tuple[str, str, str]]:
    return [(one.code, one.message, one.witness) for one in run(text).differences]


def test_a_case_that_holds_has_no_differences() -> None:
    case = run(
        "name: all the way\n"
        "walk: [{on: place, by: customer}, {on: payment_succeeded}, {on: cancel, by: staff}]\n"
        'expect: {ends: cancelled, finished: true, does: [reserve_stock, commit_stock, "restock: part"]}'
    )
    assert (case.name, case.passed, case.differences) == ("all the way", True, ())


def test_an_action_may_be_expected_as_it_is_written_in_the_ruleset() -> None:
    assert differences("given: {state: paid}\nwalk: [{on: cancel, by: staff}]\nexpect: {does: [restock: part]}") == []


def test_without_a_state_the_order_is_about_to_be_created() -> None:
    assert differences("given: {role: customer}\nexpect: {open: {place: pending}}") == []


def test_flags_that_are_not_given_are_false() -> None:
    text = "given: {state: pending, role: customer}\nexpect: {closed: {cancel: guard_failed}}"
    assert differences(text) == []


def test_facts_of_a_step_stay() -> None:
    text = (
        "walk: [{on: place, by: customer, facts: {actor.is_owner: true}}, {on: cancel, by: customer}]\n"
        "expect: {ends: cancelled}"
    )
    assert differences(text) == []


def test_a_refused_step_says_why() -> None:
    text = "name: n\ngiven: {state: pending}\nwalk: [{on: cancel, by: customer}]\nexpect: {ends: cancelled}"
    assert differences(text) == [
        (
            "RS540",
            "case 'n': step 1, 'cancel' by customer in 'pending', is refused",
            "guard_failed: for 'cancelled' actor.is_owner must be true (it is false)",
        )
    ]


def test_an_event_that_is_closed_says_why() -> None:
    text = "name: n\ngiven: {state: paid, role: customer}\nexpect: {open: {cancel: cancelled}}"
    assert differences(text) == [
        (
            "RS540",
            "case 'n': 'cancel' by customer in 'paid' is closed (wrong_role), expected open to 'cancelled'",
            "'cancel' in 'paid' is for staff, not for customer",
        )
    ]


def test_an_event_that_is_open_says_where_it_leads() -> None:
    text = "name: n\ngiven: {state: paid, role: staff}\nexpect: {closed: {cancel: wrong_role}, open: {cancel: paid}}"
    assert [message for _, message, _ in differences(text)] == [
        "case 'n': 'cancel' by staff in 'paid' is open to 'cancelled', expected closed (wrong_role)",
        "case 'n': 'cancel' by staff in 'paid' is open to 'cancelled', expected open to 'paid'",
    ]


def test_another_end_and_other_actions_are_shown_beside_what_was_expected() -> None:
    text = "name: n\nwalk: [{on: place, by: customer}]\nexpect: {ends: paid, finished: true, does: []}"
    assert differences(text) == [
        ("RS540", "case 'n': ends is pending, expected paid", ""),
        ("RS540", "case 'n': finished is false, expected true", ""),
        ("RS540", "case 'n': the walk did something else", "expected  nothing\ngot       reserve_stock"),
    ]


def test_names_that_do_not_exist_are_found_with_suggestions() -> None:
    case = run(
        "given: {state: payd, role: stuff, facts: {order.hold: true, order.total: lots}}\n"
        "walk: [{on: cancle, by: staff}, {by: staff}]\n"
        "expect: {end: paid}"
    )
    assert [(one.code, one.hint) for one in case.differences if one.code == "RS541"] == [
        ("RS541", "did you mean 'ends'?"),
        ("RS541", "did you mean 'paid'?"),
        ("RS541", "did you mean 'staff'?"),
        ("RS541", "did you mean 'order.held'?"),
        ("RS541", "did you mean 'cancel'?"),
        ("RS541", "{on: EVENT, by: ROLE}"),
    ]
    assert len(case.differences) == 7


def test_a_misspelt_event_in_an_expectation_is_found() -> None:
    ((code, message, _),) = differences("given: {state: paid}\nexpect: {closed: {cancle: wrong_state}}")
    assert (code, message) == ("RS541", "there is no event 'cancle'")


def test_a_case_that_expects_nothing_is_refused() -> None:
    ((code, message, _),) = differences("given: {state: paid}")
    assert (code, message) == ("RS541", "a case needs `expect`")


def test_transitions_that_no_case_exercises_are_named_in_document_order() -> None:
    cases = (run("walk: [{on: place, by: customer}]\nexpect: {ends: pending}"),)
    missed = not_taken(lifecycle(), cases)
    assert [(one.event, one.roles) for one in missed] == [
        ("payment_succeeded", ("system",)),
        ("cancel", ("customer",)),
        ("cancel", ("staff",)),
    ]
