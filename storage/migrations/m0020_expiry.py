"""Migration 20: what has expired is found quickly in each store."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as Base

from storage.migrations._sql import sql


class Migration(Base):
    """See sql/0020_expiry.up.sql."""

    dependencies = [("shop", "m0019_payments")]
    operations = [sql("0020_expiry")]
