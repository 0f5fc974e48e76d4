"""Migration 51: what happened, and what each handler has to do because of it."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as Base

from storage.migrations._sql import sql


class Migration(Base):
    """See sql/0051_events.up.sql."""

    dependencies = [("shop", "m0050_moved_states")]
    operations = [sql("0051_events")]
