"""Documents to a book: every kind compiled by its own file."""

from __future__ import annotations

from collections.abc import Mapping

from engine.compiler.checkout import compile_checkout
from engine.compiler.pricing import compile_pricing
from engine.compiler.promotions import compile_coupons, compile_promotions
from engine.compiler.shipping import compile_shipping
from engine.compiler.tax import compile_tax
from engine.documents.model import (
    AnyDocument,
    CheckoutDocument,
    CouponsDocument,
    PricingDocument,
    PromotionsDocument,
    ShippingDocument,
    TaxDocument,
)
from engine.facts.vocabulary import Vocabulary
from engine.runtime.book import Book


def compile_book(documents: Mapping[str, AnyDocument], currency: str, vocabulary: Vocabulary | None = None) -> Book:
    """Compile the documents (at most one per kind) for one currency; what takes no part in a
    checkout (`orders`, `access`) is kept, not compiled here.

    Documents must have been read for that currency and be free of errors.
    """
    pricing = promotions = coupons = shipping = tax = checkout = None
    for document in documents.values():
        match document:
            case PricingDocument():
                pricing = compile_pricing(document)
            case PromotionsDocument():
                promotions = compile_promotions(document)
            case CouponsDocument():
                coupons = compile_coupons(document)
            case ShippingDocument():
                shipping = compile_shipping(document)
            case TaxDocument():
                tax = compile_tax(document)
            case CheckoutDocument():
                checkout = compile_checkout(document)
            case _:
                pass  # lifecycles and access have their own compilers, in engine.lifecycle and engine.access
    return Book(
        currency=currency,
        pricing=pricing,
        promotions=promotions,
        coupons=coupons,
        shipping=shipping,
        tax=tax,
        checkout=checkout,
        documents=dict(documents),
        rulesets={document.head.kind: document.head.hash for document in documents.values()},
        vocabulary=vocabulary,
    )
