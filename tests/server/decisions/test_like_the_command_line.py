"""Does the shop decide a basket exactly as `sostech dry-run` decides the same cart?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from engine import Cart, to_json
from engine.cli.app import COMMANDS, build
from engine.cli.files import Files
from engine.cli.scenario_files import scenarios_in
from engine.facts.cart import Line
from engine.facts.scenario import ScenarioContext, read_scenario
from engine.money import format_amount
from server.decisions import service
from server.decisions.books import LiveBook, RuleBooks
from server.decisions.facts import to_cart
from server.decisions.given import basket_of
from server.decisions.schemas import DryRunBody
from tests.conftest import CHECKOUT
from tests.server.decisions.conftest import a_store

CARTS = sorted((CHECKOUT / "examples" / "carts").glob("*.yaml"))
STORES: dict[str, tuple[str, dict[str, str]]] = {
    "br": ("BRL", {}),
    "uk": ("GBP", {"rules": "uk"}),
    "jp": ("JPY", {"rules": "japan"}),
}
RENAMED = {"line.list_price": "price"}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MONEY = ("line.list_price", "line.sale_price", "line.cost", "line.floor_price", "customer.spent")


def read(path: Path, live: LiveBook) -> Cart:
    """The cart of an example."""
    found = next(iter(scenarios_in(Files(), path)))
    assert found.node is not None
    scenario, faults = read_scenario(found.node, ScenarioContext(vocabulary=live.vocabulary))
    assert scenario is not None, faults
    return scenario.cart


def written(facts: Mapping[str, Any], owner: str, currency: str) -> dict[str, Any]:
    """The facts of an owner as a request writes them."""
    return {
        RENAMED.get(name, name).removeprefix(f"{owner}."): format_amount(key, currency)
        if name in MONEY
        else key.rstrip("/")
        if name == "line.category"
        else key
        for name, key in facts.items()
        if name.startswith(f"{owner}.") or name in RENAMED
    }


def asked(cart: Cart) -> DryRunBody:
    """The cart as the body of a dry run."""

    def item(line: Line) -> dict[str, Any]:
        tags = {name.removeprefix("line."): sorted(members) for name, members in line.sets.items()}
        return {**written(line.facts, "line", cart.currency), **tags}

    body = {
        "lines": [{**item(line), "id": line.id} for line in cart.lines],
        "catalogue": [without_quantity(item(each.line)) for each in cart.catalogue],
        "customer": written(cart.facts, "customer", cart.currency),
        "destination": written(cart.facts, "destination", cart.currency),
        "coupon_codes": [coupon.code for coupon in cart.coupons],
        "payment_method": cart.payment_method,
        "shipping_method": cart.shipping_method,
        "channel": cart.facts.get("channel"),
        "locale": cart.facts.get("locale"),
    }
    return msgspec.convert(body, DryRunBody)


def without_quantity(item: dict[str, Any]) -> dict[str, Any]:
    """An item of the catalogue is always one."""
    return {key: value for key, value in item.items() if key != "quantity"}


def at_the_command_line(path: Path) -> Any:
    """The decision, with hints, as the command prints it."""
    result = CliRunner().invoke(build(COMMANDS), ["dry-run", "--json", "--hints", str(path)])
    assert result.exit_code == 0, result.output
    # Places begin with the folder of the rulesets; the shop names it from the store on.
    return msgspec.json.decode(result.stdout.replace("examples/stores/", ""))["decision"]


@pytest.mark.parametrize("path", CARTS, ids=lambda path: path.stem)
def test_an_example_cart_is_decided_as_at_the_command_line(
    path: Path, books: RuleBooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(CHECKOUT)
    currency, settings = STORES[path.stem[:2]]
    live = books.live(a_store(currency, **settings))
    cart = read(path, live)
    basket = basket_of(asked(cart), currency, EPOCH + timedelta(microseconds=cart.now))
    assert to_cart(basket) == cart
    decision = service.decide(live, basket)
    with_hints = msgspec.structs.replace(decision, hints=service.hints_for(live, basket, decision))
    assert msgspec.json.decode(to_json(with_hints)) == at_the_command_line(path)


def test_there_are_examples_of_every_store() -> None:
    assert {path.stem[:2] for path in CARTS} == set(STORES)
