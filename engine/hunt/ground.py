"""What does a hunt know of its books before it starts: their aims, the values worth trying, where carts plainly lie?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import chain

from engine.boxes.box import Box, subtract
from engine.boxes.values import ValueSet
from engine.documents.model import CheckoutDocument, ShippingDocument
from engine.facts.cart import Cart, Key
from engine.facts.vocabulary import Vocabulary
from engine.hunt.aim import PLAIN_PRICE, Aim, boxes_within
from engine.hunt.aims import aims_of
from engine.hunt.carts import Maker
from engine.hunt.space import Space
from engine.hunt.wish import Wish, together
from engine.runtime.book import Book

MOST_ZONES = 64
"""Zones that carts are sent to; more of them are reached only where rules name their places."""

_MOST_PIECES = 16


class Ground:
    """Aims of all books, each rule once unless the books differ in it, with the position of its book.

    The first `likely` of them are the rules one asked about, and those in which the books differ. `makers` are those of
    each book, one for each zone, or one alone.
    """

    def __init__(self, books: Sequence[Book], about: Collection[str] = ()) -> None:
        self.books = tuple(books)
        self.aims, self.likely = _likeliest_first(books, about)
        self.space = Space((aim for aim, _ in self.aims), vocabulary_of(books))
        zones = _zones(books) or [("", Box())]
        required = Box(_required(books))
        price = max(PLAIN_PRICE, *_minimum_orders(books))
        self._place_of = {zone: place for place, (zone, _) in reversed([*enumerate(zones)])}
        self.makers = [[Maker(book, self.space, together(box, required), price) for _, box in zones] for book in books]

    def cart(self, wish: Wish, book: int = 0) -> Cart | None:
        """A cart near the wish, in the zone it wishes for, else in the first; see `Maker.cart`."""
        zone = wish.zone
        wanted = wish.forced.get("shipping.zone") or wish.box["shipping.zone"]
        if "shipping.zone" in wish.box or "shipping.zone" in wish.forced:
            zone = next((each for each in self._place_of if _is_wanted(each, wanted)), zone)
        return self.makers[book][self._place_of.get(zone, 0)].cart(wish)


def _is_wanted(zone: str, wanted: Key | ValueSet) -> bool:
    return wanted.contains(zone) if isinstance(wanted, ValueSet) else wanted == zone


def vocabulary_of(books: Sequence[Book]) -> Vocabulary:
    """All facts the books know."""
    known = [book.vocabulary for book in books if book.vocabulary is not None]
    facts = {name: fact for vocabulary in reversed(known) for name, fact in vocabulary.facts.items()}
    for document in chain.from_iterable(book.documents.values() for book in books):
        facts = {**document.attributes, **facts}
    return Vocabulary("hunt", 1, facts)


def _likeliest_first(books: Sequence[Book], about: Collection[str]) -> tuple[list[tuple[Aim, int]], int]:
    """Every aim once, with the position of the first book that has it, and how many of them are the likely ones.

    Those of rules in `about` come first, then those in which the books differ.
    """
    holders: dict[object, set[int]] = {}
    found: list[tuple[object, Aim, int]] = []
    for number, book in enumerate(books):
        for kind in sorted(book.documents):
            for aim in aims_of(book.documents[kind]):
                identity = aim.identity()
                if identity not in holders:
                    found.append((identity, aim, number))
                holders.setdefault(identity, set()).add(number)
    ranked = [(aim.rule not in about, len(holders[key]) == len(books), aim, number) for key, aim, number in found]
    ranked.sort(key=lambda each: each[:2])
    likely = sum(not (other and alike) for other, alike, _, _ in ranked)
    return [(aim, number) for _, _, aim, number in ranked], likely


def _minimum_orders(books: Sequence[Book]) -> list[int]:
    checkouts = (book.documents.get("checkout") for book in books)
    minimums = (each.minimum_order for each in checkouts if isinstance(each, CheckoutDocument))
    return [0, *(minimum.amount for minimum in minimums if minimum is not None)]


def _required(books: Sequence[Book]) -> dict[str, ValueSet]:
    """The facts without which nothing becomes an order."""
    checkouts = (book.documents.get("checkout") for book in books)
    return {
        fact: ValueSet.known()
        for checkout in checkouts
        if isinstance(checkout, CheckoutDocument)
        for fact, _ in checkout.required
    }


def _zones(books: Sequence[Book]) -> list[tuple[str, Box]]:
    """The first zones with a destination in each that lies in no zone before it, if there is one."""
    found: dict[tuple[str, Box], None] = {}
    for book in books:
        shipping = book.documents.get("shipping")
        earlier: list[Box] = []
        for zone in shipping.zones[:MOST_ZONES] if isinstance(shipping, ShippingDocument) else ():
            boxes = boxes_within(zone.window, zone.where)
            for box in (_outside(boxes, earlier) or [*boxes])[:1]:
                found[(zone.id, box)] = None
            earlier += boxes
    return list(found)


def _outside(boxes: Iterable[Box], earlier: Sequence[Box]) -> list[Box]:
    """What of the boxes lies in none of the earlier ones, as far as some pieces tell."""
    pieces = list(boxes)
    for other in earlier:
        pieces = [left for piece in pieces for left in subtract(piece, other)][:_MOST_PIECES]
    return pieces
