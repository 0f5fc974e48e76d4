"""Do the lints answer for any ruleset, always the same, with a place and a way out for each finding?"""

from hypothesis import given, settings

from engine.lint import lint
from tests.engine.runtime.books import reading, vocabulary
from tests.engine.runtime.generated_books import Asked, whole_books


@given(whole_books())
@settings(max_examples=25)
def test_lints_of_any_ruleset_answer_and_answer_the_same(asked: Asked) -> None:
    for kind, body in asked.bodies.items():
        document = reading(kind, body, asked.currency).document
        if document is not None:
            known = vocabulary().with_attributes(document.attributes)
            found = lint(document, known)
            assert found == lint(document, known)
            assert [finding for finding in found if finding.span is None or not finding.hint] == []
