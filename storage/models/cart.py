"""What somebody is about to buy."""

from __future__ import annotations

from tortoise import fields

from storage.models.fields import ChangingTenantRow


class Cart(ChangingTenantRow):
    """The cart of a user or of a guest; one of the two ids is set. `version` grows with every change."""

    user_id = fields.UUIDField(null=True)
    guest_id = fields.UUIDField(null=True)
    status = fields.TextField(default="open")
    coupon_code = fields.TextField(null=True)
    email = fields.TextField(null=True)
    phone = fields.TextField(null=True)
    country = fields.TextField(null=True)
    region = fields.TextField(null=True)
    postcode = fields.TextField(null=True)
    city = fields.TextField(null=True)
    shipping_method = fields.TextField(null=True)
    payment_method = fields.TextField(null=True)
    version = fields.IntField(default=1)
    expires_at = fields.DatetimeField()

    class Meta:
        """The table."""

        table = "carts"


class CartItem(ChangingTenantRow):
    """So many of a variant. `seen_price` is minor units of one unit."""

    cart_id = fields.UUIDField()
    variant_id = fields.UUIDField()
    quantity = fields.IntField()
    seen_price = fields.BigIntField()

    class Meta:
        """The table."""

        table = "cart_items"
