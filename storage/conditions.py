"""How is a statement written whose conditions depend on what is asked? Conditions collected with their parameters."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Conditions:
    """Conditions and their parameters, as they are collected."""

    written: list[str] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)

    def parameter(self, value: object) -> str:
        """The place of a new parameter."""
        self.values.append(value)
        return f"${len(self.values)}"

    def add(self, condition: str, value: object) -> None:
        """A condition in which every {} is the value; none when there is no value."""
        if value is not None:
            self.written.append(condition.replace("{}", self.parameter(value)))

    def all(self, condition: str, *values: object) -> None:
        """A condition with a {} for each value."""
        self.written.append(condition.format(*(self.parameter(value) for value in values)))

    @property
    def sql(self) -> str:
        """All of them."""
        return " AND ".join(self.written) or "true"
