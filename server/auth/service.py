"""How does somebody become signed in, stay so, and stop? Sessions of users, and the tokens of guests.

A session is the family of its refresh tokens. Each works once and is followed by the next; one that comes again later
was stolen, from us or from them, so the whole family ends.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import structlog

from server.auth import repo
from server.auth.bearer import TOKENS, Claims
from server.auth.devices import Device, known_mark
from server.auth.emails import Email
from server.auth.errors import (
    ACCOUNT_SUSPENDED,
    NOT_A_USER,
    REFRESH_INVALID,
    REFRESH_RACED,
    SESSION_UNKNOWN,
    SIGN_IN_REFUSED,
)
from server.auth.limits import PER_ACCOUNT, PER_ACCOUNT_AND_SOURCE, REFRESHES, SIGN_INS
from server.auth.passwords import PASSWORDS
from server.auth.repo import Credentials, OpenSession, SessionSnapshot
from server.auth.secret import digest_of, new_secret
from server.web.call import Call, Resource
from server.web.limits import LIMITER
from storage.ids import new_id
from storage.tenancy import Store
from storage.transaction import Transaction

ACCESS_LIFETIME: Final = timedelta(minutes=15)
REFRESH_LIFETIME: Final = timedelta(days=7)
GUEST_LIFETIME: Final = timedelta(days=30)
"""As long as a cart lives that nobody touches. A guest has no session, so only changing the keys ends it earlier."""
RACE_GRACE: Final = timedelta(seconds=10)
"""Two tabs, or a request sent again by a bad network: for so long a used token that comes again from the same address
and browser is told to wait for its twin. It gets no tokens, so the family cannot fork."""
MOST_SESSIONS_SHOWN: Final = 100

SignInHook = Callable[[Transaction, Store, UUID, UUID], Awaitable[None]]
"""Called in the transaction of a sign-in: transaction, store, user id, guest id."""
ON_SIGN_IN: Final = Resource[Sequence[SignInHook]]("auth.on_sign_in")

_LOG: Final = structlog.get_logger("sostech.auth")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session and the tokens that prove it."""

    session: OpenSession
    access_token: str
    access_expires_at: datetime
    refresh_token: str


@dataclass(frozen=True, slots=True)
class GuestSession:
    """A guest and the token that proves it."""

    id: UUID
    token: str
    expires_at: datetime


def start_guest(call: Call) -> GuestSession:
    """A new guest of the store; nothing is written."""
    guest_id = new_id()
    # The clock that will verify: nothing but this process takes part.
    issued_at = int(time.time())
    expires_at = issued_at + int(GUEST_LIFETIME.total_seconds())
    claims = Claims(sub=guest_id, kind="guest", store=call.store.id, iat=issued_at, exp=expires_at)
    return GuestSession(guest_id, call.use(TOKENS).issue(claims), datetime.fromtimestamp(expires_at, UTC))


async def sign_in(call: Call, email: Email, password: str, device: Device, guest_id: UUID | None) -> SignedIn:
    """Open a session, and give the user what the guest had in the cart.

    Raises SIGN_IN_REFUSED, the same for a wrong password and for nobody; ACCOUNT_SUSPENDED only to who knows the
    password; RATE_LIMITED.
    """
    tried = (str(call.store.id), email.folded)
    mark = known_mark(call.shop.keys, call.store.id, email.folded, device.cookie)
    source = device.network if mark is None else f"device {mark}"
    known = await _counted_look_up(call, email, device, tried, source, is_known_device=mark is not None)
    passwords = call.use(PASSWORDS)
    stored = known.password_hash if known is not None else None
    verdict = await passwords.verify(stored, password)
    if known is None or stored is None or not verdict.is_right:
        raise SIGN_IN_REFUSED("no account has this e-mail address and password")
    if known.status != "active":
        raise ACCOUNT_SUSPENDED(f"this account is {known.status}; ask the shop")
    new_hash = await passwords.hash(password) if verdict.is_outdated else stored
    signed_in = await open_session(call, known.user_id, (stored, new_hash), device, guest_id)
    await call.use(LIMITER).forget(PER_ACCOUNT_AND_SOURCE, *tried, source)
    return signed_in


async def open_session(
    call: Call, user_id: UUID, hashes: tuple[str, str], device: Device, guest_id: UUID | None
) -> SignedIn:
    """A session for somebody who has shown who they are; `hashes`: the verified one, and the one from now on."""
    token = new_secret()
    verified, following = hashes

    async def work(tx: Transaction) -> OpenSession:
        session = await repo.open_session(
            tx, user_id, verified_hash=verified, new_hash=following, token=token, device=device,
            lifetime=REFRESH_LIFETIME,
        )  # fmt: skip
        if session is None:
            raise SIGN_IN_REFUSED("the account changed at this very moment; sign in again")
        if guest_id is not None:
            for hook in call.use(ON_SIGN_IN):
                await hook(tx, call.store, user_id, guest_id)
        return session

    return _signed_in(call, await call.database.transaction(call.store.id, work), token.text)


async def refresh(call: Call, token: str, device: Device) -> SignedIn:
    """The next access and refresh token of the session.

    Raises REFRESH_INVALID; after a token came again the whole session is over. REFRESH_RACED within RACE_GRACE.
    """
    await call.use(LIMITER).hit(REFRESHES, device.network)
    digest, following = digest_of(token), new_secret()

    async def work(tx: Transaction) -> OpenSession | repo.UsedToken | None:
        session = await repo.use_token(tx, digest, following=following, device=device, lifetime=REFRESH_LIFETIME)
        if session is not None:
            return session
        used = await repo.used_before(tx, digest, device, RACE_GRACE)
        if used is not None and not used.is_race:
            await repo.revoke_sessions(tx, used.user_id, "reuse", only=used.session_id)
        return used

    # The refusal is raised after the commit: it must not undo the end of the family.
    outcome = await call.database.transaction(call.store.id, work)
    if isinstance(outcome, OpenSession):
        return _signed_in(call, outcome, following.text)
    if outcome is None:
        raise REFRESH_INVALID("the refresh token is unknown, expired or signed out; sign in again")
    if outcome.is_race:
        raise REFRESH_RACED("another request of yours uses this token; take the tokens it gets", retry_after_seconds=1)
    _LOG.warning("refresh_token_reused", session_id=str(outcome.session_id), user_id=str(outcome.user_id))
    raise REFRESH_INVALID("the refresh token was used before, so somebody else may have it; sign in again")


async def sign_out(call: Call) -> None:
    """End the session of this request."""
    user_id = user_of(call)

    async def work(tx: Transaction) -> None:
        await repo.revoke_sessions(tx, user_id, "signed_out", only=call.actor.session_id)

    await call.database.transaction(call.store.id, work)


async def sign_out_everywhere(call: Call) -> None:
    """End every session of the user."""
    user_id = user_of(call)

    async def work(tx: Transaction) -> None:
        await repo.revoke_sessions(tx, user_id, "signed_out_everywhere")
        await repo.refuse_older_tokens(tx, user_id)

    await call.database.transaction(call.store.id, work)


async def list_sessions(call: Call) -> Sequence[SessionSnapshot]:
    """The user's open sessions."""
    user_id = user_of(call)

    async def work(tx: Transaction) -> Sequence[SessionSnapshot]:
        return await repo.live_sessions(tx, user_id, MOST_SESSIONS_SHOWN)

    return await call.database.transaction(call.store.id, work)


async def end_session(call: Call, session_id: UUID) -> None:
    """End one of the user's sessions. Raises SESSION_UNKNOWN."""
    user_id = user_of(call)

    async def work(tx: Transaction) -> None:
        if await repo.revoke_sessions(tx, user_id, "signed_out", only=session_id) != 1:
            raise SESSION_UNKNOWN(f"you have no open session {session_id}; GET /auth/sessions lists them")

    await call.database.transaction(call.store.id, work)


def user_of(call: Call) -> UUID:
    """The user of the store who asks. Raises NOT_A_USER for someone of the platform."""
    if call.actor.kind != "user":
        raise NOT_A_USER("this is for users of the store; accounts of the platform have no profile or session here")
    return call.user_id


async def _counted_look_up(
    call: Call, email: Email, device: Device, tried: tuple[str, str], source: str, *, is_known_device: bool
) -> Credentials | None:
    """The account that is tried, if this try is not one too many. What strangers try never counts for its user."""
    limiter = call.use(LIMITER)
    if not is_known_device:
        await limiter.hit(SIGN_INS, device.network)
    await limiter.hit(PER_ACCOUNT_AND_SOURCE, *tried, source)

    async def work(tx: Transaction) -> Credentials | None:
        return await repo.credentials_by_email(tx, email.folded, device)

    known = await call.database.transaction(call.store.id, work)
    if not is_known_device and not (known is not None and known.signed_in_from_here):
        await limiter.hit(PER_ACCOUNT, *tried)
    return known


def _signed_in(call: Call, session: OpenSession, refresh_token: str) -> SignedIn:
    issued_at = int(session.now.timestamp())
    expires_at = issued_at + int(ACCESS_LIFETIME.total_seconds())
    claims = Claims(
        sub=session.user_id, kind="user", store=call.store.id, sid=session.id, iat=issued_at, exp=expires_at
    )
    token = call.use(TOKENS).issue(claims)
    return SignedIn(session, token, datetime.fromtimestamp(expires_at, UTC), refresh_token)
