"""Models and tables are two texts; do they say the same?"""

from __future__ import annotations

import pytest
from tortoise.models import Model

from storage import models
from storage.database import Database
from storage.transaction import Transaction
from tests.database import Cluster

TYPES = {
    "UUIDField": {"uuid"},
    "TextField": {"text", "inet"},
    "CharField": {"text"},
    "IntField": {"integer"},
    "SmallIntField": {"integer", "smallint"},
    "BigIntField": {"bigint"},
    "BooleanField": {"boolean"},
    "DatetimeField": {"timestamp with time zone"},
    "JSONField": {"jsonb"},
    "BinaryField": {"bytea"},
    "ArrayField": {"text[]"},
}

LEFT_TO_SQL = {
    "users": {"tokens_valid_after"},  # begins at minus infinity, which Python's datetime cannot say
    "sessions": {"ip"},  # Tortoise has no type for it
}


@pytest.fixture(scope="module")
def database_name(cluster: Cluster) -> str:
    """A migrated database, which these tests only look at."""
    return cluster.new_database()


@pytest.mark.parametrize("name", models.__all__)
async def test_a_model_has_the_columns_of_its_table_with_their_types(name: str, app: Database) -> None:
    model: type[Model] = getattr(models, name)
    table = model._meta.db_table

    async def work(transaction: Transaction) -> dict[str, tuple[str, bool]]:
        rows = await transaction.fetch(
            "SELECT attname, format_type(atttypid, atttypmod) AS type, NOT attnotnull AS nullable"
            "  FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped"
            "   AND attgenerated = ''",
            table,
        )
        return {row["attname"]: (row["type"], row["nullable"]) for row in rows}

    columns = await app.transaction(None, work)
    fields = {column: model._meta.fields_map[field] for field, column in model._meta.fields_db_projection.items()}
    assert set(fields) == set(columns) - LEFT_TO_SQL.get(table, set()), table
    for column in fields:
        kind, nullable = columns[column]
        field = fields[column]
        assert field.null == nullable, f"{table}.{column}"
        assert kind in TYPES[type(field).__name__], f"{table}.{column}"
