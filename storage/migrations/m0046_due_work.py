"""Migration 46: replays and the reading of the decision log are work of the worker."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as Base

from storage.migrations._sql import sql


class Migration(Base):
    """See sql/0046_due_work.up.sql."""

    dependencies = [("shop", "m0045_scenarios")]
    operations = [sql("0046_due_work")]
