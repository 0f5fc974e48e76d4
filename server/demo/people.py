"""Who lives in the demo shop? One person for each role worth trying; all with the same password, which is no secret."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

PASSWORD: Final = "sabia-canta-na-laranjeira-7"
"""Of every demo account. Demo accounts are made outside production only."""


@dataclass(frozen=True, slots=True)
class Person:
    """A demo account. `seller` is the slug of the seller they are; `has_address`: a default one in São Paulo."""

    email: str
    name: str
    roles: tuple[str, ...]
    group: str | None = None
    seller: str | None = None
    has_address: bool = False
    about: str = ""


PEOPLE: Final = (
    Person("admin@example.com", "Alice Admin", ("admin",), about="may do everything in the shop"),
    Person("staff@example.com", "Sônia Silva", ("staff",), about="sees most, changes orders"),
    Person("warehouse@example.com", "Walter Wolf", ("warehouse",), about="counts and ships"),
    Person("support@example.com", "Sara Souza", ("support",), about="answers customers"),
    Person("seller@example.com", "Ana do Ateliê", ("seller",), seller="atelie-da-ana", about="sells what is hers"),
    Person(
        "ana@example.com", "Ana Andrade", ("customer",), group="member", has_address=True, about="a member of the club"
    ),
    Person("bruno@example.com", "Bruno Braga", ("customer",), about="a customer without anything special"),
    Person("vera@example.com", "Vera Viana", ("customer",), group="vip", has_address=True, about="a VIP"),
)
