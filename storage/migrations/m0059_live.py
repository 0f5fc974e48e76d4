"""Migration 59: steps that are told with the commit, and who is connected."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as Base

from storage.migrations._sql import sql


class Migration(Base):
    """See sql/0059_live.up.sql."""

    dependencies = [("shop", "m0058_birthdays")]
    operations = [sql("0059_live")]
