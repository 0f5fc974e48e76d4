"""A product has no slug that is an address of the API: nobody could read it."""

from __future__ import annotations

from tests.server.catalog.conftest import Catalogue


async def test_a_slug_that_is_an_address_of_the_api_is_not_for_products(catalogue: Catalogue) -> None:
    assert (await catalogue.product("Facets"))["slug"].startswith("facets-")
    await catalogue.product("Socks")
    made = await catalogue.client.post("/products", {"name": "Other", "slug": "facets"})
    renamed = await catalogue.client.patch("/products/socks", {"slug": "facets"}, headers={"If-Match": "*"})
    for answer in (made, renamed):
        assert (answer.status, answer.code) == (409, "slug_taken")
        assert answer.json["errors"] == [
            {"pointer": "/slug", "code": "reserved", "message": "is a word of the API's own addresses"}
        ]
