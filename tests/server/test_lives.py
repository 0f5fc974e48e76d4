"""What was removed is gone, and everything below it: no endpoint that names it finds it again."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

import pytest

from server.web.call import Shop
from server.web.endpoint import Endpoint
from tests.contract.belongings import ask, make_belongings
from tests.contract.endpoints import ENDPOINTS, name_of, variables_of
from tests.shop import Client

ENDING: Final = ("revoke_coupon_code", "take_back_chat_message")
"""What ends in its way stays there, to be looked up."""
REMOVING: Final = [
    each for each in ENDPOINTS if each.method == "DELETE" and variables_of(each) and each.operation_id not in ENDING
]
MAKING: Final = [
    endpoint
    for endpoint in ENDPOINTS
    if endpoint.operation_id in ("put_attribute_value", "save_ruleset_file", "put_cart_collection", "block_word")
]
"""Those that make what they name when it is not there."""


@pytest.mark.parametrize("removing", REMOVING, ids=name_of)
async def test_what_was_removed_is_gone_for_every_endpoint(removing: Endpoint, client: Client, shop: Shop) -> None:
    belongings = await make_belongings(shop, client)
    owner = client.signed_in(belongings.owner.token)
    removed = await ask(removing, owner, belongings)
    assert removed.status in (HTTPStatus.OK, HTTPStatus.NO_CONTENT), removed
    naming = [each for each in ENDPOINTS if f"{each.path}/".startswith(f"{removing.path}/") and each not in MAKING]
    answers = {name_of(each): (await ask(each, owner, belongings)).status for each in naming}
    assert answers == dict.fromkeys(answers, HTTPStatus.NOT_FOUND)
