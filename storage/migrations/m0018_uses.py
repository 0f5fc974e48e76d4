"""Migration 18: issued coupon codes, and how often rules were used."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as Base

from storage.migrations._sql import sql


class Migration(Base):
    """See sql/0018_uses.up.sql."""

    dependencies = [("shop", "m0017_orders")]
    operations = [sql("0018_uses")]
