"""May the shop serve as this role? Not if row-level security would not bind it."""

from __future__ import annotations

from typing import Final

from storage.database import Database
from storage.errors import UnsafeRole
from storage.transaction import Transaction

_RIGHTS: Final = """
SELECT current_user AS name, session_user AS login, r.rolsuper, r.rolbypassrls,
       (SELECT array_agg(c.relname::text ORDER BY c.relname)
          FROM pg_class c
         WHERE c.relkind IN ('r', 'p') AND c.relrowsecurity AND pg_has_role(current_user, c.relowner, 'USAGE')) AS owned
  FROM pg_roles r
 WHERE r.rolname = current_user
"""


async def refuse_unsafe_role(database: Database) -> None:
    """Raise UnsafeRole when the role of the pool is a superuser, bypasses row-level security or owns tenant tables."""

    async def work(transaction: Transaction) -> list[str]:
        row = await transaction.fetchrow(_RIGHTS)
        assert row is not None
        reasons = [
            *(["is a superuser"] if row["rolsuper"] else []),
            *(["has BYPASSRLS"] if row["rolbypassrls"] else []),
            *([f"owns {', '.join(row['owned'][:3])}"] if row["owned"] else []),
        ]
        return [f"{row['name']} {reason}" for reason in reasons]

    reasons = await database.transaction(None, work)
    if reasons:
        raise UnsafeRole(
            f"the shop must not serve as this role, because row-level security would not keep stores apart: "
            f"{'; '.join(reasons)}. Let DATABASE_URL sign in as a role that is only a member of sostech_app, and "
            "migrate with DATABASE_MIGRATION_URL."
        )
