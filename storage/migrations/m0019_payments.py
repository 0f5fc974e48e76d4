"""Migration 19: payments, receipts of providers, refunds."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as Base

from storage.migrations._sql import sql


class Migration(Base):
    """See sql/0019_payments.up.sql."""

    dependencies = [("shop", "m0018_uses")]
    operations = [sql("0019_payments")]
