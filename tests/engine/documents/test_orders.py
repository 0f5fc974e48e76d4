"""Is an orders document read as it is written, and is every fault found at its place?"""

import pytest

from engine.documents.conditions import ALWAYS, Test
from engine.documents.model import Action, OrdersDocument, RefundPolicy
from engine.text.diagnostics import render
from tests.engine.lifecycle.rulesets import HEAD, read_orders_text

STATES = "states:\n  pending: {initial: true}\n  paid:\n  cancelled: {final: true}\n"


def read(body: str) -> OrdersDocument:
    document, findings, _ = read_orders_text(HEAD + body)
    assert document is not None, findings
    return document


def faults(body: str) -> list[tuple[str, str, str]]:
    """Code, message and hint of everything wrong."""
    document, findings, _ = read_orders_text(HEAD + body)
    assert document is None
    return [(finding.code, finding.message, finding.hint) for finding in findings]


def test_a_state_is_read_with_everything_it_says() -> None:
    document = read(
        "states:\n"
        "  pending: {initial: true, waiting: true, timeout: {after: 30m, event: late}, name: {en: New}}\n"
        "  done: {final: true, undone: false}\n"
        "transitions: [{on: late, from: pending, to: done, by: [system]}]\n"
    )
    pending, done = document.states
    assert (pending.id, pending.initial, pending.waiting, pending.final) == ("pending", True, True, False)
    assert pending.timeout is not None
    assert (pending.timeout.after_seconds, pending.timeout.event) == (1800, "late")
    assert pending.name == {"en": "New"}
    assert (done.final, done.final_when, done.undone, pending.undone) == (True, ALWAYS, False, None)
    assert (pending.span.line, pending.span.column) == (6, 3)


def test_an_end_may_depend_on_facts() -> None:
    document = read(
        "states: {a: {initial: true, final: {when: {order.fully_refunded: true}}}}\n"
        "transitions: [{on: x, from: a, by: staff}]\n"
    )
    (state,) = document.states
    assert isinstance(state.final_when, Test)
    assert (state.final, state.final_when.fact, state.final_when.operands) == (True, "order.fully_refunded", (1,))


def test_a_transition_is_read_with_guard_and_actions() -> None:
    document = read(
        f"roles: [staff]\n{STATES}"
        "transitions:\n"
        "  - on: cancel\n"
        "    from: [pending, paid]\n"
        "    to: cancelled\n"
        "    by: [staff, system]\n"
        "    when: {order.captured: {more_than: 0}}\n"
        "    do: [refund_payment, {restock: part}, announce: OrderCancelled]\n"
    )
    (transition,) = document.transitions
    assert (transition.event, transition.sources, transition.target) == ("cancel", ("pending", "paid"), "cancelled")
    assert transition.roles == ("staff", "system")
    assert isinstance(transition.when, Test)
    assert [(action.name, action.argument) for action in transition.actions] == [
        ("refund_payment", None),
        ("restock", "part"),
        ("announce", "OrderCancelled"),
    ]
    assert transition.when_span is not None
    assert transition.when_span.line == 15


def test_what_goes_back_of_a_part_is_kept_unless_the_document_says_otherwise() -> None:
    machine = STATES + "transitions: [{on: x, from: start, to: pending, by: staff}]\n"
    assert read(machine).refunds == RefundPolicy(shipping_on_partial="keep", on_threshold_loss="keep")
    said = machine + "refunds: {shipping_on_partial: pro_rata, on_threshold_loss: reclaim}\n"
    assert read(said).refunds == RefundPolicy(shipping_on_partial="pro_rata", on_threshold_loss="reclaim")
    (fault,) = faults(machine + "refunds: {on_threshold_loss: reclaims}\n")
    assert (fault[0], "reclaim" in fault[2]) == ("RS204", True)


def test_one_word_may_stand_for_a_list_of_one() -> None:
    document = read(f"{STATES}transitions: [{{on: x, from: pending, to: paid, by: staff, do: commit_stock}}]\n")
    (transition,) = document.transitions
    assert (transition.sources, transition.roles) == (("pending",), ("staff",))
    assert [action.name for action in transition.actions] == ["commit_stock"]


def test_without_a_target_every_order_stays_where_it_is() -> None:
    document = read(f"{STATES}transitions: [{{on: note, from: [pending, paid], by: staff}}]\n")
    assert [(one.sources, one.target) for one in document.transitions] == [
        (("pending",), "pending"),
        (("paid",), "paid"),
    ]


def test_named_conditions_are_read_in_guards() -> None:
    document = read(
        "define: {own: {actor.is_owner: true}}\n"
        f"{STATES}transitions: [{{on: x, from: pending, to: paid, by: customer, when: {{condition: own}}}}]\n"
    )
    assert isinstance(document.transitions[0].when, Test)
    assert document.transitions[0].when.fact == "actor.is_owner"


def test_unknown_names_are_found_with_suggestions() -> None:
    body = (
        f"roles: [staff]\n{STATES}"
        "transitions:\n"
        "  - {on: x, from: [pendig], to: payd, by: [stuff], do: [comit_stock]}\n"
    )
    assert faults(body) == [
        ("RS503", "there is no state 'pendig'", "did you mean 'pending'?"),
        ("RS503", "there is no state 'payd'", "did you mean 'paid'?"),
        ("RS504", "there is no role 'stuff'", "did you mean 'staff'?"),
        ("RS506", "there is no action 'comit_stock'", "did you mean 'commit_stock'?"),
    ]


def test_wrong_arguments_of_actions_are_found() -> None:
    body = (
        f"{STATES}transitions:\n"
        "  - {on: x, from: pending, to: paid, by: a, do: [announce, {commit_stock: all}, {restock: some}]}\n"
    )
    assert [(code, message) for code, message, _ in faults(body)] == [
        ("RS507", "announce needs to know what: write `announce: …`"),
        ("RS507", "commit_stock takes nothing: write `commit_stock` alone"),
        ("RS507", "restock takes nothing or `part`, not 'some'"),
    ]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("return-lable", "did you mean 'return-label'?"),
        ("warehouse", "there are order-confirmation, order-paid, "),
        ("reward", "there are order-confirmation, "),  # tells of no order
        ("order-to-pack", "did you mean "),  # for staff
        ("order-of-seller", "did you mean "),
    ],
)
def test_what_a_customer_is_written_has_to_be_a_text_about_the_order(text: str, hint: str) -> None:
    body = f"{STATES}transitions: [{{on: x, from: pending, to: paid, by: a, do: [{{notify: {text}}}]}}]\n"
    ((code, message, way_out),) = faults(body)
    assert (code, message) == ("RS507", f"there is no text '{text}' that tells a customer of an order")
    assert way_out.startswith(hint)
    document, (finding,), _ = read_orders_text(HEAD + body)
    assert document is None
    assert finding.span is not None
    line = (HEAD + body).splitlines()[finding.span.line - 1]
    assert line[finding.span.column - 1 :].startswith(text), "the word itself is pointed at"


def test_a_text_about_the_order_may_be_sent_by_its_lifecycle() -> None:
    document = read(f"{STATES}transitions: [{{on: x, from: pending, to: paid, by: a, do: [{{notify: refund}}]}}]\n")
    (action,) = document.transitions[0].actions
    assert (action.name, action.argument) == ("notify", "refund")


def test_creation_needs_a_target_and_its_name_is_taken() -> None:
    body = (
        "states: {start: {initial: true}, paid: {}}\n"
        "transitions: [{on: x, from: start, by: a}, {on: y, from: paid, to: paid, by: a}]\n"
    )
    assert [code for code, _, _ in faults(body)] == ["RS508", "RS508"]


def test_guards_read_the_order_vocabulary_only() -> None:
    body = f"{STATES}transitions: [{{on: x, from: pending, to: paid, by: a, when: {{order.totl: 5}}}}]\n"
    ((code, message, hint),) = faults(body)
    assert (code[:3], hint) == ("RS3", "did you mean 'order.total'?")
    assert "order.totl" in message


def test_a_missing_list_of_transitions_is_said_once() -> None:
    assert [(code, message) for code, message, _ in faults(STATES)] == [("RS202", "'transitions' is missing")]


def test_a_machine_of_absurd_size_is_refused() -> None:
    states = "".join(f"  s{number}: {{}}\n" for number in range(201))
    body = f"states:\n{states}transitions: [{{on: x, from: s0, to: s1, by: a}}]\n"
    assert faults(body) == [("RS207", "201 states are more than the 200 a lifecycle may have", "")]


def test_a_fault_is_shown_where_it_stands() -> None:
    body = f"{STATES}transitions:\n  - {{on: x, from: pending, to: payed, by: staff}}\n"
    _, findings, source = read_orders_text(HEAD + body)
    assert render(findings[0], {source.name: source}) == (
        "error[RS503]: there is no state 'payed'\n"
        "  --> t.yaml:10:32\n"
        "   |\n"
        "10 |   - {on: x, from: pending, to: payed, by: staff}\n"
        "   |                                ^^^^^\n"
        "   = hint: did you mean 'paid'?"
    )


def test_actions_know_where_they_stand() -> None:
    document = read(f"{STATES}transitions: [{{on: x, from: pending, to: paid, by: a, do: [restock: part]}}]\n")
    (action,) = document.transitions[0].actions
    assert isinstance(action, Action)
    assert action.span.line == 9
