"""What surrounds every request: ids, problems, stores."""

from tests.shop import Client


async def test_an_unknown_address_is_a_problem_with_the_request_id(client: Client) -> None:
    answer = await client.get("/nothing-here", headers={"X-Request-ID": "my-own-id-1"})
    assert answer.status == 404
    assert answer.code == "no_such_route"
    assert answer.json["request_id"] == answer.headers["X-Request-ID"] == "my-own-id-1"


async def test_an_unknown_store_is_not_found(client: Client) -> None:
    answer = await client.get("/nothing-here", headers={"X-Tenant-ID": "nobody"})
    assert (answer.status, answer.code) == (404, "store_unknown")
