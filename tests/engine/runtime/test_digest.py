"""Does the digest of a decision change exactly when the decision does?"""

from __future__ import annotations

import pickle
from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from engine import digest, evaluate, from_json, to_json
from tests.engine.runtime.books import book, cart

RULES = {
    "promotions": {
        "lanes": [{"id": "order", "pick": "best"}],
        "rules": [
            {
                "id": "ten",
                "lane": "order",
                "when": {"subtotal.items": {"at_least": "20.00"}},
                "then": {"percent_off": 10, "on": "order"},
            }
        ],
    },
    "shipping": {"methods": [{"id": "post", "rate": {"flat": "4.90"}}]},
}
LINES = [{"id": f"L{n}", "sku": f"S{n}", "price": f"{n}.37", "quantity": n} for n in range(1, 6)]
DESTINATION = {"country": "DE", "postcode": "10115", "city": "Berlin"}


def digest_of(lines: object, destination: Mapping[str, str]) -> str:
    return digest(evaluate(book(**RULES), cart({"lines": lines, "destination": dict(destination)})))


@given(lines=st.permutations(LINES), keys=st.permutations(sorted(DESTINATION)))
def test_the_order_in_which_a_cart_was_filled_does_not_change_it(lines: list[object], keys: list[str]) -> None:
    assert digest_of(lines, {key: DESTINATION[key] for key in keys}) == digest_of(LINES, DESTINATION)


def test_a_cent_changes_it() -> None:
    dearer = [{**LINES[0], "price": "1.38"}, *LINES[1:]]
    assert digest_of(dearer, DESTINATION) != digest_of(LINES, DESTINATION)


def test_it_survives_json_and_pickle() -> None:
    decision = evaluate(book(**RULES), cart({"lines": LINES}))
    assert digest(from_json(to_json(decision))) == digest(pickle.loads(pickle.dumps(decision))) == digest(decision)
