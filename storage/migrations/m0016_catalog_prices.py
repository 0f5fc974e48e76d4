"""Migration 16: every product knows what its cheapest variant costs without offers."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as Base

from storage.migrations._sql import sql


class Migration(Base):
    """See sql/0016_catalog_prices.up.sql."""

    dependencies = [("shop", "m0015_catalog_search")]
    operations = [sql("0016_catalog_prices")]
