"""Migration 40: a store's own rulesets, their versions, and when each is live."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as Base

from storage.migrations._sql import sql


class Migration(Base):
    """See sql/0040_rulesets.up.sql."""

    dependencies = [("shop", "m0030_variant_pictures")]
    operations = [sql("0040_rulesets")]
