"""What can be wrong with the database, in words an operator can act on."""

from __future__ import annotations


class StorageError(Exception):
    """The database cannot be used as it is; the message names the reason and the way out."""


class DatabaseUnavailable(StorageError):
    """PostgreSQL does not answer now, or is busy beyond our patience. Trying again later may help."""


class DatabaseBehind(StorageError):
    """The schema is older or newer than this program."""


class UnsafeRole(StorageError):
    """The role the shop would serve with could read past row-level security."""
