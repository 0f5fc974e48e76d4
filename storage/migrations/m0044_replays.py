"""Migration 44: collections of carts, and replays of two rule books over them."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as Base

from storage.migrations._sql import sql


class Migration(Base):
    """See sql/0044_replays.up.sql."""

    dependencies = [("shop", "m0043_trials")]
    operations = [sql("0044_replays")]
