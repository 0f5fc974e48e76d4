"""Does the model check find each fault of a lifecycle, with the shortest path, and nothing in a sound one?"""

from dataclasses import replace

import pytest

from engine.lifecycle.model_check import model_check
from engine.text.codes import find
from engine.text.diagnostics import render
from tests.engine.lifecycle.machines import machine
from tests.engine.lifecycle.rulesets import HEAD, read_orders_text

SOUND = """
pending: initial waiting timer=give_up
paid
delivered: final
cancelled: final
start --place--> pending by customer: reserve_stock, hold_coupon
pending --payment_succeeded--> paid: commit_stock, consume_coupon
pending --give_up--> cancelled: release_stock, release_coupon
paid --cancel--> cancelled by staff: restock, return_coupon, refund_payment
paid --deliver--> delivered by staff
cancelled --payment_succeeded--> cancelled: refund_payment
"""


def codes(text: str) -> list[str]:
    return sorted({finding.code for finding in model_check(machine(text))})


def witness(text: str, code: str) -> str:
    return next(finding.witness for finding in model_check(machine(text)) if finding.code == code)


def test_a_sound_machine_has_no_findings() -> None:
    assert model_check(machine(SOUND)) == []


def without(line: str) -> str:
    assert line in SOUND
    return SOUND.replace(line + "\n", "")


def changed(before: str, after: str) -> str:
    assert before in SOUND
    return SOUND.replace(before, after)


@pytest.mark.parametrize(
    ("text", "code", "path"),
    [
        (
            changed("cancelled: release_stock, release_coupon", "cancelled: release_coupon"),
            "RS520",
            "start --place--> pending --give_up--> cancelled",
        ),
        (
            changed("cancelled: release_stock, release_coupon", "cancelled: release_stock"),
            "RS522",
            "start --place--> pending --give_up--> cancelled",
        ),
        (
            changed("restock, return_coupon, refund_payment", "restock, return_coupon"),
            "RS524",
            "start --place--> pending --payment_succeeded--> paid --cancel--> cancelled",
        ),
        (
            changed("restock, return_coupon, refund_payment", "return_coupon, refund_payment"),
            "RS527",
            "start --place--> pending --payment_succeeded--> paid --cancel--> cancelled",
        ),
        (
            changed("restock, return_coupon", "release_stock, return_coupon"),
            "RS521",
            "start --place--> pending --payment_succeeded--> paid --cancel--> cancelled",
        ),
        (
            changed("restock, return_coupon", "restock, release_coupon"),
            "RS523",
            "start --place--> pending --payment_succeeded--> paid --cancel--> cancelled",
        ),
        (
            changed(
                "pending --give_up--> cancelled: release_stock",
                "pending --give_up--> cancelled: refund_payment, release_stock",
            ),
            "RS525",
            "start --place--> pending --give_up--> cancelled",
        ),
        (
            without("cancelled --payment_succeeded--> cancelled: refund_payment"),
            "RS526",
            "start --place--> pending --give_up--> cancelled",
        ),
    ],
)
def test_a_planted_settlement_fault_is_found_alone_with_its_shortest_path(text: str, code: str, path: str) -> None:
    findings = model_check(machine(text))
    assert [(finding.code, finding.witness) for finding in findings] == [(code, path)]
    assert findings[0].hint


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (changed("pending: initial waiting", "pending: waiting"), ["RS501"]),
        (changed("paid\n", "paid: initial\n"), ["RS502"]),
        (changed("paid --deliver--> delivered", "paid --deliver--> delivred"), ["RS503", "RS510"]),
        (changed("timer=give_up", "timer=give_in"), ["RS505", "RS512"]),
        (changed("pending --give_up--> cancelled", "pending --give_up--> cancelled by staff"), ["RS505", "RS512"]),
        (SOUND + "paid --x--> paid: free_stock", ["RS506"]),
        (changed("start --place--> pending", "start --place--> paid"), ["RS508"]),
        (without("paid --deliver--> delivered by staff"), ["RS510"]),
        (changed("delivered: final", "delivered"), ["RS511"]),
        (changed("waiting timer=give_up", "waiting"), ["RS512"]),
        (changed("pending --give_up--> cancelled", "pending --give_up [held]--> cancelled"), ["RS512"]),
        (SOUND + "delivered --reopen--> paid by staff", ["RS513"]),
        (SOUND + "delivered --remark--> delivered by staff", []),
        (changed("delivered: final", "delivered: final=settled") + "delivered --reopen--> paid by staff", []),
    ],
)
def test_a_planted_structural_fault_is_found(text: str, expected: list[str]) -> None:
    assert codes(text) == expected


def test_orders_that_go_round_for_ever_are_found() -> None:
    text = """
    a: initial
    b
    c
    done: final
    a --go--> b
    b --on--> c
    c --back--> b
    a --end--> done
    """
    (finding,) = model_check(machine(text))
    assert (finding.code, finding.witness) == ("RS517", "a --go--> b")
    assert "'b', 'c'" in finding.message


def test_a_machine_without_a_final_state_is_found() -> None:
    assert codes("a: initial\nb\na --go--> b\nb --back--> a") == ["RS517"]


def test_the_end_of_a_state_may_depend_on_what_happened_to_the_money() -> None:
    text = """
    pending: initial
    cancelled: final=unpaid
    pending --payment_succeeded--> pending
    pending --cancel--> cancelled
    cancelled --payment_succeeded--> cancelled: refund_payment
    """
    findings = model_check(machine(text))
    assert [finding.code for finding in findings] == ["RS517", "RS525"]
    assert "money captured" in findings[0].message


def test_a_guard_on_captured_money_separates_paid_from_unpaid_orders() -> None:
    text = """
    pending: initial
    paid
    cancelled: final
    pending --payment_succeeded--> paid
    pending, paid --cancel [unpaid]--> cancelled
    pending, paid --cancel [captured]--> cancelled: refund_payment
    cancelled --payment_succeeded--> cancelled: refund_payment
    """
    assert codes(text) == []


def test_a_settled_refund_counts_as_a_refund() -> None:
    text = """
    paid: initial
    returned
    refunded: final
    start --payment_succeeded--> paid
    paid --send_back--> returned
    returned --refund_settled [settled]--> refunded
    returned --refund_settled--> returned
    """
    assert codes(text) == []


def test_a_partial_refund_may_be_repeated_but_not_before_a_payment() -> None:
    text = """
    pending: initial
    paid: final
    pending --payment_succeeded--> paid
    paid --some_back--> paid: refund_payment=part, restock=part
    start --place--> pending: reserve_stock, commit_stock
    """
    assert codes(text) == []
    assert codes(text + "pending --early--> pending: refund_payment=part") == ["RS525"]


def test_refunding_everything_twice_is_found_on_the_second_step() -> None:
    text = """
    pending: initial
    paid: final
    pending --payment_succeeded--> paid
    paid --give_back--> paid: refund_payment
    """
    assert witness(text, "RS525") == ("pending --payment_succeeded--> paid --give_back--> paid --give_back--> paid")


def test_stock_may_be_reserved_again_after_it_was_released() -> None:
    text = """
    pending: initial
    failed: sale
    paid: final
    start --place--> pending: reserve_stock
    pending --fail--> failed: release_stock
    failed --retry--> pending: reserve_stock
    pending --ship--> paid: commit_stock
    """
    assert codes(text) == []


def test_a_state_may_say_that_its_money_is_kept() -> None:
    text = """
    paid: initial
    cancelled: final {}
    start --payment_succeeded--> paid
    paid --cancel_late--> cancelled
    """
    assert codes(text.replace("{}", "")) == ["RS524"]
    assert codes(text.replace("{}", "sale")) == []


def test_a_second_payment_is_captured_twice_unless_it_gives_itself_back() -> None:
    text = "pending: initial\npaid: final\npending --payment_succeeded--> paid\npaid --payment_succeeded--> paid"
    assert codes(text) == ["RS525"]
    assert codes(f"{text}: refund_payment") == []


def test_a_path_through_a_guard_says_what_it_assumes() -> None:
    text = """
    pending: initial
    cancelled: final
    start --place--> pending: reserve_stock
    pending --cancel [held]--> cancelled
    pending --cancel [free]--> cancelled: release_stock
    """
    (finding,) = model_check(machine(text))
    assert finding.witness == "start --place--> pending --cancel [when]--> cancelled"
    assert [related.message for related in finding.related] == ["this guard is taken as possibly true"]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("a --x [large]--> b\na --x [held]--> c", ["RS514"]),
        ("a --x [large]--> b by staff\na --x [held]--> c by admin", []),
        ("a --x [held]--> b\na --x [free]--> c", []),
        ("a --x [huge]--> b\na --x [large]--> c", []),
        ("a --x [large]--> b\na --x [huge]--> c", ["RS515"]),
        ("a --x [held]--> b\na --x--> c", []),
        ("a --x--> b\na --x [held]--> c", ["RS515"]),
        ("a --x--> b by staff\na --x--> c by staff, admin", []),
        ("a --x [large]--> b\na --x [held]--> b", []),
        ("a --x [never]--> b\na --x [held]--> c", []),  # the lints tell of the guard
    ],
)
def test_competing_transitions(lines: str, expected: list[str]) -> None:
    text = f"a: initial\nb: final\nc: final\n{lines}\na --y--> b\na --z--> c"
    assert codes(text) == expected


def test_every_code_that_is_reported_has_a_page_and_its_severity() -> None:
    for text in (SOUND.replace("final", ""), SOUND.replace("restock", "release_stock")):
        for finding in model_check(machine(text)):
            page = find(finding.code)
            assert page is not None
            assert finding.severity == page.severity


def test_unknown_roles_are_named_with_a_suggestion() -> None:
    document = replace(machine(SOUND), roles=("customer", "stuff"))
    (finding, _) = model_check(document)
    assert (finding.code, finding.message) == ("RS504", "there is no role 'staff'")
    assert finding.hint == "did you mean 'stuff'?"


def test_a_very_long_path_is_shortened_in_the_middle() -> None:
    states = "\n".join(f"s{number}" for number in range(1, 30))
    steps = "\n".join(f"s{number} --next--> s{number + 1}" for number in range(29))
    (finding,) = model_check(machine(f"s0: initial\n{states}\n{steps}\nend: final\ns0 --stop--> end"))
    assert finding.code == "RS511"
    assert "17 more" in finding.witness


def test_a_finding_shows_an_author_the_place_the_path_and_the_way_out() -> None:
    body = (
        "states:\n"
        "  pending: {initial: true}\n"
        "  cancelled: {final: true}\n"
        "transitions:\n"
        "  - {on: place, from: start, to: pending, by: [customer], do: [reserve_stock]}\n"
        "  - on: cancel\n"
        "    from: pending\n"
        "    to: cancelled\n"
        "    by: [staff]\n"
        "    when: {order.held: true}\n"
        "    do: [commit_stock, release_stock]\n"
    )
    document, findings, source = read_orders_text(HEAD + body)
    assert document is not None, findings
    (finding,) = model_check(document)
    assert render(finding, {source.name: source}) == (
        "error[RS521]: release_stock where stock is already committed\n"
        "  --> t.yaml:15:24\n"
        "   |\n"
        "15 |     do: [commit_stock, release_stock]\n"
        "   |                        ^^^^^^^^^^^^^\n"
        "  --> t.yaml:14:11: this guard is taken as possibly true\n"
        "   |\n"
        "14 |     when: {order.held: true}\n"
        "   |           ^^^^^^^^^^^^^^^^^^\n"
        "   = hint: release only what is reserved; committed stock comes back with restock; where it depends on the "
        "state before, write one transition for each source\n"
        "   = witness: start --place--> pending --cancel [when]--> cancelled"
    )


def test_a_machine_with_more_ways_than_can_be_followed_says_so() -> None:
    names = [f"s{number}" for number in range(145)]
    steps = [f"{', '.join(names)} --go_{name}--> {name}" for name in names[1:]]
    states = ["s0: initial", *names[1:], "lost: final"]
    found = [finding.code for finding in model_check(machine("\n".join([*states, *steps])))]
    assert "RS530" in found
    assert "RS510" not in found
