"""Migration 54: patterns that were seen over time."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as Base

from storage.migrations._sql import sql


class Migration(Base):
    """See sql/0054_signals.up.sql."""

    dependencies = [("shop", "m0053_referrals")]
    operations = [sql("0054_signals")]
