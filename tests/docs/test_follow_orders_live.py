"""Do the commands about orders that move work, pasted after those of the first shop?"""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.docs.test_first_shop import CHECKOUT, answer, commands, path_with_python
from tests.docs.test_first_shop import shop as shop

PAGE = CHECKOUT / "docs" / "howto" / "follow-orders-live.md"
_BLOCK = re.compile(r"^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_MARK = "== {} =="


@pytest.fixture(scope="module")
def printed(shop: tuple[str, Path]) -> list[tuple[str, str]]:
    """Each command of the page with what it printed, once there is an order. Nobody listens for long."""
    address, data = shop
    before = commands()
    before = before[: 1 + next(place for place, line in enumerate(before) if line.startswith("ORDER="))]
    pasted = [line for block in _BLOCK.findall(PAGE.read_text("utf-8")) for line in block.splitlines()]
    marked = [f"echo '{_MARK.format(number)}'\n{line}" for number, line in enumerate(pasted)]
    script = re.sub(r"--max-time \d+", "--max-time 2", "\n".join([*before, *marked]))
    environment = {**os.environ, "SHOP": address, "SOSTECH_DATA_DIR": str(data), "PATH": path_with_python(data.parent)}
    done = subprocess.run(["bash", "-e", "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    parts = re.split(r"== \d+ ==\n", done.stdout)[1:]
    return list(zip(pasted, parts, strict=True))


def test_the_commands_of_the_page_do_what_it_says(printed: list[tuple[str, str]]) -> None:
    told = answer(printed, '/events" -H')
    assert told.startswith("retry: 2000\n\n")
    assert "id: 1\nevent: order\n" in told
    for told in (answer(printed, "Last-Event-ID: 1"), answer(printed, "/by-link/")):
        assert "event: order\n" not in told, "it was seen"
        assert "event: order_now\n" in told
    assert answer(printed, "/track/").strip() == "1"
    assert sum(json.loads(answer(printed, "/admin/dashboard"))["orders_per_minute"]) >= 1
