"""What do requests and answers about carts look like? Money is decimal strings in the currency of the cart."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from server.cart.snapshot import MOST_LINES, MOST_UNITS, Unavailable
from server.decisions.schemas import Amount, Country, Locale
from server.decisions.shapes import DecisionView, Money, Part
from server.web.binding import Body, Path, Query, View

Quantity = Annotated[int, Meta(ge=1, le=MOST_UNITS)]
Sku = Annotated[str, Meta(min_length=1, max_length=100, description="Stock-keeping unit: the variant's own code.")]
Line = Annotated[str, Meta(min_length=1, max_length=200)]
Method = Annotated[str, Meta(min_length=1, max_length=100, description="The id of one the decision lists.")]
Email = Annotated[str, Meta(max_length=254, pattern=r"^[^@\s]{1,64}@[^@\s]{1,189}(?!\n)$")]
Phone = Annotated[str, Meta(pattern=r"^\+?[0-9][0-9 ()./-]{3,30}(?!\n)$", description="Digits, as one would dial it.")]


class CartQuery(Query, frozen=True, kw_only=True):
    """How to show the cart. The language is by default the customer's, then the store's.

    Hints cost some time; a caller who does not show them can leave them out. Postings, one amount with one reason
    each, and the digest are left out unless they are asked for: `?include=postings&include=digest`.
    """

    locale: Locale | None = None
    hints: bool = True
    include: tuple[Part, ...] = ()


class ItemPath(Path, frozen=True, kw_only=True):
    """Names an item of the caller's cart."""

    item_id: UUID


class AddItemBody(Body, frozen=True, kw_only=True):
    """So many more of a variant, named by its id or by its SKU."""

    variant_id: UUID | None = None
    sku: Sku | None = None
    quantity: Quantity = 1


class QuantityBody(Body, frozen=True, kw_only=True):
    """So many of it."""

    quantity: Quantity


class CouponBody(Body, frozen=True, kw_only=True):
    """A coupon code as the customer has typed it; case and blanks around it do not matter."""

    code: Annotated[str, Meta(min_length=1, max_length=100)]


class CouponCodePath(Path, frozen=True, kw_only=True):
    """A coupon code as the customer has typed it."""

    code: Annotated[str, Meta(min_length=1, max_length=100)]


class CouponQuery(Query, frozen=True, kw_only=True):
    """The language is by default the customer's, then the store's."""

    locale: Locale | None = None


class DestinationBody(Body, frozen=True, kw_only=True):
    """Where to send it, as far as it is known; what is left out is not known any more."""

    country: Country | None = None
    region: Annotated[str, Meta(min_length=1, max_length=100, description="Without the country: SP.")] | None = None
    postcode: Annotated[str, Meta(min_length=1, max_length=20)] | None = None
    city: Line | None = None


class ContactBody(Body, frozen=True, kw_only=True):
    """How to reach the customer about this order; what is left out is not known any more."""

    email: Email | None = None
    phone: Phone | None = None


class MethodBody(Body, frozen=True, kw_only=True):
    """The chosen method; null leaves it open."""

    method: Method | None


class SeenPrice(Body, frozen=True, kw_only=True):
    """The price of one unit of an item that the customer has been shown."""

    item_id: UUID
    price: Amount


class SeenPricesBody(Body, frozen=True, kw_only=True):
    """Changed prices the customer agrees to."""

    items: Annotated[list[SeenPrice], Meta(min_length=1, max_length=MOST_LINES)]


class ProductRefView(View, frozen=True, kw_only=True, gc=False):
    """The product of an item."""

    id: UUID
    slug: str
    name: str


class StockView(View, frozen=True, kw_only=True, gc=False):
    """Whether the item can be delivered. `left` is exact up to 10 and null above."""

    in_stock: bool
    enough: Annotated[bool, Meta(description="For the whole quantity.")]
    left: int | None


class ItemView(View, frozen=True, kw_only=True, gc=False):
    """An item. What it comes to is the line of the decision that has its SKU; an unavailable one has no line."""

    id: UUID
    variant_id: UUID
    sku: str
    quantity: int
    product: ProductRefView
    variant_name: str
    options: Annotated[dict[str, str], Meta(description="Option to value, by their codes.")]
    image: Annotated[str | None, Meta(description="Media key of the product's first image.")]
    list_price: Money
    price: Annotated[str | None, Meta(description="Of one unit now, before any rule; null when unavailable.")]
    price_seen: Annotated[str | None, Meta(description="What the customer saw, when it is another price now.")]
    stock: StockView
    unavailable: Annotated[Unavailable | None, Meta(description="Why it cannot be bought any more.")]


class ContactView(View, frozen=True, kw_only=True, gc=False):
    """How to reach the customer about this order."""

    email: str | None
    phone: str | None


class DestinationView(View, frozen=True, kw_only=True, gc=False):
    """Where to send it."""

    country: str | None
    region: str | None
    postcode: str | None
    city: str | None


class CartView(View, frozen=True, kw_only=True):
    """The cart and everything that was decided about it. `id` is null, and `version` 0, before the first change.

    `decision` covers all items but the unavailable ones.
    """

    id: UUID | None
    version: int
    expires_at: Annotated[datetime | None, Meta(description="When it is emptied, unless it is changed before.")]
    currency: str
    items: tuple[ItemView, ...]
    units: int
    has_changed_prices: bool
    has_unavailable_items: bool
    coupon_code: str | None
    replaced_coupon: Annotated[str | None, Meta(description="The code that made room for the one just entered.")]
    contact: ContactView
    destination: DestinationView
    shipping_method: str | None
    payment_method: str | None
    decision: DecisionView
