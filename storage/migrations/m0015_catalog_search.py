"""Migration 15: search behind functions, and the orders lists come in."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as Base

from storage.migrations._sql import sql


class Migration(Base):
    """See sql/0015_catalog_search.up.sql."""

    dependencies = [("shop", "m0005_outbox")]
    operations = [sql("0015_catalog_search")]
