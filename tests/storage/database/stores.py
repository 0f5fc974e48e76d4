"""Two stores with a row in every tenant table each, so that isolation can be tried on all of them."""

from __future__ import annotations

import re
from uuid import UUID

from storage.database import Database
from storage.ids import new_id
from storage.transaction import Transaction

TENANT_TABLES = """
SELECT c.relname AS name
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'store_id' AND NOT a.attisdropped
 WHERE n.nspname = 'public' AND c.relkind = 'r'
 ORDER BY c.relname
"""

_COLUMNS = """
SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type
  FROM pg_attribute a
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
 WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attnotnull AND d.adbin IS NULL
   AND a.attgenerated = ''
"""

_REFERENCES = """
SELECT c.confrelid::regclass::text AS target,
       ARRAY(SELECT a.attname FROM unnest(c.conkey) WITH ORDINALITY k(n, i)
               JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.n ORDER BY k.i)::text[] AS columns
  FROM pg_constraint c
 WHERE c.conrelid = $1::regclass AND c.contype = 'f' AND c.confrelid <> 'stores'::regclass
"""

_SPECIAL: dict[tuple[str, str], object] = {
    ("carts", "guest_id"): new_id(),
    ("idempotency_keys", "status"): 200,
    ("offers", "ends_at"): "2030-01-02T00:00:00Z",
    ("proof_jobs", "key"): "0" * 64,
    ("ruleset_versions", "kind"): "pricing",
}
_LEFT_OUT = {("carts", "user_id"), ("notification_preferences", "user_id")}
"""References that are there or not, and then decide about other columns."""
_CHOICES = {"country": "BR", "currency": "BRL", "slug": "socks", "path": "socks"}
_BY_TYPE: dict[str, object] = {
    "inet": "127.0.0.1", "text": "x1x", "integer": 1, "bigint": 1, "bytea": b"1", "jsonb": "{}",
    "timestamp with time zone": "2030-01-01T00:00:00Z", "boolean": False, "text[]": [], "uuid[]": [],
}  # fmt: skip


async def tenant_tables(transaction: Transaction) -> list[str]:
    """Every table that has a store_id."""
    return [row["name"] for row in await transaction.fetch(TENANT_TABLES)]


async def new_store(owner: Database, slug: str) -> UUID:
    """A store; its id."""
    store_id = new_id()

    async def work(transaction: Transaction) -> None:
        await transaction.execute(
            "INSERT INTO stores (id, slug, name, currency, timezone, country)"
            " VALUES ($1, $2, $2, 'BRL', 'America/Sao_Paulo', 'BR')",
            store_id, slug,
        )  # fmt: skip

    await owner.transaction(None, work)
    return store_id


async def fill(database: Database, store_id: UUID) -> dict[str, UUID]:
    """One row in every tenant table of the store, written with the rights of `database`; their ids by table."""
    made: dict[str, UUID] = {}

    async def work(transaction: Transaction) -> None:
        waiting = await tenant_tables(transaction)
        while waiting:
            ready = [table for table in waiting if await _targets(transaction, table) <= {*made, table}]
            assert ready, f"these tables refer to each other in a circle: {waiting}"
            for table in ready:
                made[table] = await insert(transaction, table, store_id, made)
            waiting = [table for table in waiting if table not in made]

    await database.transaction(store_id, work)
    return made


async def insert(transaction: Transaction, table: str, store_id: UUID, rows: dict[str, UUID]) -> UUID:
    """Write one row of `table` that refers to `rows`; its id."""
    values = await row_values(transaction, table, store_id, rows)
    names = list(values)
    casts = {row["name"]: row["type"] for row in await transaction.fetch(
        "SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute"
        " WHERE attrelid = $1::regclass AND attnum > 0", table)}  # fmt: skip
    places = ", ".join(_place(number, casts[name]) for number, name in enumerate(names, 1))
    await transaction.execute(
        f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places})", *(_plain(values[name]) for name in names)
    )
    identity = values.get("id") or values.get("variant_id") or store_id
    assert isinstance(identity, UUID)
    return identity


async def row_values(transaction: Transaction, table: str, store_id: UUID, rows: dict[str, UUID]) -> dict[str, object]:
    """A value for every column that needs one, and for every reference to another tenant table."""
    references = await references_of(transaction, table)
    listed = await _first_choices(transaction, table)
    values: dict[str, object] = {}
    for column in await transaction.fetch(_COLUMNS, table):
        name = column["name"]
        by_type = _BY_TYPE.get(column["type"], new_id())
        choice = listed.get(name, _CHOICES.get(name, by_type)) if column["type"] == "text" else by_type
        values[name] = _SPECIAL.get((table, name), choice)
    if table == "carts":
        values["guest_id"] = new_id()
    if table == "payment_receipts":
        values["event_id"] = "evt_1"
    for target, columns in references:
        referring = next(name for name in columns if name != "store_id")
        if target != table and (table, referring) not in _LEFT_OUT:
            values[referring] = rows[target]
    values["store_id"] = store_id
    return values


async def _first_choices(transaction: Transaction, table: str) -> dict[str, str]:
    """The first value that a CHECK (column IN (…)) lists, by column."""
    rows = await transaction.fetch(
        "SELECT pg_get_constraintdef(oid) AS text FROM pg_constraint WHERE conrelid = $1::regclass AND contype = 'c'",
        table,
    )
    found = (re.search(r"(\w+) = ANY \(ARRAY\['([^']+)'", row["text"]) for row in rows)
    return {match[1]: match[2] for match in found if match}


async def references_of(transaction: Transaction, table: str) -> list[tuple[str, tuple[str, ...]]]:
    """Its foreign keys to other tenant tables: the target, and the columns."""
    return [(row["target"], tuple(row["columns"])) for row in await transaction.fetch(_REFERENCES, table)]


async def _targets(transaction: Transaction, table: str) -> set[str]:
    return {target for target, _ in await references_of(transaction, table)}


def _place(number: int, cast: str) -> str:
    return f"${number}::text::{cast}" if cast not in ("bytea", "text[]", "boolean") else f"${number}::{cast}"


def _plain(value: object) -> object:
    return value if isinstance(value, (bytes, list, bool)) else str(value)
