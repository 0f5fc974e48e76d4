"""What is known of a ruleset of a store? Frozen values, as they were read."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

SAVED: Final = "rulesets.draft_saved"
CASES_ADDED: Final = "rulesets.cases_added"
"""How the audit log calls it when somebody writes into a draft; nobody agrees to a text they have written in."""

VersionStatus = Literal["draft", "published", "archived"]


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """A draft or a published version, without its text. `number` and `hash` are None for drafts."""

    id: UUID
    kind: str
    name: str
    number: int | None
    status: VersionStatus
    content_hash: str
    hash: str | None
    based_on: UUID | None
    comment: str | None
    created_by: UUID | None
    updated_by: UUID | None
    published_by: UUID | None
    published_at: datetime | None
    created_at: datetime
    updated_at: datetime


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """The YAML as it was written, and the files it names, text by name."""

    source: str
    attachments: Mapping[str, str]

    @property
    def hash(self) -> str:
        """sha256 of all of it: what the ETag is made of."""
        return hashlib.sha256(msgspec.json.encode([self.source, sorted(self.attachments.items())])).hexdigest()


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """From when (until when, if ever) a version is live."""

    id: UUID
    version_id: UUID
    number: int
    starts_at: datetime
    ends_at: datetime | None
    reason: str | None
    created_by: UUID | None
    created_at: datetime
    cancelled_at: datetime | None


class Allowed(msgspec.Struct, frozen=True, kw_only=True):
    """A warning that was published in spite of, and why."""

    code: str
    because: str
