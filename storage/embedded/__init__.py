"""A PostgreSQL of our own: with no DATABASE_URL the program starts one in its data directory.

    with EmbeddedPostgres(Path("var")) as address:
        serve(address.url)

Several processes may do so at once; the last one to leave stops the server. Linux only. Start reading in `shared.py`.
"""

from storage.embedded.address import Address
from storage.embedded.binaries import Binaries, find_binaries
from storage.embedded.errors import EmbeddedError
from storage.embedded.shared import EmbeddedPostgres

__all__ = ["Address", "Binaries", "EmbeddedError", "EmbeddedPostgres", "find_binaries"]
