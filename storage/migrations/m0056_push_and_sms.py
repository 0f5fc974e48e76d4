"""Migration 56: where pushes go, and codes sent to phones."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as Base

from storage.migrations._sql import sql


class Migration(Base):
    """See sql/0056_push_and_sms.up.sql."""

    dependencies = [("shop", "m0055_messages")]
    operations = [sql("0056_push_and_sms")]
