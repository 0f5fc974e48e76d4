"""Migration 49: proofs of rule books, and what came out of them."""

from __future__ import annotations

from tortoise.migrations.migration import Migration as Base

from storage.migrations._sql import sql


class Migration(Base):
    """See sql/0049_proofs.up.sql."""

    dependencies = [("shop", "m0048_enqueue")]
    operations = [sql("0049_proofs")]
