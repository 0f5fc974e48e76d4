"""Which findings concern the shape of a document (RS2xx)?"""

from __future__ import annotations

from engine.text.codes.code import Code

CODES: tuple[Code, ...] = ()
