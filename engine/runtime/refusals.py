"""A stated reason to say no, compiled: its condition stands in an index, this is what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.runtime.decision import Origin


@dataclass(frozen=True, slots=True)
class CompiledRefusal:
    """`methods` empty: the whole checkout is refused, otherwise only those shipping methods."""

    id: str
    code: str
    methods: frozenset[str]
    message: Mapping[str, str]
    origin: Origin
