"""Is every code on the page of the reference documentation, and can it be reached from the index?"""

import re

from engine.text.codes import all_codes
from engine.text.codes.page import diagnostics_page


def test_page_has_title_and_remedy_of_every_code() -> None:
    page = diagnostics_page()
    assert [code.code for code in all_codes() if code.title not in page or code.remedy not in page] == []


def test_index_links_to_the_heading_of_every_code() -> None:
    page = diagnostics_page()
    links = re.findall(r"\]\(#(rs\d+)\)", page)
    assert links == sorted(code.code.lower() for code in all_codes())
    headings = [heading.lower().replace(" ", "-") for heading in re.findall(r"^#+ (.+)$", page, re.MULTILINE)]
    assert [link for link in links if headings.count(link) != 1] == []
