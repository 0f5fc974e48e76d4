"""Does the walk-through of a changed threshold work, pasted as it stands, on real orders and by two people?"""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.docs.test_first_shop import CHECKOUT, answer, answers, path_with_python

PAGE = CHECKOUT / "docs" / "tutorial" / "change-a-threshold.md"
ORDERS = 600
"""Of the orders of Olist, so that the test is quick; a slice of them says the same."""
_BLOCK = re.compile(r"^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_MARK = "== {} =="


def commands() -> list[str]:
    """The lines of the page that are pasted, in order, comments left out."""
    lines = [line for block in _BLOCK.findall(PAGE.read_text("utf-8")) for line in block.splitlines()]
    return [line for line in lines if not line.startswith("#")]


@pytest.fixture(scope="module")
def olist(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first orders of the market place with all that belongs to them."""
    folder = tmp_path_factory.mktemp("olist")
    orders = _rows(shared_data / "olist" / "olist_orders_dataset.csv")[: ORDERS + 1]
    numbers, customers = {row[0] for row in orders}, {row[1] for row in orders}
    for path in sorted((shared_data / "olist").glob("*.csv")):
        rows = _rows(path)
        for column, wanted in (("order_id", numbers), ("customer_id", customers)):
            if column in rows[0]:
                place = rows[0].index(column)
                rows = [rows[0], *(row for row in rows[1:] if row[place] in wanted)]
        with (folder / path.name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
    return folder


@pytest.fixture(scope="module")
def shop(olist: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """`sostech serve --demo`, as `make run` starts it, on a free port; its address and its folder."""
    folder = tmp_path_factory.mktemp("shop")
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), "SOSTECH_DATA_DIR": str(folder / "var")}
    command = [sys.executable, "-m", "server.cli", "serve", "--demo", "--json", "--port", "0"]
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = next(found["address"] for line in process.stdout if "address" in (found := json.loads(line)))
        yield address, folder
        process.send_signal(signal.SIGTERM)
        process.stdout.read()
        assert process.wait(30) == 0


@pytest.fixture(scope="module")
def printed(shop: tuple[str, Path], olist: Path) -> list[tuple[str, str]]:
    """Each command with what it printed."""
    address, folder = shop
    _put_on_the_path(folder / "bin")
    environment = {
        **os.environ,
        "SHOP": address,
        "OLIST": str(olist),
        "RULES": str(CHECKOUT / "rules"),
        "SOSTECH_DATA_DIR": str(folder / "var"),
        "PYTHONPATH": str(CHECKOUT),
        "PATH": f"{folder / 'bin'}{os.pathsep}{path_with_python(folder)}",
    }
    script = "\n".join(f"echo '{_MARK.format(number)}'\n{line}" for number, line in enumerate(commands()))
    done = subprocess.run(
        ["bash", "-e", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    parts = re.split(r"== \d+ ==\n", done.stdout)[1:]
    return list(zip(commands(), parts, strict=True))


def said(printed: list[tuple[str, str]], command: str) -> Any:
    """The JSON that the first command with these words printed."""
    return json.loads(answer(printed, command))


def test_the_draft_has_no_fault_and_its_cases_pass(printed: list[tuple[str, str]]) -> None:
    checked = said(printed, "/check")
    assert (checked["publishable"], checked["errors"]) == (True, 0)
    assert all(case["passed"] for case in checked["cases"])


def test_a_dry_run_says_what_the_mugs_would_save(printed: list[tuple[str, str]]) -> None:
    differences = said(printed, "decisions/dry-runs")
    assert (differences["shipping"]["difference"], differences["discount"]["difference"]) == ("-14.90", "0.00")


def test_every_order_of_the_past_is_a_cart_of_the_collection(printed: list[tuple[str, str]]) -> None:
    collection = said(printed, "collections/past-orders")
    assert collection["unreadable"] == 0
    assert collection["carts"] > ORDERS * 0.9


def test_the_replay_says_who_pays_less_and_how_much(printed: list[tuple[str, str]]) -> None:
    assert answer(printed, 'until_is "analysis').strip() == "state is done"
    counts = said(printed, "take counts")
    assert counts["cheaper"] == counts["changed"] > 0
    assert counts["dearer"] == counts["died"] == 0
    total = said(printed, "measures.0")
    assert _cents(total["difference"]) < 0
    causes = said(printed, "0.causes")
    assert [(cause["kind"], cause["changed"]) for cause in causes if _cents(cause["amount"])] == [("shipping", True)]
    assert sum(_cents(cause["amount"]) for cause in causes) == _cents(total["difference"])
    assert causes[0]["at_after"].startswith("shipping/default.yaml:")
    assert said(printed, "witnesses.0")["after"]["shipping"] == "0.00"


def test_the_guard_stops_it_and_nobody_approves_their_own(printed: list[tuple[str, str]]) -> None:
    past = said(printed, "parameters.past_carts")
    assert past["counts"] == said(printed, "take counts")
    assert -1 < float(past["currencies"][0]["change"]) < -0.2
    assert answer(printed, "approve\" '{}'").strip() == "self_approval"
    assert [reason["code"] for reason in said(printed, "items.0.reasons")] == ["revenue_falls"]
    assert answer(printed, "worth it").strip() == "approved"


def test_the_next_cart_is_priced_anew_and_the_one_after_the_roll_back_as_before(
    printed: list[tuple[str, str]],
) -> None:
    assert said(printed, "cart/shipping-method")["shipping"] == "14.90"
    assert answers(printed, "take number")[0].strip() == "2"
    assert [text.strip() for text in answers(printed, "send GET cart")] == ["0.00", "14.90"]


def test_the_audit_log_has_every_step(printed: list[tuple[str, str]]) -> None:
    actions = answer(printed, "audit-log").split()
    assert actions[:3] == ["rulesets.roll_back", "rulesets.activate", "rulesets.publish"]
    assert "rulesets.approve" in actions


def test_the_analyst_gets_the_same_comparison_without_a_shop(
    printed: list[tuple[str, str]], shop: tuple[str, Path]
) -> None:
    assert answer(printed, "--against")
    _, folder = shop
    difference = said(printed, "measures.0")["difference"].lstrip("-−")
    for page in ("report.html", "compared.html"):
        text = (folder / page).read_text("utf-8")
        assert "<svg" in text
        assert difference.replace(",", "") in text.replace(",", "").replace("\u202f", "")


def _put_on_the_path(folder: Path) -> None:
    """`sostech`, as an activated environment has it."""
    folder.mkdir()
    program = folder / "sostech"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m engine.cli "$@"\n', "utf-8")
    program.chmod(0o755)


def _rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def _cents(amount: str) -> int:
    return int(amount.replace(".", "").replace("−", "-"))
