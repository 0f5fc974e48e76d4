"""Migration 04: carts and the decision log."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as Base

from storage.migrations._sql import sql


class Migration(Base):
    """See sql/0004_carts.up.sql."""

    dependencies = [("shop", "m0003_catalog")]
    operations = [sql("0004_carts")]
