"""Migration 03: products, variants, offers, stock."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as Base

from storage.migrations._sql import sql


class Migration(Base):
    """See sql/0003_catalog.up.sql."""

    dependencies = [("shop", "m0002_accounts")]
    operations = [sql("0003_catalog")]
