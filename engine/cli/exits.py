"""What does the exit code of a command mean?"""

from __future__ import annotations

FINE = 0
"""Nothing to complain about."""

FINDINGS = 1
"""Errors in a ruleset, failed cases, an expectation that does not hold, a hash that differs."""

USAGE = 2
"""The command was called wrongly, or something it was given cannot be read or written."""

BUG = 3
"""The program itself failed; please report what it printed."""

INTERRUPTED = 130
"""Stopped with Ctrl-C."""

BROKEN_PIPE = 141
"""Whoever read our output stopped reading, as `head` does."""

EXITS_HELP = "Exit code: 0 fine, 1 findings, 2 usage or unreadable input, 3 our own fault."
"""The last line of every command's help."""
