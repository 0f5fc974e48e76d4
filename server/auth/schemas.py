"""What do requests and answers about sign-in and sessions look like?"""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from server.web.binding import Body, Path, View

EmailText = Annotated[str, Meta(min_length=3, max_length=254, description="An e-mail address; compared in lower case.")]
PLAIN_TEXT = r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*(?!\n)$"
"""One line with something to see in it."""
PersonName = Annotated[str, Meta(min_length=1, max_length=200, pattern=PLAIN_TEXT)]
Locale = Annotated[
    str,
    Meta(
        min_length=2,
        max_length=35,
        pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}(?!\n)$",
        description="A language tag (BCP 47), such as pt-BR.",
    ),
]
InviteCode = Annotated[
    str,
    Meta(min_length=1, max_length=64, pattern=PLAIN_TEXT, description="Of the friend who sent you, if anybody did."),
]
GivenPassword = Annotated[str, Meta(min_length=1, max_length=200)]
NewPassword = Annotated[
    str, Meta(min_length=8, max_length=200, description="Refused, with the reason, when it is soon guessed.")
]
SecretText = Annotated[str, Meta(min_length=43, max_length=43, pattern=r"^[A-Za-z0-9_-]{43}(?!\n)$")]
TokenText = Annotated[str, Meta(min_length=1, max_length=4096)]


class Delivery(Enum):
    """Where tokens go.

    `mixed`: the access token into the body, the refresh token into an HttpOnly cookie. `cookies`: both into HttpOnly
    cookies; requests that change something then need the header X-Requested-With. `body`: both into the body, for
    programs that are not browsers.
    """

    MIXED = "mixed"
    COOKIES = "cookies"
    BODY = "body"


class RegisterBody(Body, frozen=True, kw_only=True):
    """Somebody who wants an account."""

    email: EmailText
    password: NewPassword
    name: PersonName
    locale: Locale | None = None
    invite_code: InviteCode | None = None


class EmailBody(Body, frozen=True, kw_only=True):
    """An address to write to."""

    email: EmailText


class ActivateBody(Body, frozen=True, kw_only=True):
    """The token of the mailed link. `guest_token`: whose cart comes along."""

    token: SecretText
    guest_token: TokenText | None = None
    delivery: Delivery = Delivery.MIXED


class SignInBody(Body, frozen=True, kw_only=True):
    """Who signs in. `guest_token`: the guest session they shopped with so far, whose cart comes along."""

    email: EmailText
    password: GivenPassword
    guest_token: TokenText | None = None
    delivery: Delivery = Delivery.MIXED


class RefreshBody(Body, frozen=True, kw_only=True):
    """The refresh token, unless a cookie holds it. `delivery`: `body` or `mixed`, as the token came, when left out."""

    refresh_token: SecretText | None = None
    delivery: Delivery | None = None


class LinkBody(Body, frozen=True, kw_only=True):
    """The token of a mailed link."""

    token: SecretText


class ResetPasswordBody(Body, frozen=True, kw_only=True):
    """The token of the mailed link, and the password from now on."""

    token: SecretText
    password: NewPassword


class ChangePasswordBody(Body, frozen=True, kw_only=True):
    """The password so far, and from now on."""

    current_password: GivenPassword
    new_password: NewPassword


class ChangeEmailBody(Body, frozen=True, kw_only=True):
    """The address from now on, once its owner has confirmed it."""

    email: EmailText
    password: GivenPassword


class SessionPath(Path, frozen=True, kw_only=True):
    """Names a session."""

    session_id: UUID


class AcceptedView(View, frozen=True, kw_only=True):
    """The same for everybody: whether there is an account is told by mail only."""

    message: str


class SignedInView(View, frozen=True, kw_only=True):
    """Who signed in."""

    id: UUID
    email: str
    name: str
    roles: list[str]


class TokensView(View, frozen=True, kw_only=True):
    """Tokens of a session. A token is null when it went into a cookie."""

    token_type: Literal["Bearer"] = "Bearer"
    access_token: str | None
    expires_at: datetime
    refresh_token: str | None
    refresh_expires_at: datetime
    user: SignedInView


class AccessTokenView(View, frozen=True, kw_only=True):
    """An access token that nothing refreshes."""

    token_type: Literal["Bearer"] = "Bearer"
    access_token: str
    expires_at: datetime


class GuestView(View, frozen=True, kw_only=True):
    """A guest session: its token is all there is of it."""

    token_type: Literal["Bearer"] = "Bearer"
    access_token: str
    expires_at: datetime
    guest_id: UUID


class SessionView(View, frozen=True, kw_only=True):
    """One sign-in on one device. `is_current`: the one that asks."""

    id: UUID
    user_agent: str | None
    ip: str | None
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    is_current: bool


class SessionsView(View, frozen=True, kw_only=True):
    """Open sessions, the one used last first."""

    items: list[SessionView]
