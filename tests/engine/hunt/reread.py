"""Is a cart one that a scenario reader makes?"""

from __future__ import annotations

import json

from engine.facts.cart import Cart
from engine.facts.cart_plain import cart_as_plain
from engine.facts.scenario import ScenarioContext, read_scenario
from engine.facts.vocabulary import Vocabulary
from engine.text.load import load
from engine.text.source import Source


def read_again(cart: Cart, vocabulary: Vocabulary) -> Cart:
    """The cart after it has been written as a scenario and read."""
    node = load(Source("cart", json.dumps(cart_as_plain(cart, vocabulary)))).node
    assert node is not None
    scenario, faults = read_scenario(node, ScenarioContext(vocabulary=vocabulary))
    assert scenario is not None, [f"{fault.message} ({fault.hint})" for fault in faults]
    return scenario.cart
