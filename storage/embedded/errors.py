"""What can keep a PostgreSQL of our own from running."""

from __future__ import annotations

from storage.errors import StorageError


class EmbeddedError(StorageError):
    """The embedded PostgreSQL cannot be found, started or stopped; the message names the way out."""
