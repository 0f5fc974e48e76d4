"""The addresses of sign-in, sign-up, sessions and passwords."""

from __future__ import annotations

from server.auth import recovery, registration, service
from server.auth.authentication import guest_of
from server.auth.cookies import REFRESH_COOKIE, no_cookies, refuse_foreign_page
from server.auth.delivery import deliver
from server.auth.devices import device_of
from server.auth.emails import parse_email
from server.auth.errors import (
    ACCOUNT_SUSPENDED,
    EMAIL_TAKEN,
    LINK_INVALID,
    NOT_A_USER,
    REFRESH_INVALID,
    REFRESH_RACED,
    SESSION_UNKNOWN,
    SIGN_IN_REFUSED,
)
from server.auth.schemas import (
    AcceptedView,
    ActivateBody,
    ChangePasswordBody,
    Delivery,
    EmailBody,
    GuestView,
    LinkBody,
    RefreshBody,
    RegisterBody,
    ResetPasswordBody,
    SessionPath,
    SessionsView,
    SessionView,
    SignInBody,
    TokensView,
)
from server.web.call import Call
from server.web.endpoint import PUBLIC, SIGNED_IN, Reply, Routes
from server.web.problems import RATE_LIMITED, TOKEN_INVALID

routes = Routes("Accounts")

_WRITTEN = AcceptedView(message="If this can be done, a mail with a link is on its way.")


@routes.post("/auth/register", needs=PUBLIC, errors=(RATE_LIMITED,), status=202, idempotency="none")
async def register(call: Call, body: RegisterBody) -> AcceptedView:
    """Sign up: a link to activate the account is mailed.

    The answer is the same when there is an account already; its owner is told by mail. The link holds for a day. An
    invite code that is nobody's is passed over.
    """
    await registration.register(call, body, device_of(call))
    return _WRITTEN


@routes.post(
    "/auth/activate", needs=PUBLIC, errors=(LINK_INVALID, EMAIL_TAKEN, RATE_LIMITED), status=201, idempotency="none"
)
async def activate(call: Call, body: ActivateBody) -> Reply[TokensView]:
    """Activate the account of a mailed link, and sign in."""
    guest_id = await guest_of(call, body.guest_token)
    signed_in = await registration.activate(call, body.token, device_of(call), guest_id)
    return deliver(call, signed_in, body.delivery, is_new_session=True)


@routes.post(
    "/auth/sign-in", needs=PUBLIC, errors=(SIGN_IN_REFUSED, ACCOUNT_SUSPENDED, RATE_LIMITED), idempotency="none"
)
async def sign_in(call: Call, body: SignInBody) -> Reply[TokensView]:
    """Sign in with e-mail address and password.

    The access token holds for 15 minutes, the session for 7 days after it was last refreshed.
    """
    email = parse_email(body.email)
    guest_id = await guest_of(call, body.guest_token)
    signed_in = await service.sign_in(call, email, body.password, device_of(call), guest_id)
    return deliver(call, signed_in, body.delivery, is_new_session=True)


@routes.post(
    "/auth/refresh",
    needs=PUBLIC,
    errors=(REFRESH_INVALID, REFRESH_RACED, TOKEN_INVALID, RATE_LIMITED),
    idempotency="none",
)
async def refresh(call: Call, body: RefreshBody) -> Reply[TokensView]:
    """Get the next access token, and the next refresh token.

    A refresh token works once. One that comes again within ten seconds from the same address and browser is told to
    wait (409) and take the tokens its twin got; later, or from elsewhere, it ends the session. Send `{}` when the
    token is in a cookie, with the header X-Requested-With.
    """
    token, as_it_came = body.refresh_token, Delivery.BODY
    if token is None:
        refuse_foreign_page(call.request, call.shop.settings)
        token, as_it_came = call.request.cookies.get(REFRESH_COOKIE), Delivery.MIXED
    if not token:
        raise REFRESH_INVALID(f"send refresh_token, or the cookie {REFRESH_COOKIE}; or sign in again")
    signed_in = await service.refresh(call, token, device_of(call))
    return deliver(call, signed_in, body.delivery or as_it_came, is_new_session=False)


@routes.post("/auth/guest", needs=PUBLIC, status=201, idempotency="none")
async def start_guest_session(call: Call) -> GuestView:
    """Start shopping without an account.

    The token holds for 30 days. It cannot be refreshed or revoked; all it opens is the guest's cart.
    """
    guest = service.start_guest(call)
    return GuestView(access_token=guest.token, expires_at=guest.expires_at, guest_id=guest.id)


@routes.post("/auth/sign-out", needs=SIGNED_IN, errors=(NOT_A_USER,), idempotency="none")
async def sign_out(call: Call) -> Reply[None]:
    """End this session; its access token stops at once."""
    await service.sign_out(call)
    return Reply(None, cookies=no_cookies(call.shop.settings))


@routes.post("/auth/sign-out-everywhere", needs=SIGNED_IN, errors=(NOT_A_USER,), idempotency="none")
async def sign_out_everywhere(call: Call) -> Reply[None]:
    """End all sessions, this one too."""
    await service.sign_out_everywhere(call)
    return Reply(None, cookies=no_cookies(call.shop.settings))


@routes.post("/auth/forgot-password", needs=PUBLIC, errors=(RATE_LIMITED,), status=202, idempotency="none")
async def forgot_password(call: Call, body: EmailBody) -> AcceptedView:
    """Have a link mailed that sets a new password; it holds for an hour.

    The answer is the same when there is no such account.
    """
    await recovery.forgot_password(call, parse_email(body.email), device_of(call))
    return _WRITTEN


@routes.post("/auth/reset-password", needs=PUBLIC, errors=(LINK_INVALID, RATE_LIMITED), idempotency="none")
async def reset_password(call: Call, body: ResetPasswordBody) -> None:
    """Set a new password with a mailed link. Every session ends."""
    await recovery.reset_password(call, body.token, body.password, device_of(call))


@routes.post("/auth/change-password", needs=SIGNED_IN, errors=(NOT_A_USER, RATE_LIMITED), idempotency="none")
async def change_password(call: Call, body: ChangePasswordBody) -> None:
    """Change the own password. Every other session ends."""
    await recovery.change_password(call, body.current_password, body.new_password)


@routes.post("/auth/confirm-email", needs=PUBLIC, errors=(LINK_INVALID, EMAIL_TAKEN, RATE_LIMITED), idempotency="none")
async def confirm_email(call: Call, body: LinkBody) -> None:
    """Confirm the new e-mail address of an account with the link mailed to it."""
    await recovery.confirm_email(call, body.token, device_of(call))


@routes.get("/auth/sessions", needs=SIGNED_IN, errors=(NOT_A_USER,))
async def list_sessions(call: Call) -> SessionsView:
    """The own open sessions, at most the 100 used last."""
    sessions = await service.list_sessions(call)
    return SessionsView(
        items=[
            SessionView(
                id=each.id,
                user_agent=each.user_agent,
                ip=each.ip,
                created_at=each.created_at,
                last_used_at=each.last_used_at,
                expires_at=each.expires_at,
                is_current=each.id == call.actor.session_id,
            )
            for each in sessions
        ]
    )


@routes.delete("/auth/sessions/{session_id}", needs=SIGNED_IN, errors=(SESSION_UNKNOWN, NOT_A_USER))
async def end_session(call: Call, path: SessionPath) -> None:
    """End one of the own sessions, on a lost telephone for example."""
    await service.end_session(call, path.session_id)
