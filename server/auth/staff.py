"""What can those who look after accounts do? Find them, block them, give and take roles; all of it is recorded.

Nobody reaches above themselves: roles that may more than one's own are neither given nor taken, nor is an account that
has one blocked. And somebody who can assign roles is always left, also when two take them from each other at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from engine.access.compile import Access
from server.auth import people_repo, repo
from server.auth.authentication import GUEST_ROLES, of_platform
from server.auth.errors import LAST_ADMIN, OWN_ACCOUNT, ROLE_BEYOND, ROLE_UNKNOWN, USER_UNKNOWN
from server.auth.people import UserSnapshot, UserStatus
from server.auth.staff_schemas import UsersQuery
from server.decisions.books import BOOKS
from server.errors import AppError, Fault
from server.web.call import Call
from server.web.noting import note
from server.web.pages import Position
from storage.transaction import Transaction

ASSIGN_ROLES: Final = "users.assign_roles"
EVERYBODY: Final = "customer"
"""The role that all users have."""


async def list_users(call: Call, query: UsersQuery, at: Position) -> Sequence[UserSnapshot]:
    """Users, newest first, one more than the page holds."""
    past = None if at.keys is None else (datetime.fromisoformat(at.keys[0]), UUID(at.keys[1]))

    async def work(tx: Transaction) -> Sequence[UserSnapshot]:
        return await people_repo.list_users(
            tx, search=query.q, role=query.role, status=query.status, past=past, backwards=at.backwards,
            limit=at.limit + 1,
        )  # fmt: skip

    return await call.database.transaction(call.store.id, work)


async def read_user(call: Call, user_id: UUID) -> UserSnapshot:
    """One user. Raises USER_UNKNOWN."""

    async def work(tx: Transaction) -> UserSnapshot:
        found = await people_repo.read_user(tx, user_id)
        if found is None:
            raise _unknown(user_id)
        return found

    return await call.database.transaction(call.store.id, work)


async def set_status(call: Call, user_id: UUID, status: UserStatus) -> UserSnapshot:
    """Activate, block or close an account; who is not active is signed out.

    Raises USER_UNKNOWN, OWN_ACCOUNT, ROLE_BEYOND, LAST_ADMIN.
    """
    access = call.use(BOOKS).access(call.store)

    async def work(tx: Transaction) -> UserSnapshot:
        before, others = await _locked(tx, call, access, user_id)
        _refuse_beyond(call, access, before.roles)
        if status != "active":
            _refuse_last(access, before, others)
            await repo.revoke_sessions(tx, user_id, "staff")
        await people_repo.set_status(tx, user_id, status)
        await _record(tx, call, "users.status", before, {"status": before.status}, {"status": status})
        return await _read(tx, user_id)

    return await call.database.transaction(call.store.id, work)


async def set_roles(call: Call, user_id: UUID, wanted: Sequence[str]) -> UserSnapshot:
    """Give the user these roles, and that of everybody. They count from the next request on.

    Raises USER_UNKNOWN, ROLE_UNKNOWN, OWN_ACCOUNT, ROLE_BEYOND, LAST_ADMIN.
    """
    access = call.use(BOOKS).access(call.store)
    roles = granted(access, wanted)

    async def work(tx: Transaction) -> UserSnapshot:
        before, others = await _locked(tx, call, access, user_id)
        _refuse_beyond(call, access, set(roles) ^ set(before.roles))
        if not access.may(roles, ASSIGN_ROLES):
            _refuse_last(access, before, others)
        await people_repo.set_roles(tx, user_id, roles)
        await _record(tx, call, "users.roles", before, {"roles": list(before.roles)}, {"roles": list(roles)})
        return await _read(tx, user_id)

    return await call.database.transaction(call.store.id, work)


def granted(access: Access, wanted: Sequence[str]) -> tuple[str, ...]:
    """These roles and that of everybody, in the ruleset's order.

    Raises ROLE_UNKNOWN for what the ruleset does not have, and for roles that are not for users of a store.
    """
    known = [role for role in access.roles if not (role in GUEST_ROLES or any(map(of_platform, access.grants[role])))]
    faults = [
        Fault(f"/roles/{number}", "role_unknown", f"{role!r} is not a role of this store's users")
        for number, role in enumerate(wanted)
        if role not in known
    ]
    if faults:
        raise ROLE_UNKNOWN(f"{faults[0].message}; they can have {', '.join(known)}", faults=faults)
    return tuple(role for role in access.roles if role in {EVERYBODY, *wanted})


async def _locked(
    tx: Transaction, call: Call, access: Access, user_id: UUID
) -> tuple[UserSnapshot, Sequence[UserSnapshot]]:
    """The user, and the others who can assign roles. Raises USER_UNKNOWN, OWN_ACCOUNT."""
    if user_id == call.actor.id:
        raise OWN_ACCOUNT("somebody else has to do this to your account")
    people = await people_repo.lock_with_holders(tx, user_id, access.holders(ASSIGN_ROLES))
    if user_id not in people:
        raise _unknown(user_id)
    return people.pop(user_id), list(people.values())


def _refuse_beyond(call: Call, access: Access, roles: Sequence[str] | set[str]) -> None:
    beyond = sorted(role for role in roles if role in access.grants and not access.covers(call.actor.roles, role))
    if beyond and call.actor.kind != "platform":
        raise ROLE_BEYOND(f"{', '.join(beyond)} may do more than you may; ask somebody who has that role")


def _refuse_last(access: Access, target: UserSnapshot, others: Sequence[UserSnapshot]) -> None:
    """Raise LAST_ADMIN when the target can assign roles, and nobody else can."""
    if not others and target.status == "active" and access.may(target.roles, ASSIGN_ROLES):
        raise LAST_ADMIN(f"{target.name} is the last who can assign roles; give somebody else such a role first")


async def _record(
    tx: Transaction,
    call: Call,
    action: str,
    target: UserSnapshot,
    before: dict[str, object],
    after: dict[str, object],
) -> None:
    await note(tx, call, action, "user", target.id, before, after)


async def _read(tx: Transaction, user_id: UUID) -> UserSnapshot:
    found = await people_repo.read_user(tx, user_id)
    if found is None:
        raise _unknown(user_id)
    return found


def _unknown(user_id: UUID) -> AppError:
    return USER_UNKNOWN(f"the store has no user {user_id}; GET /users lists them")
