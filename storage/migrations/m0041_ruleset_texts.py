"""Migration 41: the texts of rulesets that decided, and what their rules did."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as Base

from storage.migrations._sql import sql


class Migration(Base):
    """See sql/0041_ruleset_texts.up.sql."""

    dependencies = [("shop", "m0040_rulesets")]
    operations = [sql("0041_ruleset_texts")]
