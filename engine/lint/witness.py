"""How does a finding show a cart that was decided? As the `given:` of a scenario, on one line."""

from __future__ import annotations

from engine.facts.cart import Cart
from engine.facts.cart_plain import cart_as_plain
from engine.facts.vocabulary import Vocabulary
from engine.hunt.space import PLAIN_INSTANT
from engine.text.flow import flow


def given(cart: Cart, vocabulary: Vocabulary) -> str:
    """`{lines: [{id: L1, sku: …}]}`: YAML that can be tried. The currency, which is the document's, is left out, and so
    is the instant where nothing depends on it.
    """
    plain = cart_as_plain(cart, vocabulary)
    store = plain.get("store")
    if isinstance(store, dict):
        store.pop("currency", None)
    if not store:
        plain.pop("store")
    if cart.now == PLAIN_INSTANT:
        plain.pop("at", None)
    return flow(plain)
