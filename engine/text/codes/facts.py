"""Which findings concern scenarios and fact documents (RS7xx)?"""

from __future__ import annotations

from engine.text.codes.code import Code

CODES: tuple[Code, ...] = ()
