"""Texts are compared as git does it; `patch` makes the new one of the old."""

from __future__ import annotations

from random import Random

from engine.diff.lines import line_differences


def test_equal_texts_have_none_whatever_their_line_ends() -> None:
    assert line_differences("a", "x\ny\n", "b", "x\r\ny") == ""


def test_a_change_is_shown_between_its_neighbours() -> None:
    assert line_differences("a", "1\n2\n3\n4\n5\n6\n7\n8\n9", "b", "1\n2\n3\n4\nV\n6\n7\n8\n9") == (
        "--- a\n+++ b\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+V\n 6\n 7\n 8"
    )


def test_long_texts_that_share_nothing_but_their_ends_are_shown_whole() -> None:
    dice = Random(1)
    old, new = ([str(dice.randrange(50)) for _ in range(3_000)] for _ in range(2))
    text = line_differences("a", "\n".join(["head", *old, "tail"]), "b", "\n".join(["head", "-", *new, "+", "tail"]))
    lines = text.splitlines()
    assert lines[:4] == ["--- a", "+++ b", "@@ -1,3002 +1,3004 @@", " head"]
    assert lines[-1] == " tail"
    assert [line[1:] for line in lines[3:] if line[0] in " -"] == ["head", *old, "tail"]
    assert [line[1:] for line in lines[3:] if line[0] in " +"] == ["head", "-", *new, "+", "tail"]
