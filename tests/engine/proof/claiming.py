"""Books with claims for tests of proofs, and carts to hold every verdict against."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import product

from hypothesis import strategies as st
from msgspec.structs import replace

from engine.documents.model import Claim, Invariant
from engine.facts.cart import Cart, Line
from engine.hunt.search import hunted_carts
from engine.pipeline import compile_book
from engine.proof.holds import Contradiction, Judge
from engine.runtime.book import Book
from engine.text.source import Span
from tests.engine.runtime.books import Body, book, cart, documents, vocabulary
from tests.engine.runtime.generated import CURRENCIES, Draw, carts
from tests.engine.runtime.generated_goods import CODES, checkouts, coupons, pricings, promotions, taxes
from tests.engine.runtime.generated_shipping import METHODS, shippings

AT = Span("rules.yaml", 3, 5, 3, 9)


def claim(made: Claim, **message: str) -> Invariant:
    """An invariant that claims this of every cart."""
    return Invariant(id="claim", claim=made, message=message, span=AT)


def claiming(kind: str, text: str, **bodies: Body) -> tuple[Book, Invariant]:
    """The book of some rulesets, and the one claim (`- {…}`) that is added to the ruleset of the kind."""
    found = bodies[kind]
    assert isinstance(found, str)
    made = book(**{**bodies, kind: f"{found}\ninvariants:\n  - {text}\n"})
    (invariant,) = made.documents[kind].invariants
    return made, invariant


@st.composite
def some_books(draw: Draw[object]) -> tuple[Book, Cart]:
    """A book of some kinds of rulesets, and a cart. Fewer rules than whole books have, so that more can be proved."""
    currency = draw(st.sampled_from(CURRENCIES))
    kinds = {
        "pricing": pricings(currency),
        "promotions": promotions(currency, shipping=True, methods=METHODS),
        "coupons": coupons(currency, methods=METHODS),
        "shipping": shippings(currency),
        "tax": taxes(currency),
        "checkout": checkouts(currency),
    }
    chosen = draw(st.lists(st.sampled_from(sorted(kinds)), min_size=1, max_size=3, unique=True))
    bodies: Mapping[str, Body] = {kind: draw(kinds[kind]) for kind in chosen}
    made = compile_book(documents(bodies, currency), currency, vocabulary())
    asked: Body = draw(carts(currency, CODES, METHODS))
    return made, cart(asked, currency)


def some_carts(made: Book, first: Cart, most: int = 12) -> list[Cart]:
    """Small carts near the first, and carts the hunter makes of the book."""
    return [*small_carts(first), *hunted_carts((made,), most=most, first=[first])]


def contradictions(made: Book, invariant: Invariant, carts: Iterable[Cart]) -> Iterator[Contradiction]:
    """What contradicts the claim among these carts and their partners."""
    judge = Judge(made, invariant)
    return (found for each in carts for found in judge.from_cart(each))


def small_carts(like: Cart) -> Iterator[Cart]:
    """Carts of one or two lines like the first of the cart: few units, and prices that round either way."""
    if not like.lines:
        return
    line = like.lines[0]
    for price, quantity, weight in product((0, 1, 3, 5), (1, 3), (None, 100)):
        yield replace(like, lines=(_line(line, "L1", price, quantity, weight),))
    for prices in product((1, 999), repeat=2):
        lines = tuple(_line(line, f"L{number}", price, 1, 99 * number) for number, price in enumerate(prices, 1))
        yield replace(like, lines=lines)


def _line(line: Line, name: str, price: int, quantity: int, weight: int | None) -> Line:
    facts = {key: value for key, value in line.facts.items() if key != "line.weight_g"}
    facts |= {"line.list_price": price, "line.quantity": quantity}
    if weight is not None:
        facts["line.weight_g"] = weight
    return replace(line, id=name, list_price=price, quantity=quantity, weight_g=weight, facts=facts)
