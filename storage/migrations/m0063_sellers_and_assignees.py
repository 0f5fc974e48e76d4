"""Migration 63: who sells now takes part in conversations, and nobody is waited for who may not answer any more."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as Base

from storage.migrations._sql import sql


class Migration(Base):
    """See sql/0063_sellers_and_assignees.up.sql."""

    dependencies = [("shop", "m0062_chat_files")]
    operations = [sql("0063_sellers_and_assignees")]
