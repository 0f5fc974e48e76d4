"""Migration 45: baskets to keep, with what has to come out of them."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as Base

from storage.migrations._sql import sql


class Migration(Base):
    """See sql/0045_scenarios.up.sql."""

    dependencies = [("shop", "m0044_replays")]
    operations = [sql("0045_scenarios")]
