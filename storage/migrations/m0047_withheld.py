"""Migration 47: what is kept of a refund because a discount was lost."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as Base

from storage.migrations._sql import sql


class Migration(Base):
    """See sql/0047_withheld.up.sql."""

    dependencies = [("shop", "m0046_due_work")]
    operations = [sql("0047_withheld")]
