"""The shop refuses to serve as a role that row-level security does not bind."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from storage.database import Database
from storage.errors import UnsafeRole
from storage.ids import new_id
from storage.roles import refuse_unsafe_role
from storage.transaction import Transaction
from tests.database import Cluster


@pytest_asyncio.fixture(loop_scope="session")
async def role(owner: Database) -> AsyncIterator[str]:
    """A login of this test alone, a member of the application role."""
    name = f"r_{new_id().hex}"

    async def make(tx: Transaction) -> None:
        await tx.execute(f"CREATE ROLE {name} LOGIN IN ROLE sostech_app")

    await owner.transaction(None, make)
    yield name
    await owner.transaction(None, lambda tx: tx.execute(f"REASSIGN OWNED BY {name} TO CURRENT_USER"))
    await owner.transaction(None, lambda tx: tx.execute(f"DROP ROLE {name}"))


async def refusal(cluster: Cluster, database_name: str, role: str) -> str | None:
    database = await Database.open(cluster.url(database_name, role), role=None, pool_size=1)
    try:
        await refuse_unsafe_role(database)
    except UnsafeRole as error:
        return str(error)
    finally:
        await database.close()
    return None


async def test_the_application_role_may_serve(app: Database) -> None:
    await refuse_unsafe_role(app)


async def test_so_may_a_login_that_is_only_a_member(cluster: Cluster, database_name: str, role: str) -> None:
    assert await refusal(cluster, database_name, role) is None


async def test_a_superuser_may_not(owner: Database) -> None:
    with pytest.raises(UnsafeRole, match="is a superuser"):
        await refuse_unsafe_role(owner)


async def test_a_role_that_bypasses_policies_may_not(
    owner: Database, cluster: Cluster, database_name: str, role: str
) -> None:
    await owner.transaction(None, lambda tx: tx.execute(f"ALTER ROLE {role} BYPASSRLS"))
    assert "BYPASSRLS" in (await refusal(cluster, database_name, role) or "")


async def test_the_owner_of_a_tenant_table_may_not(
    owner: Database, cluster: Cluster, database_name: str, role: str
) -> None:
    await owner.transaction(None, lambda tx: tx.execute(f"ALTER TABLE audit_log OWNER TO {role}"))
    assert "owns audit_log" in (await refusal(cluster, database_name, role) or "")


async def test_nor_may_a_member_of_the_owner(owner: Database, cluster: Cluster, database_name: str, role: str) -> None:
    member = f"m_{new_id().hex}"
    await owner.transaction(None, lambda tx: tx.execute(f"ALTER TABLE audit_log OWNER TO {role}"))
    await owner.transaction(None, lambda tx: tx.execute(f"CREATE ROLE {member} LOGIN IN ROLE {role}"))
    try:
        assert "owns audit_log" in (await refusal(cluster, database_name, member) or "")
    finally:
        await owner.transaction(None, lambda tx: tx.execute(f"DROP ROLE {member}"))
