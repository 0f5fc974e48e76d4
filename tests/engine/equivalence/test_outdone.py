"""A rule that another one always outdoes, on both sides, makes no difference; one that it does not outdo does."""

from __future__ import annotations

import pytest

from engine.equivalence import Limits, compare_books
from tests.engine.equivalence.test_compare_books import on_category, promotions, ten_off

QUICK = Limits(carts=100, solver=False)


@pytest.mark.parametrize(
    ("weaker", "status"),
    [
        (ten_off("200.00", 5, id="weak"), "same"),
        (ten_off("50.00", 5, id="weak"), "different"),
        (ten_off("200.00", 11, id="weak"), "different"),
        (ten_off("200.00", then={"percent_off": 5, "on": "order", "cap": "3.00"}, id="weak"), "same"),
        (ten_off("200.00", then={"amount_off": "5.00", "on": "order"}, id="weak"), "not_decided"),
    ],
)
def test_a_weaker_promotion_on_the_order(weaker: dict[str, object], status: str) -> None:
    found = compare_books(promotions(ten_off("100.00"), weaker), promotions(ten_off("100.00")), QUICK)
    assert found.status == status


def test_a_weaker_promotion_on_lines() -> None:
    lanes = {"lanes": [{"id": "goods", "pick": "best", "stage": "lines"}]}
    strong, weak = on_category("strong", "a", 10), on_category("weak", "a/b", 9)
    assert compare_books(promotions(strong, weak, lanes=lanes), promotions(strong, lanes=lanes)).status == "same"
    wide = on_category("weak", ["a", "b"], 9)
    found = compare_books(promotions(strong, wide, lanes=lanes), promotions(strong, lanes=lanes), QUICK)
    assert [region.facts for region in found.regions] == [("line.category under b",)]
