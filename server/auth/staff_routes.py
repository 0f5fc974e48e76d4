"""The addresses of those who look after accounts."""

from __future__ import annotations

from server.auth import staff
from server.auth.errors import LAST_ADMIN, OWN_ACCOUNT, ROLE_BEYOND, ROLE_UNKNOWN, USER_UNKNOWN
from server.auth.people import UserSnapshot
from server.auth.staff_schemas import RolesBody, StatusBody, UserPath, UsersQuery, UserView
from server.media import service as media
from server.web.call import Call
from server.web.endpoint import Reply, Routes
from server.web.pages import Page, page, position

routes = Routes("Users")


@routes.get("/users", needs="users.read")
async def list_users(call: Call, query: UsersQuery) -> Reply[Page[UserView]]:
    """Accounts of the store, newest first."""
    at = position(call, query)
    found = await staff.list_users(call, query, at)
    return page(call, query, at, found, lambda user: [user.created_at.isoformat(), str(user.id)], _view)


@routes.get("/users/{user_id}", needs="users.read", errors=(USER_UNKNOWN,))
async def read_user(call: Call, path: UserPath) -> UserView:
    """One account."""
    return _view(await staff.read_user(call, path.user_id))


@routes.put(
    "/users/{user_id}/status", needs="users.manage", errors=(USER_UNKNOWN, OWN_ACCOUNT, ROLE_BEYOND, LAST_ADMIN)
)
async def set_user_status(call: Call, path: UserPath, body: StatusBody) -> UserView:
    """Activate, block or close an account.

    Who is not active is signed out at once and cannot sign in. Not one's own account, none that may more than one's
    own, and not the last that can assign roles.
    """
    return _view(await staff.set_status(call, path.user_id, body.status))


@routes.put(
    "/users/{user_id}/roles",
    needs=staff.ASSIGN_ROLES,
    errors=(USER_UNKNOWN, ROLE_UNKNOWN, OWN_ACCOUNT, ROLE_BEYOND, LAST_ADMIN),
)
async def set_user_roles(call: Call, path: UserPath, body: RolesBody) -> UserView:
    """Set the roles of an account.

    Not one's own; and roles that may more than one's own are neither given nor taken.
    """
    return _view(await staff.set_roles(call, path.user_id, body.roles))


def _view(user: UserSnapshot) -> UserView:
    return UserView(
        id=user.id,
        email=user.email,
        name=user.name,
        phone=user.phone,
        status=user.status,
        roles=list(user.roles),
        customer_group=user.customer_group,
        locale=user.locale,
        avatar_url=None if user.avatar_id is None else media.address(user.avatar_id),
        last_signed_in_at=user.last_signed_in_at,
        created_at=user.created_at,
    )
