"""Which findings concern rule books, files and hashes (RS9xx)?"""

from __future__ import annotations

from engine.text.codes.code import Code

CODES: tuple[Code, ...] = ()
