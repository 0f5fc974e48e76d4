"""Is node there, and what tests written in JavaScript need? Installed once beside them, by their lock; else skipped."""

from __future__ import annotations

import fcntl
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Final

import pytest

HOME: Final = Path(__file__).parent / "examples" / "js"
"""Where package.json is, and its node_modules: no part of the repository."""
OLDEST: Final = 20
"""The first version whose tests we have run."""
_PATIENCE_SECONDS: Final = 90


def node() -> str:
    """The program node, with the packages beside HOME installed; skips the test when either cannot be had."""
    program = shutil.which("node")
    if program is None or _version(program) < OLDEST:
        pytest.skip(f"needs node {OLDEST} or later")
    trouble = _trouble_with_packages()
    if trouble:
        pytest.skip(f"needs the packages of {HOME.name}/package.json: {trouble}")
    return program


@cache
def _version(program: str) -> int:
    """Its major version; 0 when it does not say."""
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)\.", said)
    return int(found[1]) if found else 0


@cache
def _trouble_with_packages() -> str:
    """Why they are not there, after one try to install them; empty when they are."""
    try:
        with (HOME / ".installing").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            return "" if _is_current() else _install()
    except OSError as error:
        return str(error)


def _is_current() -> bool:
    installed = HOME / "node_modules" / ".package-lock.json"
    return installed.is_file() and installed.stat().st_mtime >= (HOME / "package-lock.json").stat().st_mtime


def _install() -> str:
    npm = shutil.which("npm")
    if npm is None:
        return "there is no npm"
    command = [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    try:
        done = subprocess.run(command, cwd=HOME, capture_output=True, text=True, timeout=_PATIENCE_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return f"npm ci took longer than {_PATIENCE_SECONDS} s"
    return "" if done.returncode == 0 else f"npm ci failed: {done.stderr.strip()[-300:]}"
