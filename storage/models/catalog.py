"""What a store sells: sellers, brands, categories, attributes, products, variants, offers and stock."""

from __future__ import annotations

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from storage.models.fields import ChangingTenantRow, Row, TenantRow


class Seller(ChangingTenantRow):
    """Somebody who sells in the store."""

    slug = fields.TextField()
    name = fields.TextField()
    user_id = fields.UUIDField(null=True)
    status = fields.TextField(default="active")

    class Meta:
        """The table."""

        table = "sellers"


class Brand(ChangingTenantRow):
    """A brand."""

    slug = fields.TextField()
    name = fields.TextField()

    class Meta:
        """The table."""

        table = "brands"


class Category(ChangingTenantRow):
    """A node of the tree; `path` is the slugs from the root."""

    parent_id = fields.UUIDField(null=True)
    slug = fields.TextField()
    name = fields.TextField()
    path = fields.TextField()
    position = fields.IntField(default=0)

    class Meta:
        """The table."""

        table = "categories"


class Attribute(ChangingTenantRow):
    """Something products differ by."""

    code = fields.TextField()
    name = fields.TextField()
    position = fields.IntField(default=0)

    class Meta:
        """The table."""

        table = "attributes"


class AttributeValue(TenantRow):
    """One of the values of an attribute."""

    attribute_id = fields.UUIDField()
    code = fields.TextField()
    name = fields.TextField()
    position = fields.IntField(default=0)

    class Meta:
        """The table."""

        table = "attribute_values"


class Product(ChangingTenantRow):
    """A product; what is sold are its variants."""

    slug = fields.TextField()
    name = fields.TextField()
    description = fields.TextField(default="")
    brand_id = fields.UUIDField(null=True)
    category_id = fields.UUIDField(null=True)
    seller_id = fields.UUIDField(null=True)
    status = fields.TextField(default="draft")
    tags: fields.Field[list[str]] = ArrayField("text", default=list)
    tax_class = fields.TextField(default="standard")
    specifications: fields.Field[dict[str, object]] = fields.JSONField(default=dict)
    attribute_pairs: fields.Field[list[str]] = ArrayField("text", default=list)
    search_text = fields.TextField(default="")
    rating_sum = fields.BigIntField(default=0)
    rating_count = fields.IntField(default=0)
    version = fields.IntField(default=1)
    base_price = fields.BigIntField(null=True)  # kept by a trigger of variants

    class Meta:
        """The table."""

        table = "products"


class ProductOption(Row):
    """An attribute that a product's variants differ by."""

    store_id = fields.UUIDField()
    product_id = fields.UUIDField()
    attribute_id = fields.UUIDField()
    position = fields.IntField(default=0)

    class Meta:
        """The table."""

        table = "product_options"


class ProductAttributeValue(Row):
    """A value that a whole product has."""

    store_id = fields.UUIDField()
    product_id = fields.UUIDField()
    value_id = fields.UUIDField()

    class Meta:
        """The table."""

        table = "product_attribute_values"


class ProductImage(Row):
    """A picture of a product, or of one of its variants."""

    store_id = fields.UUIDField()
    product_id = fields.UUIDField()
    variant_id = fields.UUIDField(null=True)
    media_id = fields.UUIDField()
    alt = fields.TextField(default="")
    position = fields.IntField(default=0)

    class Meta:
        """The table."""

        table = "product_images"


class Variant(ChangingTenantRow):
    """What is put into a cart. Prices are minor units of the store's currency."""

    product_id = fields.UUIDField()
    sku = fields.TextField()
    name = fields.TextField(default="")
    status = fields.TextField(default="active")
    list_price = fields.BigIntField()
    sale_price = fields.BigIntField(null=True)
    cost = fields.BigIntField(null=True)
    floor_price = fields.BigIntField(null=True)
    weight_g = fields.IntField(null=True)
    volume_cm3 = fields.IntField(null=True)
    barcode = fields.TextField(null=True)
    option_pairs: fields.Field[list[str]] = ArrayField("text", default=list)
    position = fields.IntField(default=0)

    class Meta:
        """The table."""

        table = "variants"


class Offer(ChangingTenantRow):
    """A price for a while, from `starts_at` to before `ends_at`."""

    variant_id = fields.UUIDField()
    name = fields.TextField()
    price = fields.BigIntField()
    starts_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()

    class Meta:
        """The table."""

        table = "offers"
