"""Migration 42: four eyes."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as Base

from storage.migrations._sql import sql


class Migration(Base):
    """See sql/0042_approvals.up.sql."""

    dependencies = [("shop", "m0041_ruleset_texts")]
    operations = [sql("0042_approvals")]
