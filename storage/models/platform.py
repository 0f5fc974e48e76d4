"""Stores, the people who run the platform, files, and the record of who did what."""

from __future__ import annotations

from tortoise import fields

from storage.models.fields import Row, TenantRow


class Store(Row):
    """A tenant."""

    slug = fields.TextField()
    name = fields.TextField()
    domain = fields.TextField(null=True)
    status = fields.TextField(default="active")
    currency = fields.TextField()
    timezone = fields.TextField()
    locale = fields.TextField(default="en")
    country = fields.TextField()
    settings: fields.Field[dict[str, object]] = fields.JSONField(default=dict)
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        """The table."""

        table = "stores"


class PlatformUser(Row):
    """Someone who runs the platform."""

    email = fields.TextField()
    email_folded = fields.TextField()
    name = fields.TextField()
    password_hash = fields.TextField()
    status = fields.TextField(default="active")
    tokens_valid_after = fields.DatetimeField()
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        """The table."""

        table = "platform_users"


class AuditEntry(TenantRow):
    """Who did what."""

    actor_kind = fields.TextField()
    actor_id = fields.UUIDField(null=True)
    action = fields.TextField()
    resource_type = fields.TextField()
    resource_id = fields.TextField()
    before: fields.Field[object] = fields.JSONField(null=True)
    after: fields.Field[object] = fields.JSONField(null=True)
    request_id = fields.TextField(null=True)

    class Meta:
        """The table."""

        table = "audit_log"


class Media(TenantRow):
    """A file behind the media port."""

    purpose = fields.TextField()
    key = fields.TextField()
    content_type = fields.TextField()
    size_bytes = fields.BigIntField()
    width = fields.IntField(null=True)
    height = fields.IntField(null=True)
    owner_id = fields.UUIDField(null=True)

    class Meta:
        """The table."""

        table = "media"
