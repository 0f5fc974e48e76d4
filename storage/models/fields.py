"""Columns that every table has."""

from __future__ import annotations

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from storage.ids import new_id


class Row(Model):
    """A row with an id of ours."""

    id: UUID = fields.UUIDField(primary_key=True, default=new_id)

    class Meta:
        """Not a table of its own."""

        abstract = True


class TenantRow(Row):
    """A row of one store. Row-level security shows it to transactions of that store only."""

    store_id: UUID = fields.UUIDField()
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        """Not a table of its own."""

        abstract = True


class ChangingTenantRow(TenantRow):
    """A row of one store that changes; the database keeps updated_at."""

    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        """Not a table of its own."""

        abstract = True
