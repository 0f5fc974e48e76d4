"""What does the shop say to this customer? The text of a rule in their language, or the nearest there is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from engine.documents.model import (
    AnyDocument,
    CheckoutDocument,
    CouponsDocument,
    PricingDocument,
    PromotionsDocument,
    ShippingDocument,
    TaxDocument,
)

ENGLISH: Final = "en"
FREE_FROM: Final = ".free_from"
"""How the engine calls the free delivery of a method, which has no words of its own."""
Texts = Mapping[str, str]
"""A text by language tag."""


@dataclass(frozen=True, slots=True)
class Wording:
    """The messages of a book's rules and refusals, by kind of ruleset and rule."""

    of_rules: Mapping[tuple[str, str], Texts]

    def label(self, kind: str, rule: str, locale: str) -> str:
        """What customers call the rule; empty when its author gave it no words."""
        texts = self.of_rules.get((kind, rule))
        return "" if texts is None else in_language(texts, locale)

    def label_of_any(self, rule: str, locale: str) -> str:
        """The same for a rule of whatever kind of ruleset: the first that has words for it."""
        labels = (self.label(kind, rule, locale) for kind in ("promotions", "coupons", "shipping", "pricing"))
        return next(filter(None, labels), "")


def in_language(texts: Texts, locale: str) -> str:
    """The text in the locale, else in its language, else in English, else in any; empty when there is none.

    Tags compare without case, as RFC 4647 says.
    """
    if locale in texts:
        return texts[locale]
    tags = {tag.lower(): text for tag, text in texts.items()}
    language = _language(locale)
    same = (text for tag, text in tags.items() if _language(tag) == language)
    found = tags.get(locale.lower()) or tags.get(language) or next(same, None) or tags.get(ENGLISH)
    return found or next(iter(tags.values()), "")


def wording_of(documents: Mapping[str, AnyDocument]) -> Wording:
    """The messages of all rules that have one."""
    return Wording({key: texts for document in documents.values() for key, texts in _messages(document) if texts})


def _messages(document: AnyDocument) -> Iterator[tuple[tuple[str, str], Texts]]:
    match document:
        case PricingDocument() | PromotionsDocument():
            for rule in document.rules:
                yield (document.head.kind, rule.id), rule.message
        case CouponsDocument():
            for coupon in document.coupons:
                yield (document.head.kind, coupon.id), coupon.message
        case TaxDocument():
            for rate in document.rates:
                yield (document.head.kind, rate.id), rate.message
        case ShippingDocument():
            for refusal in document.refusals:
                yield (document.head.kind, refusal.id), refusal.message
            for method in document.methods:
                yield (document.head.kind, method.id), method.name
                yield (document.head.kind, f"{method.id}{FREE_FROM}"), method.name
        case CheckoutDocument():
            for refusal in document.refusals:
                yield (document.head.kind, refusal.id), refusal.message
        case _:
            return


def _language(tag: str) -> str:
    return tag.partition("-")[0].lower()
