"""Migration 58: the birthdays of customers, and what tells cards of the test provider's apart."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as Base

from storage.migrations._sql import sql


class Migration(Base):
    """See sql/0058_birthdays.up.sql."""

    dependencies = [("shop", "m0057_due_work")]
    operations = [sql("0058_birthdays")]
