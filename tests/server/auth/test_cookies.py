"""Which attributes do cookies have, where?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from server.auth.cookies import REFRESH_COOKIE, cookie
from tests.shop import test_settings


@pytest.mark.parametrize(
    ("changes", "is_secure"),
    [
        ({"environment": "development"}, False),
        ({"environment": "development", "public_url": "https://shop.example"}, True),
        ({"environment": "production", "public_url": "https://shop.example"}, True),
        ({"environment": "production", "public_url": "http://shop.example"}, True),
    ],
)
def test_cookies_are_secure_except_on_plain_http_in_development(
    tmp_path: Path, changes: dict[str, Any], is_secure: bool
) -> None:
    _, attributes = cookie(REFRESH_COOKIE, "x", 60, test_settings(tmp_path, **changes))
    assert attributes["secure"] is is_secure
    assert attributes["httponly"]
    assert attributes["samesite"] == "Strict"
