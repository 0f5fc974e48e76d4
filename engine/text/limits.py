"""How much may one document cost to read?"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Upper bounds for one text; each has its own diagnostic code (RS140 to RS144).

    `max_nodes` counts scalars, keys, lists and mappings after aliases are expanded; `max_alias_nodes` counts
    only the nodes that aliases add. A document that is a flat list has depth 1.
    """

    max_bytes: int = 8 * 1024 * 1024
    max_depth: int = 64
    max_nodes: int = 400_000
    max_scalar_chars: int = 64 * 1024
    max_alias_nodes: int = 10_000
    max_diagnostics: int = 50


DEFAULT_LIMITS = Limits()
