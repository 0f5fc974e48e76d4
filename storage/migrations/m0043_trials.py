"""Migration 43: versions tried beside the live one."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as Base

from storage.migrations._sql import sql


class Migration(Base):
    """See sql/0043_trials.up.sql."""

    dependencies = [("shop", "m0042_approvals")]
    operations = [sql("0043_trials")]
