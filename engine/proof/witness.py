"""How is a cart of a counterexample written down, so that it can be pasted into a case and decided again?"""

from __future__ import annotations

from collections.abc import Mapping

from engine.facts.cart import Cart
from engine.facts.cart_plain import Written, cart_as_plain
from engine.facts.vocabulary import Vocabulary
from engine.text.flow import flow


def given_lines(plain: Mapping[str, Written], indent: int = 0) -> list[str]:
    """YAML, one line for each key and each line of the cart, under `given:`; `plain` as `cart_as_plain` gives it."""
    lines = ["given:"]
    for name, value in _shortened(plain).items():
        if name == "lines" and isinstance(value, list):
            lines += ["  lines:", *(f"    - {flow(line)}" for line in value)]
        else:
            lines.append(f"  {name}: {flow(value)}")
    return [" " * indent + line for line in lines]


def given_on_a_line(cart: Cart, vocabulary: Vocabulary) -> str:
    """The same on one line: `given: {…}`."""
    return f"given: {flow(_shortened(cart_as_plain(cart, vocabulary)))}"


def _shortened(plain: Mapping[str, Written]) -> dict[str, Written]:
    """Without what a scenario reads into it anyway."""
    return {name: value for name, value in plain.items() if value != {} and value != []}
