"""What do the two books have in common, so that they can be held against each other? Names of facts, and boxes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TypeVar

from engine.compiler.conditions import rule_boxes
from engine.documents.conditions import Aggregate, Condition, facts_read
from engine.documents.effects import TieredPercent
from engine.documents.model import (
    ALWAYS_OPEN,
    AnyDocument,
    Bands,
    BaseStep,
    CheckoutDocument,
    CouponsDocument,
    Document,
    PercentRate,
    PriceRule,
    PricingDocument,
    Promotion,
    PromotionsDocument,
    ShippingDocument,
    Table,
    TaxDocument,
    Window,
)
from engine.equivalence.algebra import Algebra, Boxes, Names, Wheres
from engine.facts.vocabulary import Vocabulary
from engine.runtime.book import Book

T = TypeVar("T", bound=Document)
CHECKOUT_KINDS = ("pricing", "promotions", "coupons", "shipping", "tax", "checkout")


class Side:
    """One of the books: its documents by kind, its conditions as boxes over facts by their common names."""

    def __init__(self, book: Book, algebra: Algebra, names: dict[str, Names]) -> None:
        self.book = book
        self.algebra = algebra
        self._names = names
        self._boxes: dict[tuple[str, Window, tuple[int, ...]], Boxes] = {}

    @property
    def pricing(self) -> PricingDocument | None:
        """Its pricing ruleset."""
        return self._document(PricingDocument)

    @property
    def promotions(self) -> PromotionsDocument | None:
        """Its promotions ruleset."""
        return self._document(PromotionsDocument)

    @property
    def coupons(self) -> CouponsDocument | None:
        """Its coupons ruleset."""
        return self._document(CouponsDocument)

    @property
    def shipping(self) -> ShippingDocument | None:
        """Its shipping ruleset."""
        return self._document(ShippingDocument)

    @property
    def volumetric_divisor(self) -> int | None:
        """How many cm³ count as a kilogram; None: volume counts as no weight."""
        return None if self.shipping is None else self.shipping.volumetric_divisor

    @property
    def tax(self) -> TaxDocument | None:
        """Its tax ruleset."""
        return self._document(TaxDocument)

    @property
    def checkout(self) -> CheckoutDocument | None:
        """Its checkout ruleset."""
        return self._document(CheckoutDocument)

    def boxes(self, kind: str, window: Window, *conditions: Condition) -> Boxes:
        """The carts for which conditions of a ruleset hold, inside the window."""
        key = kind, window, tuple(map(id, conditions))  # the documents keep their conditions alive
        if key not in self._boxes:
            names = self._names.get(kind)
            found = rule_boxes(window, *conditions)
            self._boxes[key] = self.algebra.normal(found if names is None else names.rename(found))
        return self._boxes[key]

    def boxes_of(self, kind: str, condition: Condition) -> Boxes:
        """The carts for which one condition of a ruleset holds."""
        return self.boxes(kind, ALWAYS_OPEN, condition)

    def axis(self, kind: str, name: str) -> str:
        """What a fact is called in the comparison."""
        names = self._names.get(kind)
        return name if names is None else names.axis(name)

    def documents(self) -> Iterator[AnyDocument]:
        """The rulesets that decide a checkout."""
        return (self.book.documents[kind] for kind in CHECKOUT_KINDS if kind in self.book.documents)

    def facts_read(self) -> frozenset[str]:
        """Every fact some rule reads, in conditions, tiers, rates and thresholds."""
        return frozenset(chain.from_iterable(_facts_read(document) for document in self.documents()))

    def _document(self, kind: type[T]) -> T | None:
        return next((found for found in self.book.documents.values() if isinstance(found, kind)), None)


class Sides:
    """Both books."""

    def __init__(self, old: Book, new: Book) -> None:
        self.vocabulary = _vocabulary(old, new)
        self.aggregates = _aggregates(old, new)
        self.algebra = Algebra(self.vocabulary, self.aggregates)
        self.wheres = Wheres(self.algebra)
        known: dict[tuple[int, str], str] = {}
        names = [self._names(book, other, known) for book, other in ((old, new), (new, old))]
        self.old = Side(old, self.algebra, names[0])
        self.new = Side(new, self.algebra, names[1])

    @property
    def both(self) -> tuple[Side, Side]:
        """Old and new."""
        return self.old, self.new

    def reads(self, *facts: str) -> bool:
        """Whether some rule of either book reads one of the facts."""
        read = self.old.facts_read() | self.new.facts_read()
        return not read.isdisjoint(facts)

    def _names(self, book: Book, other: Book, known: dict[tuple[int, str], str]) -> dict[str, Names]:
        found: dict[str, Names] = {}
        for kind in sorted(book.documents):
            zone, elsewhere = book.documents[kind].head.timezone, other.documents.get(kind)
            differs = elsewhere is not None and elsewhere.head.timezone != zone
            unsettled = _unsettled(self.vocabulary) if kind == "tax" else frozenset()
            found[kind] = Names(self.wheres, known, zone if differs else "", unsettled)
            found[kind].learn(book.documents[kind].aggregates)
        return found


def _unsettled(vocabulary: Vocabulary) -> frozenset[str]:
    """Facts of lines, and facts that some stage makes."""
    return frozenset(name for name, fact in vocabulary.facts.items() if fact.scope == "line" or fact.stage != "request")


def _vocabulary(old: Book, new: Book) -> Vocabulary:
    known = new.vocabulary or old.vocabulary or Vocabulary("none", 0, {})
    for book in (old, new):
        for kind in sorted(book.documents):
            known = known.with_attributes(book.documents[kind].attributes)
    return known


def _aggregates(old: Book, new: Book) -> dict[str, Aggregate]:
    documents = (document for book in (new, old) for document in book.documents.values())
    return {axis: aggregate for document in documents for axis, aggregate in document.aggregates.items()}


def _facts_read(document: AnyDocument) -> Iterator[str]:
    for condition in conditions_of(document):
        yield from facts_read(condition)
    if isinstance(document, PromotionsDocument):
        yield from (rule.then.by for rule in document.rules if isinstance(rule.then, TieredPercent))
    if isinstance(document, CouponsDocument):
        yield from (coupon.then.by for coupon in document.coupons if isinstance(coupon.then, TieredPercent))
    if isinstance(document, CheckoutDocument) and document.minimum_order is not None:
        yield document.minimum_order.of
    if isinstance(document, ShippingDocument):
        yield from _priced_by(document)


def conditions_of(document: AnyDocument) -> Iterable[Condition]:
    """The conditions on the cart (of tax rates, on what is taxed) of a ruleset."""
    match document:
        case PricingDocument() | PromotionsDocument():
            return _whens(document.rules)
        case CouponsDocument():
            return [coupon.when for coupon in document.coupons]
        case ShippingDocument():
            return [
                *(zone.where for zone in document.zones),
                *(method.when for method in document.methods),
                *(refusal.when for refusal in document.refusals),
            ]
        case TaxDocument():
            return [*(rate.where for rate in document.rates), *(each.when for each in document.exemptions)]
        case CheckoutDocument():
            return [
                *(refusal.when for refusal in document.refusals),
                *(method.when for method in document.payment_methods),
            ]
        case _:
            return []


def _whens(rules: Iterable[PriceRule | Promotion]) -> list[Condition]:
    return [rule.when for rule in rules]


def read_by_shipping(document: ShippingDocument) -> Iterator[str]:
    """Every fact a shipping ruleset reads."""
    for condition in conditions_of(document):
        yield from facts_read(condition)
    yield from _priced_by(document)


def _priced_by(document: ShippingDocument) -> Iterator[str]:
    for method in document.methods:
        if method.free_from is not None:
            yield method.free_from.of
            if method.free_from.zones:
                yield "shipping.zone"
        for rate in method.rates.values():
            match rate:
                case Bands() | BaseStep():
                    yield rate.by
                case PercentRate():
                    yield rate.of
                case Table():
                    yield rate.by or ""
                    yield from (fact for row in rate.rows for fact in facts_read(row.where))
                case _:
                    pass
