"""Does the walk-through of the first shop work, pasted as it stands?"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.serve import walk_through

CHECKOUT = Path(__file__).resolve().parents[2]
PAGE = CHECKOUT / "docs" / "tutorial" / "first-shop.md"
_BLOCK = re.compile(r"^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_MARK = "== {} =="


def commands() -> list[str]:
    """The lines of the page that are pasted, in order, comments left out."""
    lines = [line for block in _BLOCK.findall(PAGE.read_text("utf-8")) for line in block.splitlines()]
    return [line for line in lines if not line.startswith("#")]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """`sostech serve --demo`, as `make run` starts it, on a free port; its address and its folder."""
    folder = tmp_path_factory.mktemp("shop")
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), "SOSTECH_DATA_DIR": str(folder / "var")}
    command = [sys.executable, "-m", "server.cli", "serve", "--demo", "--json", "--port", "0"]
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = next(found["address"] for line in process.stdout if "address" in (found := json.loads(line)))
        yield address, folder / "var"
        process.send_signal(signal.SIGTERM)
        process.stdout.read()
        assert process.wait(30) == 0


@pytest.fixture(scope="module")
def printed(shop: tuple[str, Path]) -> list[tuple[str, str]]:
    """Each command with what it printed."""
    address, data = shop
    script = "\n".join(f"echo '{_MARK.format(number)}'\n{line}" for number, line in enumerate(commands()))
    environment = {**os.environ, "SHOP": address, "SOSTECH_DATA_DIR": str(data), "PATH": path_with_python(data.parent)}
    done = subprocess.run(["bash", "-e", "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    assert done.stderr == ""
    parts = re.split(r"== \d+ ==\n", done.stdout)[1:]
    return list(zip(commands(), parts, strict=True))


def path_with_python(folder: Path) -> str:
    """The PATH, on which `python3` is this Python itself: what chooses among several costs more than what is run."""
    programs = folder / "python"
    programs.mkdir()
    (programs / "python3").symlink_to(Path(sys.executable).resolve())
    return f"{programs}{os.pathsep}{os.environ['PATH']}"


def answers(printed: list[tuple[str, str]], command: str) -> list[str]:
    """What every command that contains these words printed, in order; at least one does."""
    found = [text for line, text in printed if command in line]
    assert found, f"no command of the page has {command!r}"
    return found


def answer(printed: list[tuple[str, str]], command: str) -> str:
    """What the first command that contains these words printed."""
    return answers(printed, command)[0]


def test_what_make_run_prints_is_this_page() -> None:
    assert [line for line in walk_through().splitlines() if line and not line.startswith("#")] == commands()


def test_what_is_printed_for_another_address_goes_there() -> None:
    assert walk_through("http://[::1]:9000").startswith(
        "SHOP=${SHOP:-http://[::1]:9000}; SHOP=${SHOP%/api/v1}/api/v1\n"
    )


def test_a_misspelt_search_finds_the_backpack(printed: list[tuple[str, str]]) -> None:
    found = json.loads(answer(printed, "q=mohila"))
    assert found["corrected"] == "mochila"
    assert found["items"][0]["slug"] == "mochila-urbana"


def test_whoever_signed_up_is_signed_in(printed: list[tuple[str, str]]) -> None:
    assert json.loads(answer(printed, "send GET me"))["name"] == "Bia Barros"


def test_a_coupon_nobody_issued_is_refused_and_a_real_one_applied(printed: list[tuple[str, str]]) -> None:
    assert json.loads(answer(printed, '"WELCOME"'))["status"] == 422
    assert answer(printed, "welcome10").strip() == "applied"


def test_the_postings_add_up_to_the_total(printed: list[tuple[str, str]]) -> None:
    postings = json.loads(answer(printed, "take decision.postings"))
    totals = json.loads(answers(printed, "cart/shipping-method")[-1])
    assert sum(_cents(posting["amount"]) for posting in postings) == _cents(totals["total"])
    assert {posting["kind"] for posting in postings} >= {"item", "shipping", "coupon"}


def test_the_quote_holds_until_the_cart_changes(printed: list[tuple[str, str]]) -> None:
    before, after = (json.loads(text) for text in answers(printed, "checkout/quote/verify"))
    assert "cart_id" in before
    assert (after["status"], after["code"]) == (409, "quote_outdated")


def test_a_repeated_adjustment_counts_once(printed: list[tuple[str, str]]) -> None:
    first = json.loads(answer(printed, "inventory/adjustments"))
    assert first["lines"][0]["on_hand"] == 12
    assert "Idempotency-Replayed: true" in answer(printed, "grep Replayed")
    assert json.loads(answer(printed, "inventory/SPOON"))["on_hand"] == 12


def test_the_order_is_placed_once_at_the_price_of_its_quote(printed: list[tuple[str, str]]) -> None:
    order = json.loads(answer(printed, "checkout/orders"))
    postings = json.loads(answer(printed, "/postings"))
    assert (order["state"], order["payment_needed"]) == ("pending", True)
    assert sum(_cents(posting["amount"]) for posting in postings["postings"]) == _cents(order["total"])
    assert json.loads(answer(printed, "take transitions.1"))["open"] is True


def test_two_messages_of_the_provider_pay_once(printed: list[tuple[str, str]]) -> None:
    assert answer(printed, "v1/charges").strip() == "paid"
    assert answer(printed, "state paid").strip() == "state is paid"
    order = json.loads(answer(printed, "checkout/orders"))
    assert json.loads(answer(printed, "take totals"))["captured"] == order["total"]


def test_two_parcels_and_then_it_is_delivered(printed: list[tuple[str, str]]) -> None:
    assert json.loads(answers(printed, "/shipments")[0])["order_state"] == "partially_shipped"
    assert [text.strip() for text in answers(printed, "/shipments")[1:]] == ["shipped", "shipped", "delivered"]


def test_one_piece_comes_back_and_its_money_to_the_cent(printed: list[tuple[str, str]]) -> None:
    plan = json.loads(answer(printed, "refunds/preview"))
    [line] = plan["lines"]
    assert (line["sku"], line["units"]) == ("SOCK-GREY", 1)
    totals = json.loads(answer(printed, "take totals"))
    assert totals["refunded"] == plan["total"] == line["amount"]
    events = [step["event"] for step in json.loads(answer(printed, "take timeline"))]
    assert events == [
        "place", "start_payment", "payment_succeeded", "process", "ship", "ship", "deliver", "request_return",
        "approve_return", "receive_return", "approve_refund", "refund_settled",
    ]  # fmt: skip


def _cents(amount: str) -> int:
    return int(amount.replace(".", ""))
