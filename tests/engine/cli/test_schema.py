"""`sostech schema`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from engine.documents.kinds import KINDS

Sostech = Callable[..., Any]

_KNOWN = {
    "orders": "order.total", "access": "orders.refund", "inventory": "customer.group",
    "referrals": "friend.orders_paid", "signals": "order.total", "notifications": "order.total",
}  # fmt: skip
"""A fact or an action of the vocabulary; destination.country for the kinds of a checkout."""


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_a_valid_schema_that_knows_the_vocabulary(sostech: Sostech, kind: str) -> None:
    schema = sostech("schema", kind).json
    Draft202012Validator.check_schema(schema)
    known = _KNOWN.get(kind, "destination.country")
    assert known in msgspec.json.encode(schema).decode()


def test_all_schemas_are_written_to_a_folder(sostech: Sostech, tmp_path: Path) -> None:
    run = sostech("schema", "all", "--write", str(tmp_path), "--json")
    assert run.code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(f"{kind}.schema.json" for kind in KINDS)
    assert len(run.json["written"]) == len(KINDS)


def test_an_unknown_kind_is_a_usage_fault_with_a_suggestion(sostech: Sostech) -> None:
    run = sostech("schema", "promotion")
    assert (run.code, run.err) == (2, "error: there is no kind 'promotion'; did you mean 'promotions'?\n")
    assert sostech("schema", "all").code == 2


def test_a_folder_that_is_not_there_is_a_usage_fault(sostech: Sostech, tmp_path: Path) -> None:
    run = sostech("schema", "tax", "--write", str(tmp_path / "gone"))
    assert run.code == 2
    assert "error[RS913]" in run.err
