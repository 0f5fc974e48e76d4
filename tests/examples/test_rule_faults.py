"""Does the named command find each planted fault with its witness, and nothing in the repaired twin?

Regenerate the expected output with SOSTECH_TEST_REWRITE=1, and read the difference.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Final, NamedTuple

import pytest
from typer.testing import CliRunner

from engine.cli import screen
from engine.cli.app import COMMANDS, build
from tests.conftest import CHECKOUT

FAULTS: Final = sorted(path for path in (CHECKOUT / "examples" / "rule_faults").iterdir() if path.is_dir())
ASKED: Final = {path: (path / "command.txt").read_text("utf-8").split() for path in FAULTS}

_ID: Final = re.compile(r"\bid: ([a-z0-9_-]+)")
_SOLVED: Final = ("prove", "equiv")
"""Commands that prove some of what they prove with the solver."""


class Run(NamedTuple):
    """What a command printed and its exit code."""

    code: int
    out: str


Sostech = Callable[[Path, str], Run]


@pytest.fixture
def sostech(monkeypatch: pytest.MonkeyPatch) -> Sostech:
    """Runs the command of a folder, in this process, on `faulty` or on `repaired`."""
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")

    def run(fault: Path, side: str) -> Run:
        monkeypatch.chdir(fault)
        screen.console.cache_clear()  # it would keep the streams of the run before
        _, *words = (side if word == "faulty" else word for word in ASKED[fault])
        result = CliRunner().invoke(build(words[:1], COMMANDS), words)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Run(result.exit_code, result.stdout)

    return run


@pytest.mark.parametrize("fault", FAULTS, ids=lambda path: path.name)
def test_the_fault_is_found_with_its_witness(fault: Path, sostech: Sostech) -> None:
    run = sostech(fault, "faulty")
    expected = fault / "expected.txt"
    if "SOSTECH_TEST_REWRITE" in os.environ:
        expected.write_text(run.out, "utf-8")
    assert run.out == expected.read_text("utf-8")
    assert run.code == 1
    assert set(re.findall(r"[a-z0-9_-]+", run.out)) & _ids(fault / "faulty"), "no rule is named"


@pytest.mark.parametrize("fault", FAULTS, ids=lambda path: path.name)
def test_the_repaired_twin_is_clean(fault: Path, sostech: Sostech) -> None:
    if ASKED[fault][1] in _SOLVED and find_spec("z3") is None:
        pytest.skip("needs the solver (extra `proof`)")
    run = sostech(fault, "repaired")
    assert run.code == 0, run.out
    assert not re.search(r"^(error|warning)\[", run.out, re.MULTILINE), run.out


@pytest.mark.parametrize("fault", FAULTS, ids=lambda path: path.name)
def test_the_twins_differ_in_one_place_only_and_say_what_they_show(fault: Path) -> None:
    about = (fault / "README.md").read_text("utf-8")
    assert about.startswith("# ")
    for heading in ("**Fault.**", "**Seen in**", "**Found by**", "**Repaired:**"):
        assert about.count(heading) == 1, heading
    assert f"**Found by** `{ASKED[fault][1]}`" in about
    twins = [
        {path.name: path.read_text("utf-8") for path in (fault / side).iterdir()} for side in ("faulty", "repaired")
    ]
    faulty, repaired = twins
    assert faulty.keys() == repaired.keys()
    assert sum(text != repaired[name] for name, text in faulty.items()) == 1


def test_there_are_faults_for_every_command_and_the_list_names_them() -> None:
    assert {words[1] for words in ASKED.values()} == {"check", "prove", "equiv", "mutate", "exploit"}
    listed = (CHECKOUT / "examples" / "rule_faults" / "README.md").read_text("utf-8")
    assert re.findall(r"\]\(([^)]+)\) \| `(\w+)`", listed) == [(path.name, ASKED[path][1]) for path in FAULTS]


def _ids(folder: Path) -> set[str]:
    """The ids of rules, states and claims of the rulesets of a folder."""
    texts = [path.read_text("utf-8") for path in folder.iterdir()]
    states = {name for text in texts for name in re.findall(r"^  ([a-z_]+):", text, re.MULTILINE)}
    return states | {name for text in texts for name in _ID.findall(text)}
