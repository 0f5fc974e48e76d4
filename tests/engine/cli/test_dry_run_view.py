"""How a decision reads on the screen: hints, why, places."""

import pytest
from rich.console import Console

from engine.cli.dry_run_view import sentence
from engine.cli.place import Place
from engine.runtime.decision import Hint
from engine.runtime.shown import Shown

AT = "rules/shipping/v1.yaml:42:16"


@pytest.mark.parametrize(
    ("hint", "said"),
    [
        (
            Hint(
                "free_shipping",
                "standard.free_from",
                AT,
                add=320,
                saves=490,
                net=290,
                side_effects=("shipping price 9.90 → 11.90",),
            ),
            "add 3.20 → free shipping (standard.free_from) saves 4.90, net 2.90: shipping price 9.90 → 11.90",
        ),
        (
            Hint("discount", "ten", AT, add=100, line="L1", units=2, saves=500, net=500),
            "add 1.00, e.g. 2 more MUG (L1) → ten saves 5.00",
        ),
        (
            Hint("quantity", "three", AT, sku="SOCK", units=1, saves=500, net=700, side_effects=("gains a", "loses b")),
            "1 × SOCK → three saves 5.00, net 7.00: gains a, loses b",
        ),
        (
            Hint("tier", "dozen", AT, line="L1", units=6, saves=90, net=90),
            "6 more MUG (L1) → the next tier of dozen saves 0.90",
        ),
        (Hint("coupon", "welcome", AT, add=100, saves=50, net=50), "add 1.00 → coupon welcome saves 0.50"),
        (
            Hint("discount", "bag", AT, add=100, net=-20, gives={"TOTE": 2}),
            "add 1.00 → bag gives 2 × TOTE, net -0.20",
        ),
        (Hint("minimum_order", "minimum_order", AT, add=100), "add 1.00 → the smallest order is reached"),
    ],
)
def test_a_hint_says_what_to_add_what_it_brings_and_what_else_changes(hint: Hint, said: str) -> None:
    assert sentence(hint, Shown(None, "EUR"), {"L1": "MUG"}) == said


@pytest.mark.parametrize(
    ("width", "lines"),
    [
        (40, ["examples/uk/rules/tax/v1.yaml:8:1"]),
        (20, ["examples/uk/rules/", "tax/v1.yaml:8:1"]),
        (12, ["examples/uk/", "rules/tax/", "v1.yaml:8:1"]),
    ],
)
def test_a_place_is_broken_after_slashes(width: int, lines: list[str]) -> None:
    console = Console(width=width, color_system=None)
    with console.capture() as captured:
        console.print(Place("examples/uk/rules/tax/v1.yaml:8:1"))
    assert captured.get().splitlines() == lines
