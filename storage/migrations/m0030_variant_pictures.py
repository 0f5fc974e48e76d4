"""Migration 30: a picture of a product may show one of its variants."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as Base

from storage.migrations._sql import sql


class Migration(Base):
    """See sql/0030_variant_pictures.up.sql."""

    dependencies = [("shop", "m0020_expiry")]
    operations = [sql("0030_variant_pictures")]
