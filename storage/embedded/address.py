"""Where is the server? A socket in a private directory, never a TCP port."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True)
class Address:
    """How to connect. `host` is the directory of the unix socket; there is no password (see `cluster.py`)."""

    host: str
    port: int
    database: str
    user: str

    @property
    def url(self) -> str:
        """The same as a postgresql:// URL, as libpq and asyncpg read it."""
        return (
            f"postgresql://{quote(self.user, safe='')}@/{quote(self.database, safe='')}"
            f"?host={quote(self.host, safe='')}&port={self.port}"
        )
