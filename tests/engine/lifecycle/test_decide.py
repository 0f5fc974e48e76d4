"""Is the right move chosen, and does a refusal say what is in the way?"""

import pickle

import pytest

from engine.documents.conditions import Key
from engine.lifecycle.compile import compile_lifecycle
from engine.lifecycle.decide import Move, Refusal, decide, is_finished, open_transitions, timeouts
from engine.lifecycle.draw import dot, mermaid
from engine.lifecycle.wording import reason
from tests.engine.lifecycle.machines import machine
from tests.engine.lifecycle.rulesets import ORDERS, order_vocabulary, shipped

LIFECYCLE = compile_lifecycle(shipped(ORDERS / "v1.yaml"))
VOCABULARY = order_vocabulary()


def move(state: str, event: str, role: str, **facts: Key) -> Move:
    outcome = decide(LIFECYCLE, state, event, role, named(facts))
    assert isinstance(outcome, Move), outcome
    return outcome


def refusal(state: str, event: str, role: str, **facts: Key) -> Refusal:
    outcome = decide(LIFECYCLE, state, event, role, named(facts))
    assert isinstance(outcome, Refusal), outcome
    return outcome


def named(facts: dict[str, Key]) -> dict[str, Key]:
    """Facts of orders are written with an underscore for the dot: order_held."""
    return {name.replace("_", ".", 1): value for name, value in facts.items()}


def test_a_move_says_where_it_leads_and_what_is_to_be_done_in_order() -> None:
    paid = move("payment_pending", "payment_succeeded", "system", order_stock_available=1)
    assert (paid.source, paid.target, paid.event) == ("payment_pending", "paid", "payment_succeeded")
    assert [action.name for action in paid.actions] == ["commit_stock", "consume_coupon", "announce"]
    assert paid.span.source == "v1.yaml"


def test_an_order_is_created_by_a_move_from_start() -> None:
    assert move("start", "place", "customer").target == "pending"


def test_the_first_transition_that_fits_decides() -> None:
    assert move("payment_failed", "payment_succeeded", "system", order_stock_available=1).target == "paid"
    assert move("payment_failed", "payment_succeeded", "system", order_stock_available=0).target == "cancelled"
    assert move("payment_failed", "payment_succeeded", "system").target == "cancelled"


@pytest.mark.parametrize(("units_open", "target"), [(0, "shipped"), (1, "partially_shipped"), (5, "partially_shipped")])
def test_what_is_left_to_send_decides_between_shipped_and_partly_shipped(units_open: int, target: str) -> None:
    assert move("processing", "ship", "warehouse", order_held=0, order_units_open=units_open).target == target


@pytest.mark.parametrize(("days", "is_open"), [(0, True), (29, True), (30, False), (31, False)])
def test_customers_return_within_thirty_days(days: int, is_open: bool) -> None:
    facts: dict[str, Key] = {"actor.is_owner": 1, "order.captured": 990, "order.days_since_delivery": days}
    outcome = decide(LIFECYCLE, "delivered", "request_return", "customer", facts)
    assert isinstance(outcome, Move) is is_open
    assert is_finished(LIFECYCLE, "delivered", facts) is not is_open


def test_a_failing_guard_says_by_how_much() -> None:
    refused = refusal(
        "delivered", "request_return", "customer", actor_is_owner=1, order_captured=990, order_days_since_delivery=33
    )
    (obstacle,) = refused.obstacles
    (failure,) = obstacle.failures
    assert (refused.code, obstacle.target, failure.value, failure.distance) == (
        "guard_failed",
        "return_requested",
        33,
        -4,
    )
    assert reason(refused, VOCABULARY) == (
        "for 'return_requested' order.days_since_delivery must be less than 30 (it is 33)"
    )


def test_a_missing_fact_is_named_and_keeps_the_transition_closed() -> None:
    refused = refusal("delivered", "request_return", "customer", actor_is_owner=1, order_captured=990)
    assert (refused.code, refused.missing) == ("fact_missing", ("order.days_since_delivery",))
    assert reason(refused, VOCABULARY) == "for 'return_requested' order.days_since_delivery must be known"


def test_every_transition_considered_says_what_stands_in_its_way() -> None:
    refused = refusal("shipped", "deliver", "system", order_total=990, order_captured=0, order_payment_method="card")
    assert refused.code == "guard_failed"
    assert reason(refused, VOCABULARY) == (
        "for 'delivered' order.payment_method must be cash_on_delivery (it is card); or "
        "for 'delivered' order.captured must be more than 0 (it is 0) and order.total must be 0 (it is 990)"
    )


def test_booleans_are_said_as_the_author_writes_them() -> None:
    refused = refusal("paid", "process", "system", order_held=1)
    assert reason(refused, VOCABULARY) == "for 'processing' order.held must be false (it is true)"


def test_a_role_that_may_not_is_told_who_may() -> None:
    refused = refusal("payment_pending", "payment_succeeded", "customer")
    assert (refused.code, refused.allowed_roles) == ("wrong_role", ("system",))
    assert reason(refused, VOCABULARY) == ("'payment_succeeded' in 'payment_pending' is for system, not for customer")


def test_an_event_out_of_place_is_told_where_it_may_happen() -> None:
    refused = refusal("pending", "deliver", "system")
    assert (refused.code, refused.allowed_states) == ("wrong_state", ("shipped",))
    assert reason(refused, VOCABULARY) == "'deliver' happens only in shipped, not in 'pending'"


@pytest.mark.parametrize(
    ("state", "event", "code"),
    [("payd", "cancel", "unknown_state"), ("paid", "cancl", "unknown_event"), ("", "", "unknown_state")],
)
def test_unknown_names_are_refusals_not_errors(state: str, event: str, code: str) -> None:
    refused = refusal(state, event, "customer")
    assert refused.code == code
    assert reason(refused, VOCABULARY).startswith("there is no ")


def test_open_transitions_says_for_every_event_what_it_would_do() -> None:
    moves = open_transitions(LIFECYCLE, "paid", "support", {"order.captured": 990, "order.held": 0})
    assert [one.event for one in moves] == list(LIFECYCLE.events)
    assert {one.event: one.target for one in moves if one.is_open} == {"hold": "paid", "cancel": "cancelled"}
    closed = {one.event: one.outcome.code for one in moves if isinstance(one.outcome, Refusal)}
    assert closed["process"] == "wrong_role"
    assert closed["place"] == "wrong_state"


def test_open_transitions_agrees_with_decide() -> None:
    facts: dict[str, Key] = {"actor.is_owner": 1, "order.captured": 0, "order.held": 0, "order.total": 10}
    for state in ("start", *LIFECYCLE.states):
        for role in (*LIFECYCLE.roles, "system"):
            for one in open_transitions(LIFECYCLE, state, role, facts):
                assert one.outcome == decide(LIFECYCLE, state, one.event, role, facts)


def test_a_state_tells_its_timer() -> None:
    (timer,) = timeouts(LIFECYCLE, "payment_pending")
    assert (timer.after_seconds, timer.event) == (1800, "payment_timeout")
    assert timeouts(LIFECYCLE, "paid") == ()
    assert timeouts(LIFECYCLE, "nowhere") == ()


def test_whether_an_order_is_finished_may_be_unknown() -> None:
    assert is_finished(LIFECYCLE, "delivered", {}) is None
    assert is_finished(LIFECYCLE, "refunded", {}) is True
    assert is_finished(LIFECYCLE, "paid", {}) is False
    assert is_finished(LIFECYCLE, "cancelled", {"order.captured": 0}) is True


def test_a_lifecycle_survives_pickling() -> None:
    again = pickle.loads(pickle.dumps(LIFECYCLE))
    assert again == LIFECYCLE
    assert decide(again, "paid", "process", "system", {"order.held": 0}) == move(
        "paid", "process", "system", order_held=0
    )


def test_a_machine_is_drawn_for_mermaid() -> None:
    document = machine("a: initial\nb c: final\na --go--> a\na --go--> a\na --end--> a")
    assert mermaid(document) == ('stateDiagram-v2\n    state "b c" as state_1\n    [*] --> a\n    state_1 --> [*]\n')
    assert mermaid(machine("a: initial\nb: final\nstart --make--> a\na --x--> b\na --y--> b\na --z--> a")) == (
        "stateDiagram-v2\n    [*] --> a: make\n    a --> b: x, y\n    b --> [*]\n"
    )
    assert "a --> a: go, end" in mermaid(document, loops=True)


def test_a_machine_is_drawn_for_graphviz() -> None:
    document = machine('a: initial waiting\nq"t: final\nstart --make--> a\na --x--> a')
    assert dot(document, loops=True) == (
        'digraph "m" {\n'
        "  rankdir=LR;\n"
        "  node [shape=box, style=rounded];\n"
        '  "a" [style="rounded,dashed"];\n'
        '  "q\\"t" [peripheries=2];\n'
        '  "start" [shape=point];\n'
        '  "start" -> "a" [label="make"];\n'
        '  "a" -> "a" [label="x"];\n'
        "}\n"
    )
