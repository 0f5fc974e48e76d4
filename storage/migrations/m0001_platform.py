"""Migration 01: the application role, tenancy and the platform's tables."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as Base

from storage.migrations._sql import sql


class Migration(Base):
    """See sql/0001_platform.up.sql."""

    dependencies = []
    operations = [sql("0001_platform")]
