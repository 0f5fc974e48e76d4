"""The typed documents, one file per ruleset kind: what a ruleset says once it has been read.

Every value that can be blamed carries the span it came from. Lists keep document order; whether that order means
anything is said per kind. All classes are immutable (maps are never written to) and picklable.
"""

from __future__ import annotations

from engine.documents.model.access import (
    AccessDocument,
    AmountLimit,
    Guard,
    Period,
    Permission,
    PublishPolicy,
    Role,
)
from engine.documents.model.checkout import CheckoutDocument, MinimumOrder, PaymentMethod
from engine.documents.model.common import (
    ALWAYS_OPEN,
    UNLIMITED,
    Allowance,
    Document,
    Head,
    Kind,
    Limits,
    Refusal,
    Window,
)
from engine.documents.model.coupons import Coupon, CouponsDocument
from engine.documents.model.invariants import (
    Adding,
    Bound,
    Claim,
    Growing,
    Invariant,
    Measured,
    Monotone,
    NeverMore,
    Splitting,
)
from engine.documents.model.inventory import InventoryDocument
from engine.documents.model.notifications import NotificationsDocument
from engine.documents.model.orders import (
    ACTIONS,
    PART,
    START,
    SYSTEM,
    Action,
    Moved,
    OrdersDocument,
    RefundPolicy,
    State,
    Timeout,
    Transition,
)
from engine.documents.model.pricing import GuardRails, PriceRule, PriceTier, PricingDocument
from engine.documents.model.promotions import Lane, LaneStage, Promotion, PromotionsDocument
from engine.documents.model.referrals import (
    Give,
    InviteGuard,
    Milestone,
    Qualifying,
    ReferralsDocument,
    Reversing,
    Reward,
)
from engine.documents.model.shipping import (
    Band,
    Bands,
    BaseStep,
    Flat,
    FreeFrom,
    Method,
    PercentRate,
    PerItem,
    Rate,
    ShippingDocument,
    Step,
    Table,
    TableRow,
    Zone,
)
from engine.documents.model.signals import SignalsDocument
from engine.documents.model.tax import TaxDocument, TaxRate

AnyDocument = (
    PricingDocument
    | PromotionsDocument
    | CouponsDocument
    | ShippingDocument
    | TaxDocument
    | CheckoutDocument
    | OrdersDocument
    | AccessDocument
    | InventoryDocument
    | ReferralsDocument
    | SignalsDocument
    | NotificationsDocument
)

__all__ = [
    "ACTIONS",
    "ALWAYS_OPEN",
    "PART",
    "START",
    "SYSTEM",
    "UNLIMITED",
    "AccessDocument",
    "Action",
    "Adding",
    "Allowance",
    "AmountLimit",
    "AnyDocument",
    "Band",
    "Bands",
    "BaseStep",
    "Bound",
    "CheckoutDocument",
    "Claim",
    "Coupon",
    "CouponsDocument",
    "Document",
    "Flat",
    "FreeFrom",
    "Give",
    "Growing",
    "Guard",
    "GuardRails",
    "Head",
    "Invariant",
    "InventoryDocument",
    "InviteGuard",
    "Kind",
    "Lane",
    "LaneStage",
    "Limits",
    "Measured",
    "Method",
    "Milestone",
    "MinimumOrder",
    "Monotone",
    "Moved",
    "NeverMore",
    "NotificationsDocument",
    "OrdersDocument",
    "PaymentMethod",
    "PerItem",
    "PercentRate",
    "Period",
    "Permission",
    "PriceRule",
    "PriceTier",
    "PricingDocument",
    "Promotion",
    "PromotionsDocument",
    "PublishPolicy",
    "Qualifying",
    "Rate",
    "ReferralsDocument",
    "RefundPolicy",
    "Refusal",
    "Reversing",
    "Reward",
    "Role",
    "ShippingDocument",
    "SignalsDocument",
    "Splitting",
    "State",
    "Step",
    "Table",
    "TableRow",
    "TaxDocument",
    "TaxRate",
    "Timeout",
    "Transition",
    "Window",
    "Zone",
]
