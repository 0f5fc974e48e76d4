"""Which findings concern the cases stored with a ruleset (RS6xx)?"""

from __future__ import annotations

from engine.text.codes.code import Code

CODES: tuple[Code, ...] = ()
