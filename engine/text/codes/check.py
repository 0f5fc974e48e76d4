"""Which findings concern names, types, units and stages (RS3xx)?"""

from __future__ import annotations

from engine.text.codes.code import Code

CODES: tuple[Code, ...] = ()
