"""Migration 55: what people are told, and what they want to be told."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as Base

from storage.migrations._sql import sql


class Migration(Base):
    """See sql/0055_messages.up.sql."""

    dependencies = [("shop", "m0054_signals")]
    operations = [sql("0055_messages")]
