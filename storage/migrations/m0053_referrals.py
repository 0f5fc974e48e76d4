"""Migration 53: who invited whom, and what was given for it."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as Base

from storage.migrations._sql import sql


class Migration(Base):
    """See sql/0053_referrals.up.sql."""

    dependencies = [("shop", "m0052_webhooks")]
    operations = [sql("0053_referrals")]
