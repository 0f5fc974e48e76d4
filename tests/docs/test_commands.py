"""Does every command in the documentation run, and print what the page says it prints?

A `console` block holds commands after `$` and their output below. A line `…` stands for any lines, `…` inside a line
for any text. A `yaml` or `csv` block that begins with a comment such as `# shop/promotions/v1.yaml` is saved under that
name before the commands that follow it; a `python` block is run. `python tests/docs/test_commands.py PAGE…` writes the
output anew where it is given in full.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from unittest import mock

import pytest

from engine.cli import screen
from engine.cli.app import main

CHECKOUT = Path(__file__).resolve().parents[2]
PAGES = [
    "README.md",
    "rules/README.md",
    *sorted(str(path.relative_to(CHECKOUT)) for path in (CHECKOUT / "docs").glob("tutorial/*.md")),
    *sorted(str(path.relative_to(CHECKOUT)) for path in (CHECKOUT / "docs").glob("howto/*.md")),
]
NOT_RUN_HERE = ("make ", "git ")
ANY = "…"
WIDTH = "110"

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE_NAME = re.compile(r"# ([\w./-]+\.(?:yaml|csv|jsonl))\n")


@dataclass(frozen=True)
class Step:
    """A command, what the page says it prints, and where the page says so."""

    command: str
    expected: str
    start: int
    end: int


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_of_a_page_print_what_it_says(page: str, tmp_path: Path) -> None:
    text = (CHECKOUT / page).read_text("utf-8")
    folder = prepared(tmp_path)
    for step, printed in played(text, folder):
        assert matches(step.expected, printed), f"{page}: $ {step.command}\n{printed}"


def test_a_page_whose_output_differs_is_noticed() -> None:
    assert matches("a\n…\nd", "a\nb\nc\nd")
    assert matches("a … c", "a b c")
    assert not matches("a\n…\nd", "a\nb\nc")
    assert not matches("a", "a\nb")


def prepared(folder: Path) -> Path:
    """A copy of what a reader of the pages has at hand, so that commands may change it."""
    for name in ("rules", "examples"):
        shutil.copytree(CHECKOUT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def played(text: str, folder: Path) -> Iterator[tuple[Step, str]]:
    """Save the files and run the commands of a page in order."""
    for block in _BLOCK.finditer(text):
        language, body = block.groups()
        named = _FILE_NAME.match(body)
        if language == "console":
            for step in steps(body, block.start(2)):
                yield step, run(step.command, folder)
        elif language == "python":
            script = folder / "page.py"
            script.write_text(body, "utf-8")
            run(f"{sys.executable} {script}", folder)
        elif named is not None:
            path = folder / named.group(1)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(body, "utf-8")


def steps(body: str, offset: int) -> Iterator[Step]:
    starts = [match.start() for match in re.finditer(r"^\$ ", body, re.MULTILINE)]
    for start, end in zip(starts, [*starts[1:], len(body)], strict=True):
        command, _, expected = body[start + 2 : end].partition("\n")
        if not command.startswith(NOT_RUN_HERE):
            yield Step(command, expected.strip("\n"), offset + start + 2 + len(command) + 1, offset + end)


def run(command: str, folder: Path) -> str:
    """What a command prints; the exit codes of `sostech` (0 fine, 1 findings) are part of what is shown."""
    words = shlex.split(command)
    is_plain = words[0] == "sostech" and not {">", "&&", "|"} & set(words)
    code, printed = _in_this_process(words, folder) if is_plain else _in_a_shell(command, folder)
    assert code in ((0, 1) if words[0] == "sostech" else (0,)), f"$ {command}\n{printed}"
    return "\n".join(line.rstrip() for line in printed.splitlines()).strip("\n")


def _in_this_process(words: list[str], folder: Path) -> tuple[int, str]:
    """Most commands run here: starting Python for each would take longer than all of them do."""
    printed = io.StringIO()
    screen.console.cache_clear()
    with (
        contextlib.chdir(folder),
        contextlib.redirect_stdout(printed),
        contextlib.redirect_stderr(printed),
        mock.patch.dict(os.environ, COLUMNS=WIDTH),
        mock.patch.object(sys, "argv", words),
        pytest.raises(SystemExit) as left,
    ):
        main()
    screen.console.cache_clear()
    return int(left.value.code or 0), printed.getvalue()


def _in_a_shell(command: str, folder: Path) -> tuple[int, str]:
    script = f'sostech() {{ "{sys.executable}" -m engine.cli "$@"; }}\n{command}\n'
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), "COLUMNS": WIDTH, "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    return done.returncode, done.stdout


def matches(expected: str, printed: str) -> bool:
    """Whether the output is as on the page; a page that shows none does not care."""
    if not expected:
        return True
    return _fits(_lines(expected), _lines(printed))


def _lines(text: str) -> list[str]:
    """The lines with blanks drawn together: how wide a column is depends on what else is in it."""
    return [" ".join(line.split()) for line in text.splitlines()]


def _fits(wanted: list[str], got: list[str]) -> bool:
    if not wanted:
        return not got
    if wanted[0] == ANY:
        return any(_fits(wanted[1:], got[skipped:]) for skipped in range(len(got) + 1))
    return bool(got) and _same(wanted[0], got[0]) and _fits(wanted[1:], got[1:])


def _same(wanted: str, got: str) -> bool:
    if ANY not in wanted:
        return wanted == got
    pattern = re.sub(r"([\[\]?*])", r"[\1]", wanted).replace(ANY, "*")
    return fnmatchcase(got, pattern)


def written_anew(text: str) -> str:
    """The page with the output of its commands as it is now, where it was given in full."""
    with tempfile.TemporaryDirectory() as folder:
        results = list(played(text, prepared(Path(folder))))
    for step, printed in reversed(results):
        if step.expected and ANY not in step.expected:
            tail = "\n" * (text[step.start : step.end].endswith("\n\n") + 1)
            text = f"{text[: step.start]}{printed}{tail}{text[step.end :]}"
        elif not matches(step.expected, printed):
            print(f"$ {step.command}\n{printed}\n", file=sys.stderr)
    return text


if __name__ == "__main__":
    for name in sys.argv[1:]:
        Path(name).write_text(written_anew(Path(name).read_text("utf-8")), "utf-8")
