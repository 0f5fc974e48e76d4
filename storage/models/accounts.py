"""People of a store, their addresses, sessions and one-time tokens."""

from __future__ import annotations

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from storage.models.fields import ChangingTenantRow, TenantRow


class User(ChangingTenantRow):
    """A customer or a member of staff."""

    email = fields.TextField()
    email_folded = fields.TextField()
    name = fields.TextField()
    phone = fields.TextField(null=True)
    password_hash = fields.TextField(null=True)
    status = fields.TextField(default="active")
    roles: fields.Field[list[str]] = ArrayField("text", default=lambda: ["customer"])
    customer_group = fields.TextField(null=True)
    tags: fields.Field[list[str]] = ArrayField("text", default=list)
    locale = fields.TextField(null=True)
    avatar_id = fields.UUIDField(null=True)
    last_signed_in_at = fields.DatetimeField(null=True)

    class Meta:
        """The table. The database alone keeps tokens_valid_after, which begins at minus infinity."""

        table = "users"


class Registration(TenantRow):
    """A sign-up that waits for its mailed token."""

    email = fields.TextField()
    email_folded = fields.TextField()
    name = fields.TextField()
    password_hash = fields.TextField()
    locale = fields.TextField(null=True)
    token_hash = fields.BinaryField()
    expires_at = fields.DatetimeField()
    activated_at = fields.DatetimeField(null=True)
    invite_code = fields.TextField(null=True)

    class Meta:
        """The table."""

        table = "registrations"


class Address(ChangingTenantRow):
    """Where somebody lives, or has things sent to."""

    user_id = fields.UUIDField()
    kind = fields.TextField(default="both")
    label = fields.TextField(null=True)
    name = fields.TextField()
    company = fields.TextField(null=True)
    phone = fields.TextField(null=True)
    line1 = fields.TextField()
    line2 = fields.TextField(null=True)
    city = fields.TextField()
    region = fields.TextField(null=True)
    postcode = fields.TextField(null=True)
    country = fields.TextField()
    is_default = fields.BooleanField(default=False)

    class Meta:
        """The table."""

        table = "addresses"


class UserSession(TenantRow):
    """One sign-in on one device. Its `ip` column is SQL's, Tortoise has no such type."""

    user_id = fields.UUIDField()
    user_agent = fields.TextField(null=True)
    expires_at = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)
    revoked_reason = fields.TextField(null=True)
    last_used_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        """The table."""

        table = "sessions"


class RefreshToken(TenantRow):
    """One of the tokens a session is prolonged with; each works once."""

    session_id = fields.UUIDField()
    token_hash = fields.BinaryField()
    expires_at = fields.DatetimeField()
    used_at = fields.DatetimeField(null=True)

    class Meta:
        """The table."""

        table = "refresh_tokens"


class OneTimeToken(TenantRow):
    """A token sent by mail, to set a password or to confirm an address."""

    user_id = fields.UUIDField()
    purpose = fields.TextField()
    payload: fields.Field[dict[str, object]] = fields.JSONField(default=dict)
    token_hash = fields.BinaryField()
    expires_at = fields.DatetimeField()
    used_at = fields.DatetimeField(null=True)

    class Meta:
        """The table."""

        table = "one_time_tokens"
