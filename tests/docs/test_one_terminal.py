"""Can the pages for newcomers be pasted into one terminal, one after the other, as somebody reads them?"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.docs.test_first_shop import CHECKOUT, answer, answers
from tests.docs.test_first_shop import shop as shop

READ: Final = (
    "README.md",
    "docs/tutorial/first-shop.md",
    "docs/howto/follow-orders-live.md",
    "docs/tutorial/chat.md",
    "docs/howto/answer-customers.md",
)
TERMINALS: Final = ("docs/tutorial/first-shop.md", "docs/tutorial/chat.md", "docs/tutorial/change-a-threshold.md")
_BLOCK: Final = re.compile(r"^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_DEFINED: Final = re.compile(r"^(?:(SHOP)=|(take|send|show|until_is)\(\) ).*$", re.MULTILINE)
_MARK: Final = "== {} =="
_OTHER_TERMINALS: Final = ("chat_client.py", 'ANA=$(curl -sS "${SHOP%')
"""What stands in blocks for other terminals than the one where everything else is pasted."""


def pasted(page: str) -> list[str]:
    """The lines of a page that go into the one terminal."""
    blocks = _BLOCK.findall((CHECKOUT / page).read_text("utf-8"))
    mine = [block for block in blocks if not any(words in block for words in _OTHER_TERMINALS)]
    return [line for block in mine for line in block.splitlines() if not line.startswith("#")]


@pytest.fixture(scope="module")
def printed(shop: tuple[str, Path]) -> list[tuple[str, str]]:
    """Each command with what it printed. Nobody listens for long."""
    address, data = shop
    commands = [line for page in READ for line in pasted(page)]
    marked = [f"echo '{_MARK.format(number)}'\n{line}" for number, line in enumerate(commands)]
    script = re.sub(r"--max-time \d+", "--max-time 2", "\n".join(marked))
    script = script.replace(".venv/bin/sostech", f"{sys.executable} -m server.cli")
    environment = {**os.environ, "SHOP": address, "SOSTECH_DATA_DIR": str(data), "PYTHONPATH": str(CHECKOUT)}
    done = subprocess.run(["bash", "-e", "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    assert "Traceback" not in done.stderr
    parts = re.split(r"== \d+ ==\n", done.stdout)[1:]
    return list(zip(commands, parts, strict=True))


def test_the_shop_of_the_readme_answers_on_lines_of_their_own(printed: list[tuple[str, str]]) -> None:
    for command in ("q=mohila", "shop $SHOP/cart/items", "cart/destination", "/me/referrals?locale", "auth/register"):
        assert answer(printed, command).endswith("}\n"), command
    assert "MailRequested" in answer(printed, "events tail")


def test_an_order_is_followed_as_the_page_says(printed: list[tuple[str, str]]) -> None:
    told = answer(printed, '/events" -H')
    assert told.startswith("retry: 2000\n\n")
    assert "id: 1\nevent: order\n" in told
    for told in (answer(printed, "Last-Event-ID: 1"), answer(printed, "/by-link/")):
        assert "id: 1\nevent: order\n" not in told, "it was seen"
        assert "event: order_now\n" in told
    assert answer(printed, "/track/").strip() == "1"
    assert sum(json.loads(answer(printed, "/admin/dashboard"))["orders_per_minute"]) >= 1


def test_the_order_somebody_talks_about_is_delivered_after_all_that(printed: list[tuple[str, str]]) -> None:
    assert answers(printed, "/shipments/1/deliver")[-1].strip() == "delivered"


def test_a_customer_is_answered_as_the_page_says(printed: list[tuple[str, str]]) -> None:
    assert answer(printed, "chat/queue").strip() != "null"
    assert [text.strip() for text in answers(printed, "/assignee")] == ["Sara Souza", "Alice Admin"]
    assert answer(printed, "/notes").strip() == "note"
    assert answer(printed, 'send GET "chat/conversations/$CHAT" | take status').strip() == "waiting"
    assert answer(printed, "/rendered?").strip().startswith("Dear Ana Andrade, order ")
    assert answer(printed, "/decisions").strip()
    assert json.loads(answer(printed, '"tags"')) == ["gift"]
    assert answer(printed, "users?role=support").strip() == "Sara Souza"
    assert answer(printed, "send DELETE").strip() == ""
    assert answer(printed, "/resolve").strip() == "resolved"
    assert answer(printed, "/rating").strip() == "5"


@pytest.mark.parametrize("page", TERMINALS)
def test_every_tutorial_begins_with_the_same_lines(page: str) -> None:
    first, here = (_definitions(name) for name in (TERMINALS[0], page))
    assert {"SHOP", "take", "send"} <= here.keys()
    assert here == {name: first[name] for name in here}
    assert _definitions("README.md") == {"SHOP": first["SHOP"]}


@pytest.mark.parametrize("shop_before", ["", "http://127.0.0.1:9000", "http://127.0.0.1:9000/api/v1"])
def test_the_address_is_the_same_however_often_the_line_is_pasted(shop_before: str) -> None:
    line = _definitions(TERMINALS[0])["SHOP"]
    done = _bash(f"{line}\n{line}\necho $SHOP", "", SHOP=shop_before)
    assert done.stdout.strip() == (shop_before.removesuffix("/api/v1") or "http://127.0.0.1:8080") + "/api/v1"


@pytest.mark.parametrize(
    ("heard", "said"),
    [
        ('{"code": "cart_empty", "title": "It is empty", "detail": "add a sock"}', "cart_empty: add a sock\n"),
        ('{"code": "cart_empty", "title": "It is empty"}', "cart_empty: It is empty\n"),
        ("", ""),
    ],
)  # fmt: skip
def test_take_says_why_there_is_nothing_to_take(heard: str, said: str) -> None:
    done = _bash(f"{_definitions(TERMINALS[0])['take']}\ntake token", heard)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", said)


def test_take_takes_what_a_problem_says_too() -> None:
    done = _bash(f"{_definitions(TERMINALS[0])['take']}\ntake parameters.0", '{"code": "x", "parameters": ["1"]}')
    assert (done.returncode, done.stdout) == (0, "1\n")


def test_nobody_waits_for_what_was_refused() -> None:
    defined = _definitions(TERMINALS[0])
    refused = 'send() { echo \'{"code": "order_unknown", "title": "There is no such order"}\'; }'
    done = _bash("\n".join([defined["take"], refused, defined["until_is"], "until_is orders/1 state paid"]), "")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "order_unknown: There is no such order\n")


def _definitions(page: str) -> dict[str, str]:
    """The lines by which a page defines what its commands use; those for other terminals say the same again."""
    found: dict[str, str] = {}
    for each in _DEFINED.finditer((CHECKOUT / page).read_text("utf-8")):
        assert found.setdefault(each[1] or each[2], each[0]) == each[0]
    return found


def _bash(script: str, typed: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **variables}
    return subprocess.run(
        ["bash", "-c", script], input=typed, env=environment, capture_output=True, text=True, check=False, timeout=60
    )
