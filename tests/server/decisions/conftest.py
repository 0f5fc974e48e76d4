"""The live book of a Brazilian store, and a caller who works there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from server.decisions.books import LiveBook, RuleBooks
from server.web.call import Shop
from storage.ids import new_id
from storage.tenancy import Store
from tests.conftest import CHECKOUT
from tests.server.actors import Actors, install_actors
from tests.shop import Client

EXAMPLE_STORES = CHECKOUT / "examples" / "stores"


def a_store(currency: str = "BRL", **settings: Any) -> Store:
    """A store that is in no database."""
    return Store(
        id=new_id(), slug="a", name="A", domain=None, currency=currency, timezone="America/Sao_Paulo", locale="pt-BR",
        country="BR", settings=settings,
    )  # fmt: skip


@pytest.fixture(scope="session")
def books() -> RuleBooks:
    """The shipped rulesets, and those of the example stores."""
    return RuleBooks(EXAMPLE_STORES)


@pytest.fixture(scope="session")
def live(books: RuleBooks) -> LiveBook:
    """What decides for a store that has said nothing."""
    return books.live(a_store())


@pytest.fixture(scope="session")
def other_book(tmp_path_factory: pytest.TempPathFactory) -> LiveBook:
    """The shipped rulesets, but ten per cent are given from 100.00 on."""
    folder = Path(tmp_path_factory.mktemp("stores")) / "other" / "rules"
    for path in (CHECKOUT / "rules").glob("*/**/*"):
        if path.is_file() and path.suffix in (".yaml", ".csv"):
            copy = folder / path.relative_to(CHECKOUT / "rules")
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    promotions = folder / "promotions" / "v1.yaml"
    text = promotions.read_text("utf-8")
    assert '"150.00"' in text
    promotions.write_text(text.replace('"150.00"', '"100.00"'), "utf-8")
    return RuleBooks(folder.parent.parent).live(a_store(rules="other"))


@pytest.fixture(scope="session")
def actors(shop: Shop) -> Actors:
    """Callers of any role."""
    return install_actors(shop)


@pytest_asyncio.fixture(loop_scope="session")
async def support(client: Client, store: Store, actors: Actors) -> Client:
    """Somebody of support, who may dry-run, read the log and see every rule."""
    return client.signed_in(actors.token(store, roles=("support",)))


def plain(value: object) -> Any:
    """A Struct as the JSON it becomes."""
    return msgspec.json.decode(msgspec.json.encode(value))
