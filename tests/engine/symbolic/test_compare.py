"""Two books: the same for every cart, or a cart on which they differ."""

from __future__ import annotations

import pytest

from engine.symbolic.compare import never_more, same
from engine.symbolic.solve import Candidate, Proved
from tests.engine.runtime.books import Body, book

pytest.importorskip("z3")


def tenth_from(amount: str, cap: str | None = None) -> Body:
    then: dict[str, object] = {"percent_off": 10, "on": "order"}
    if cap:
        then["cap"] = cap
    when = {"subtotal.after_line_discounts": {"at_least": amount}}
    return {
        "lanes": [{"id": "one", "stage": "order", "pick": "all"}],
        "rules": [{"id": "tenth", "lane": "one", "when": when, "then": then}],
    }


def test_the_same_rules_in_two_books_are_proved_the_same() -> None:
    old, new = (book(promotions=tenth_from("100.00")) for _ in range(2))
    assert isinstance(same(old, new), Proved)


def test_a_threshold_moved_by_a_cent_is_found() -> None:
    answer = same(book(promotions=tenth_from("100.00")), book(promotions=tenth_from("100.01")))
    assert isinstance(answer, Candidate)
    assert answer.confirmed


def test_a_lower_threshold_never_charges_more_and_a_cap_does() -> None:
    old = book(promotions=tenth_from("100.00"))
    assert isinstance(never_more(old, book(promotions=tenth_from("50.00"))), Proved)
    answer = never_more(old, book(promotions=tenth_from("100.00", cap="40.00")))
    assert isinstance(answer, Candidate)
    assert answer.confirmed
