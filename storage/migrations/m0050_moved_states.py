"""Migration 50: orders in states that their lifecycle no longer has."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as Base

from storage.migrations._sql import sql


class Migration(Base):
    """See sql/0050_moved_states.up.sql."""

    dependencies = [("shop", "m0049_proofs")]
    operations = [sql("0050_moved_states")]
