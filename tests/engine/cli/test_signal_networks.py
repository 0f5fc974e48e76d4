"""Does `sostech check` say which signals can have no network?"""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from engine.cli.app import build

SIGNAL = (
    "- {{id: s{0}, repeated: {{events: OrderPlaced, same_any: [customer.phone, device.id, order.address], "
    "at_least: 2, within: 5m}}, then: [{{announce: Many{0}}}]}}\n"
)
HEAD = "ruleset: signals\nname: {0}\nversion: 1\nvocabulary: event/1\nsignals:\n"


def test_too_many_signals_are_noted_and_few_are_not(tmp_path: Path) -> None:
    pytest.importorskip("durable_rules_engine", reason="durable-rules cannot be loaded by this version of Python")
    for name, count in (("large", 140), ("small", 1)):
        text = HEAD.format(name) + "".join(SIGNAL.format(number) for number in range(count))
        (tmp_path / f"{name}.yaml").write_text(text, "utf-8")
    words = ["check", str(tmp_path)]
    done = CliRunner().invoke(build(words[:1]), words)
    assert "note[RS674]: signals large/1 has no network: 421 rules are more than the 400 a network takes" in done.output
    assert "small" not in done.output
