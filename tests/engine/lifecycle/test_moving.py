"""Does a new lifecycle leave no order behind, and move none to where it does not belong?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.documents.model import Moved, OrdersDocument
from engine.lifecycle.moving import left_behind
from tests.engine.lifecycle.machines import HERE, machine
from tests.engine.lifecycle.rulesets import HEAD, read_orders_text

OLD = """
pending: initial
packing
sent: final
cancelled: final
start --place--> pending by customer: reserve_stock
pending --pack--> packing by staff: commit_stock
pending --cancel--> cancelled by staff: release_stock
packing --send--> sent by staff
"""
NEW = OLD.replace("packing", "ready")


def moving(**moved: str) -> OrdersDocument:
    return replace(machine(NEW), moved=tuple(Moved(state=old, target=new, span=HERE) for old, new in moved.items()))


def said(new: OrdersDocument, **orders: int) -> list[tuple[str, str]]:
    return [(found.code, found.message) for found in left_behind(machine(OLD), new, orders)]


def test_orders_in_states_that_stay_are_no_matter() -> None:
    assert said(machine(NEW), pending=3, sent=2) == []
    assert said(machine(NEW), packing=0) == []


@pytest.mark.parametrize(("count", "whose"), [(1, "1 order of the shop is"), (12, "12 orders of the shop are")])
def test_orders_in_a_state_that_is_gone_are_counted(count: int, whose: str) -> None:
    assert said(machine(NEW), packing=count) == [
        ("RS531", f"{whose} in 'packing', which version 1 does not have"),
    ]
    (found,) = left_behind(machine(OLD), machine(NEW), {"packing": count})
    assert found.severity == "error"
    assert found.hint == "say where they go on: moved: {packing: pending}"


def test_orders_that_go_on_with_the_same_settled_are_welcome() -> None:
    assert said(moving(packing="ready"), packing=5) == []


def test_orders_that_go_on_where_other_things_are_settled_are_named() -> None:
    assert said(moving(packing="pending"), packing=5) == [
        ("RS532", "an order in 'packing' can have stock committed; no order gets into 'pending' like that")
    ]
    assert said(moving(packing="pending")) == [], "there is no such order"


BODY = """
states: {pending: {initial: true}, paid: {final: true}}
transitions: [{on: pay, from: pending, to: paid, by: [system]}]
"""


@pytest.mark.parametrize(
    ("moved", "code"),
    [("{packing: paid}", None), ("{paid: pending}", "RS509"), ("{packing: payd}", "RS503"), ("{start: paid}", "RS509")],
)
def test_orders_are_moved_from_states_that_are_gone_to_states_that_exist(moved: str, code: str | None) -> None:
    document, findings, _ = read_orders_text(f"{HEAD}{BODY}moved: {moved}\n")
    assert [found.code for found in findings] == ([] if code is None else [code])
    if code is None:
        assert document is not None
        assert [(each.state, each.target) for each in document.moved] == [("packing", "paid")]
