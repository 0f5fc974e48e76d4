"""What can staff do with attributes and their values? Add, change and delete them; all of it audited."""

from __future__ import annotations

from msgspec.structs import replace

from server.catalog import indexing
from server.catalog import taxonomy_repo as repo
from server.catalog.changes import record
from server.catalog.errors import ATTRIBUTE_UNKNOWN, STILL_USED, TAXON_INVALID
from server.catalog.product import Named, OptionDetail
from server.catalog.taxa import Attribute, AttributeValue
from server.catalog.taxonomy import given, slug_for, slug_taken
from server.catalog.taxonomy_schemas import AttributeBody, AttributeChange, ValueChange
from server.errors import Fault
from server.web.call import Call
from storage.ids import new_id
from storage.transaction import Transaction


async def create_attribute(call: Call, body: AttributeBody) -> OptionDetail:
    """Add an attribute with values. Raises SLUG_TAKEN, and TAXON_INVALID for values of the same code."""
    attribute = Attribute(
        id=new_id(), code=body.code or slug_for(body.name, "/code"), name=body.name, position=body.position
    )
    values = [
        Named(code=value.code or slug_for(value.name, f"/values/{number}/code"), name=value.name)
        for number, value in enumerate(body.values)
    ]
    _refuse_repeated([value.code for value in values])
    detail = OptionDetail(code=attribute.code, name=attribute.name, values=values)

    async def work(tx: Transaction) -> OptionDetail:
        if not await repo.insert_attribute(tx, attribute):
            raise slug_taken(attribute.code)
        rows = [(value.code, value.name, number) for number, value in enumerate(values)]
        await repo.put_values(tx, attribute.id, rows)
        await record(call, tx, "catalog.attribute_created", "attribute", attribute.id, None, detail)
        return detail

    return await call.database.transaction(call.store.id, work)


async def change_attribute(call: Call, code: str, change: AttributeChange) -> None:
    """Change the name or position of an attribute. Raises ATTRIBUTE_UNKNOWN."""

    async def work(tx: Transaction) -> None:
        old = await _attribute(tx, code)
        new = replace(old, name=given(change.name, old.name), position=given(change.position, old.position))
        await repo.update_attribute(tx, new)
        await record(call, tx, "catalog.attribute_changed", "attribute", old.id, old, new)

    await call.database.transaction(call.store.id, work)


async def delete_attribute(call: Call, code: str) -> None:
    """Delete an attribute that no product has a value of. Raises ATTRIBUTE_UNKNOWN and STILL_USED."""

    async def work(tx: Transaction) -> None:
        await repo.lock_attribute(tx, code)
        attribute = await _attribute(tx, code)
        if not await repo.delete_attribute(tx, attribute):
            raise STILL_USED(f"products have values of {code!r}; take them away first")
        await record(call, tx, "catalog.attribute_deleted", "attribute", attribute.id, attribute, None)

    await call.database.transaction(call.store.id, work)


async def put_value(call: Call, code: str, value: str, change: ValueChange) -> None:
    """Add a value, or change its name and position; products with it are found by the name at once.

    Raises ATTRIBUTE_UNKNOWN.
    """

    async def work(tx: Transaction) -> None:
        attribute = await _attribute(tx, code)
        old = await repo.find_value(tx, attribute.id, value)
        await repo.put_values(tx, attribute.id, [(value, change.name, change.position)])
        if old is not None and old.name != change.name:
            await indexing.reindex(tx, await repo.products_of(tx, pairs_like=f"{code}:{value}"))
        action = "catalog.value_changed" if old else "catalog.value_created"
        await record(call, tx, action, "attribute_value", f"{code}:{value}", old, change)

    await call.database.transaction(call.store.id, work)


async def delete_value(call: Call, code: str, value: str) -> None:
    """Delete a value that no product has. Raises ATTRIBUTE_UNKNOWN and STILL_USED."""

    async def work(tx: Transaction) -> None:
        await repo.lock_attribute(tx, code)
        found = await _value(tx, await _attribute(tx, code), value)
        if not await repo.delete_value(tx, found, f"{code}:{value}"):
            raise STILL_USED(f"products are {code} {value}; give them another value first")
        await record(call, tx, "catalog.value_deleted", "attribute_value", f"{code}:{value}", found, None)

    await call.database.transaction(call.store.id, work)


async def _attribute(tx: Transaction, code: str) -> Attribute:
    attribute = await repo.find_attribute(tx, code)
    if attribute is None:
        raise ATTRIBUTE_UNKNOWN(f"no attribute has the code {code!r}; GET /attributes lists them")
    return attribute


async def _value(tx: Transaction, attribute: Attribute, code: str) -> AttributeValue:
    value = await repo.find_value(tx, attribute.id, code)
    if value is None:
        raise ATTRIBUTE_UNKNOWN(f"{attribute.code} has no value {code!r}; GET /attributes lists them")
    return value


def _refuse_repeated(codes: list[str]) -> None:
    faults = [
        Fault(f"/values/{number}", "repeated", f"{code!r} is an earlier value already")
        for number, code in enumerate(codes)
        if code in codes[:number]
    ]
    if faults:
        raise TAXON_INVALID(f"{faults[0].pointer}: {faults[0].message}", faults=faults)
