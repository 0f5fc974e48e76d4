"""Where does a rule stand in each of two books, and does it say the same in both?

Places and texts shown to people do not count, nor does what a rule is not made of: a rule that says the same but now
meets other prices has not changed. The settings of a ruleset (its lanes, its zones, what it rounds) belong to each of
its rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Final, NamedTuple

from engine.documents.model import (
    AnyDocument,
    CheckoutDocument,
    Coupon,
    CouponsDocument,
    PriceRule,
    PricingDocument,
    Promotion,
    PromotionsDocument,
    ShippingDocument,
    TaxDocument,
    TaxRate,
)
from engine.runtime.book import Book
from engine.text.source import Span

_TEXTS: Final = frozenset({"message", "name", "summary"})
_NO_SETTINGS: Final = frozenset(
    {"head", "attributes", "aggregates", "cases", "allow", "rules", "coupons", "methods", "rates", "refusals", "guard"}
)


class Standing(NamedTuple):
    """A rule in two books: `file:line:column` in each, empty where it is not, and whether it differs."""

    at_before: str
    at_after: str
    changed: bool


class Rules:
    """The rules of two books, looked up by kind and id. Only what is asked for is compared, and that once."""

    def __init__(self, before: Book, after: Book) -> None:
        self._before = before
        self._after = after
        self._known: dict[tuple[str, str], Standing] = {}
        self._settings: dict[str, bool] = {}

    def standing(self, kind: str, rule: str) -> Standing:
        """How a rule that posted something stands in each book."""
        found = self._known.get((kind, rule))
        if found is None:
            found = self._known[kind, rule] = self._compared(kind, rule)
        return found

    def _compared(self, kind: str, rule: str) -> Standing:
        before, after = self._before.documents.get(kind), self._after.documents.get(kind)
        old, new = _part(before, rule), _part(after, rule)
        changed = old is None or new is None or not self._same_settings(kind) or not same_content(old.said, new.said)
        return Standing("" if old is None else str(old.span), "" if new is None else str(new.span), changed)

    def _same_settings(self, kind: str) -> bool:
        if kind not in self._settings:
            before, after = self._before.documents.get(kind), self._after.documents.get(kind)
            self._settings[kind] = before is not None and after is not None and _same_settings(before, after)
        return self._settings[kind]


def same_content(one: object, other: object) -> bool:
    """Whether two parts of documents say the same, wherever they stand and whatever is told to people about them."""
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if isinstance(one, Span):
        return True
    if is_dataclass(one):
        names = [field.name for field in fields(one) if field.name not in _TEXTS]
        return all(same_content(getattr(one, name), getattr(other, name)) for name in names)
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same_content(one[key], other[key]) for key in one)
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(same_content, one, other))
    return one == other


class _Part(NamedTuple):
    span: Span
    said: object


def _part(document: AnyDocument | None, rule: str) -> _Part | None:
    """What a posting calls by this name in a ruleset."""
    if isinstance(document, PricingDocument):
        guard = _Part(document.guard.span or document.head.span, document.guard)
        return guard if rule == "guard" else _rule(document.rules, rule)
    if isinstance(document, PromotionsDocument):
        return _rule(document.rules, rule)
    if isinstance(document, CouponsDocument):
        return _rule(document.coupons, rule)
    if isinstance(document, ShippingDocument):
        return _method(document, rule)
    if isinstance(document, TaxDocument):
        return _rule(document.rates, rule)
    if isinstance(document, CheckoutDocument) and rule == "cash_rounding":
        said = (document.cash_rounding, document.cash_rounding_methods)
        return _Part(document.cash_rounding_span or document.head.span, said)
    return None


def _rule(rules: Iterable[PriceRule | Promotion | Coupon | TaxRate], wanted: str) -> _Part | None:
    return next((_Part(rule.span, rule) for rule in rules if rule.id == wanted), None)


def _method(document: ShippingDocument, rule: str) -> _Part | None:
    """A method without its `free_from`, which posts under a name of its own."""
    for method in document.methods:
        if rule == method.id:
            return _Part(method.span, (method.rates, method.when, method.window))
        if rule == f"{method.id}.free_from" and method.free_from is not None:
            return _Part(method.free_from.span, method.free_from)
    return None


def _same_settings(before: AnyDocument, after: AnyDocument) -> bool:
    """Whether everything beside the rules says the same. For tax that includes which of two rates comes first."""
    if before.head.timezone != after.head.timezone or before.head.rounding != after.head.rounding:
        return False
    if isinstance(before, TaxDocument) and isinstance(after, TaxDocument) and not _same_order(before, after):
        return False
    names = [field.name for field in fields(before) if field.name not in _NO_SETTINGS]
    return all(same_content(getattr(before, name), getattr(after, name, None)) for name in names)


def _same_order(before: TaxDocument, after: TaxDocument) -> bool:
    old, new = [rate.id for rate in before.rates], [rate.id for rate in after.rates]
    return _only(old, new) == _only(new, old)


def _only(names: Sequence[str], others: Sequence[str]) -> list[str]:
    return [name for name in names if name in others]
