"""A book of rulesets: the compiled programs a checkout is decided with, at most one per kind."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.documents.model import AnyDocument
from engine.facts.vocabulary import Vocabulary
from engine.runtime.checkout import CheckoutProgram
from engine.runtime.coupons import CouponsProgram
from engine.runtime.pricing import PricingProgram
from engine.runtime.promotion_program import PromotionsProgram
from engine.runtime.shipping_program import ShippingProgram
from engine.runtime.tax import TaxProgram


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """Immutable, shareable between threads, picklable for worker processes.

    A missing kind decides nothing: no pricing leaves list prices, no shipping offers no method, no tax adds none.
    `documents` are kept for explanations and hints; `rulesets` maps kind to the hash an order pins;
    `vocabulary` gives facts their types where values are shown.
    """

    currency: str
    pricing: PricingProgram | None = None
    promotions: PromotionsProgram | None = None
    coupons: CouponsProgram | None = None
    shipping: ShippingProgram | None = None
    tax: TaxProgram | None = None
    checkout: CheckoutProgram | None = None
    documents: dict[str, AnyDocument] = field(default_factory=dict)
    rulesets: dict[str, str] = field(default_factory=dict)
    vocabulary: Vocabulary | None = None

    @property
    def needs_tax(self) -> bool:
        """Whether somebody reads a sum with or without tax, which must then be told before shipping."""
        programs = (self.promotions, self.shipping, self.tax, self.checkout)
        return any(program is not None and program.needs_tax for program in programs)
