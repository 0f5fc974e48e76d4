"""Migration 02: users, addresses, sessions, tokens."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as Base

from storage.migrations._sql import sql


class Migration(Base):
    """See sql/0002_accounts.up.sql."""

    dependencies = [("shop", "m0001_platform")]
    operations = [sql("0002_accounts")]
