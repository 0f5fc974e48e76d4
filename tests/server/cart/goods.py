"""Things to put into a cart, and people who do; both made behind the API's back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from server.cart.snapshot import Owner
from server.web.call import Shop
from storage.ids import new_id
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.server.actors import Actors
from tests.shop import Answer, Client, expect

SAO_PAULO = {"country": "BR", "postcode": "01310-100", "region": "SP", "city": "São Paulo"}


@dataclass(frozen=True)
class Goods:
    """The catalogue of one store."""

    shop: Shop
    store: Store

    async def put(
        self,
        sku: str,
        price: int = 1990,
        *,
        sale_price: int | None = None,
        category: str | None = None,
        weight_g: int | None = 400,
        on_hand: int = 100,
        tags: tuple[str, ...] = (),
        options: tuple[str, ...] = (),
        status: str = "active",
        product_status: str = "active",
    ) -> UUID:
        """A product with one variant, minor units; the variant's id."""
        product, variant = new_id(), new_id()

        async def work(tx: Transaction) -> None:
            category_id = None if category is None else await self._category(tx, category)
            await tx.execute(
                "INSERT INTO products (id, store_id, slug, name, status, category_id, tags)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7)",
                product, self.store.id, f"p-{sku.lower()}", f"Product {sku}", product_status, category_id, list(tags),
            )  # fmt: skip
            await tx.execute(
                "INSERT INTO variants (id, store_id, product_id, sku, name, status, list_price, sale_price, weight_g,"
                " option_pairs) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                variant, self.store.id, product, sku, f"Variant {sku}", status, price, sale_price, weight_g,
                list(options),
            )  # fmt: skip
            await tx.execute(
                "INSERT INTO stock_levels (variant_id, store_id, on_hand) VALUES ($1, $2, $3)",
                variant, self.store.id, on_hand,
            )  # fmt: skip

        await self.shop.database.transaction(self.store.id, work)
        return variant

    async def _category(self, tx: Transaction, path: str) -> UUID:
        """The category of that path, made when it is missing; its parents do not matter to rules."""
        found = await tx.fetchval("SELECT id FROM categories WHERE path = $1", path)
        if found is not None:
            return UUID(str(found))
        made = new_id()
        await tx.execute(
            "INSERT INTO categories (id, store_id, slug, name, path) VALUES ($1, $2, $3, $4, $5)",
            made, self.store.id, path.rpartition("/")[2], path, path,
        )  # fmt: skip
        return made

    async def offer(self, variant: UUID, price: int, starts: str, ends: str) -> None:
        """A timed offer; the times are intervals from now, such as "-1 hour"."""
        await self.execute(
            "INSERT INTO offers (id, store_id, variant_id, name, price, starts_at, ends_at) VALUES"
            " ($1, $2, $3, 'Offer', $4, now() + $5::text::interval, now() + $6::text::interval)",
            new_id(), self.store.id, variant, price, starts, ends,
        )  # fmt: skip

    async def execute(self, sql: str, *arguments: object) -> int:
        """Run a statement in the store; the rows it changed."""
        return await self.shop.database.transaction(self.store.id, lambda tx: tx.execute(sql, *arguments))

    async def value(self, sql: str, *arguments: object) -> Any:
        """One value out of the store."""
        return await self.shop.database.transaction(self.store.id, lambda tx: tx.fetchval(sql, *arguments))


@dataclass(frozen=True)
class Shopper:
    """Somebody with a cart. Every call answers with the whole cart and fails the test when it is refused."""

    client: Client
    owner: Owner

    async def cart(self) -> Any:
        """What is in it."""
        return expect(await self.client.get("/cart"))

    async def add(self, sku: str, quantity: int = 1) -> Any:
        """Put something in."""
        return expect(await self.client.post("/cart/items", {"sku": sku, "quantity": quantity}))

    async def choose(self, what: str, value: Any) -> Any:
        """PUT one of the cart's fields."""
        return expect(await self.client.put(f"/cart/{what}", value))

    async def coupon(self, code: str) -> Answer:
        """Enter a code, whatever becomes of it."""
        return await self.client.put("/cart/coupon", {"code": code})

    async def ready(self, *skus: str) -> Any:
        """Fill the cart and say all that an order needs."""
        for sku in skus:
            await self.add(sku)
        await self.choose("contact", {"email": "ana@example.com", "phone": "+55 11 91234-5678"})
        return await self.choose("destination", SAO_PAULO)


@dataclass(frozen=True)
class Shoppers:
    """Makes people of one store."""

    shop: Shop
    client: Client
    actors: Actors

    def guest(self) -> Shopper:
        """A stranger."""
        return self._shopper("guest", new_id())

    async def user(self, **values: Any) -> Shopper:
        """A customer with an account; `values` are columns of users."""
        user_id = new_id()
        email = f"{user_id.hex}@example.com"
        row: dict[str, Any] = {"email": email, "email_folded": email, "name": "Ana", **values}
        columns = ", ".join(row)
        places = ", ".join(f"${number}" for number, _ in enumerate(row, 3))

        async def work(tx: Transaction) -> None:
            await tx.execute(
                f"INSERT INTO users (id, store_id, {columns}) VALUES ($1, $2, {places})",
                user_id, self.client.store.id, *row.values(),
            )  # fmt: skip

        await self.shop.database.transaction(self.client.store.id, work)
        return self._shopper("user", user_id, ("customer",))

    def _shopper(self, kind: Any, id: UUID, roles: tuple[str, ...] | None = None) -> Shopper:
        token = self.actors.token(self.client.store, kind, roles, id)
        return Shopper(self.client.signed_in(token), Owner(kind, id))


def item(cart: Mapping[str, Any], sku: str) -> Any:
    """The item of a SKU."""
    return next(each for each in cart["items"] if each["sku"] == sku)


def line(cart: Mapping[str, Any], sku: str) -> Any:
    """The decided line of a SKU."""
    return next(each for each in cart["decision"]["lines"] if each["sku"] == sku)


def quantities(cart: Mapping[str, Any]) -> dict[str, int]:
    """Units by SKU."""
    return {each["sku"]: each["quantity"] for each in cart["items"]}
