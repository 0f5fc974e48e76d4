"""Is there a useful page for every diagnostic code?"""

import re
from collections import Counter

import pytest

from engine.text.codes import Code, all_codes, explain, find, markdown, yaml_text
from engine.text.load import load
from engine.text.source import Source

# Codes whose bad example cannot be written down in a few visible characters.
SHOWN_IN_PROSE = {"RS120", "RS124", "RS125", "RS140", "RS141", "RS142", "RS143", "RS144", "RS145", "RS150"}


def test_no_code_is_given_twice() -> None:
    assert [code for code, times in Counter(code.code for code in all_codes()).items() if times > 1] == []


def test_codes_come_in_series_order() -> None:
    digits = [code.code[2] for code in all_codes()]
    assert digits == sorted(digits)


@pytest.mark.parametrize("code", all_codes(), ids=lambda code: code.code)
def test_page_has_all_its_parts(code: Code) -> None:
    assert re.fullmatch(r"RS[1-9][0-9]{2}", code.code)
    assert all([code.title, code.why, code.bad, code.good, code.remedy])
    assert explain(code).startswith(f"{code.code} ({code.severity}): {code.title}\n")
    assert markdown(code).startswith(f"### {code.code}\n\n**{code.title}** ({code.severity})\n")


def test_code_is_found_in_any_letter_case() -> None:
    assert find(" rs106 ") is find("RS106") is not None
    assert find("RS000") is None


def test_page_as_plain_text() -> None:
    code = find("RS106")
    assert code is not None
    assert explain(code) == (
        "RS106 (error): key stands twice\n"
        "\n"
        "Why\n"
        "  Many YAML readers keep the last of two equal keys and say nothing: a condition would\n"
        "  vanish.\n"
        "\n"
        "Bad\n"
        "    when:\n"
        "      customer.group: member\n"
        "      customer.group: vip\n"
        "\n"
        "Good\n"
        "    when:\n"
        "      customer.group: {in: [member, vip]}\n"
        "\n"
        "What to do\n"
        "  Keep one of the two, or join their contents. `1` and `'1'` are the same key.\n"
    )


TEXT_CODES = [code for code in yaml_text.CODES if code.code not in SHOWN_IN_PROSE]


@pytest.mark.parametrize("code", TEXT_CODES, ids=lambda code: code.code)
def test_bad_example_of_a_text_fault_shows_that_fault(code: Code) -> None:
    assert code.code in {finding.code for finding in load(Source("bad", code.bad)).diagnostics}


@pytest.mark.parametrize("code", yaml_text.CODES, ids=lambda code: code.code)
def test_good_example_of_a_text_fault_shows_no_fault(code: Code) -> None:
    assert {finding.code for finding in load(Source("good", code.good)).diagnostics} <= {"RS104"}


def test_every_warning_about_meaning_says_how_to_allow_it_and_nothing_else_does() -> None:
    cannot_be_allowed = {"RS491"}  # of allowances themselves
    warnings = {code.code for code in all_codes() if code.code[2] in "45" and code.severity == "warning"}
    assert {code.code for code in all_codes() if code.allow} == warnings - cannot_be_allowed


def test_page_of_a_warning_ends_with_an_allowance() -> None:
    code = find("RS412")
    assert code is not None
    allowance = 'allow: [{code: RS412, because: "we ship at most 30kg, and the product page says so"}]'
    assert explain(code).endswith(f"How to allow it\n    {allowance}\n")
    assert markdown(code).endswith(f"To allow it:\n\n```yaml\n{allowance}\n```\n")
