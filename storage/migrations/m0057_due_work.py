"""Migration 57: the work of events, messages and signals that is due."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as Base

from storage.migrations._sql import sql


class Migration(Base):
    """See sql/0057_due_work.up.sql."""

    dependencies = [("shop", "m0056_push_and_sms")]
    operations = [sql("0057_due_work")]
