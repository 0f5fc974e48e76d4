"""A book of rulesets: the compiled programs a checkout is decided with, at most one per kind."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from engine.documents.model import AnyDocument
from engine.facts.vocabulary import Vocabulary
from engine.runtime.checkout import CheckoutProgram
from engine.runtime.coupons import CouponsProgram
from engine.runtime.pricing import PricingProgram
from engine.runtime.promotion_program import PromotionsProgram
from engine.runtime.shipping_program import ShippingProgram
from engine.runtime.tax_program import TaxProgram


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
        return self.reads_sum("gross") or self.reads_sum("net")

    def reads_sum(self, which: Literal["gross", "net"]) -> bool:
        """Whether some program reads the sum with tax (`gross`) or without it (`net`)."""
        programs = (self.promotions, self.shipping, self.tax, self.checkout)
        return any(program is not None and which in program.tax_sums for program in programs)
