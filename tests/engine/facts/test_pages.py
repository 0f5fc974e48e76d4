"""Is the reference page of each vocabulary current, and does it explain every fact?"""

from pathlib import Path

import pytest

from engine.facts.pages import vocabulary_page
from engine.facts.vocabulary import Fact, PermissibleAction, Vocabulary, read_vocabulary
from engine.text.source import Source

CHECKOUT = Path(__file__).resolve().parents[3]
SHIPPED = sorted((CHECKOUT / "rules" / "vocabularies").glob("*.yaml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_page_of_a_shipped_vocabulary_is_current(path: Path) -> None:
    vocabulary, _ = read_vocabulary(Source(path.name, path.read_text("utf-8")))
    assert vocabulary is not None
    page = CHECKOUT / "docs" / "reference" / f"vocabulary-{path.stem}.md"
    assert page.read_text("utf-8") == vocabulary_page(vocabulary)


def test_page_of_a_small_vocabulary() -> None:
    facts = [
        Fact("cart.tags", "codes", "cart", "request", True, "Labels | of the cart."),
        Fact("line.subtotal", "money", "line", "pricing", False, "Price times quantity."),
    ]
    page = vocabulary_page(Vocabulary("tiny", 2, {fact.name: fact for fact in facts}, "A small one."))
    assert page == (
        "# Vocabulary tiny/2\n"
        "\n"
        "<!-- Written from the vocabulary; do not edit. -->\n"
        "\n"
        "A small one.\n"
        "\n"
        "A ruleset that says `vocabulary: tiny/2` may read these facts. A published version never changes.\n"
        "\n"
        "A rule reads only what exists before its own stage: request, pricing, line_promotions, order_promotions, "
        "coupons, shipping, shipping_promotions, tax, total.\n"
        "\n"
        "## The cart\n"
        "\n"
        "Read in `when`.\n"
        "\n"
        "| fact | type | known after | may be missing | what it is |\n"
        "| --- | --- | --- | --- | --- |\n"
        "| `cart.tags` | codes | request | yes | Labels \\| of the cart. |\n"
        "\n"
        "## A line\n"
        "\n"
        "Read in `where`, of the line that is looked at.\n"
        "\n"
        "| fact | type | known after | may be missing | what it is |\n"
        "| --- | --- | --- | --- | --- |\n"
        "| `line.subtotal` | money | pricing | no | Price times quantity. |\n"
        "\n"
        "## Types\n"
        "\n"
        "| type | values | written |\n"
        "| --- | --- | --- |\n"
        '| money | an amount | `"150.00"`, `{BRL: "150.00", USD: "30.00"}` |\n'
        "| codes | a set of codes | `[press, staff]` |\n"
    )


def test_page_of_a_vocabulary_of_actions() -> None:
    actions = [PermissibleAction("till.open", False, "Open the till."), PermissibleAction("till.pay", True, "Pay.")]
    page = vocabulary_page(Vocabulary("tiny", 1, {}, actions={action.name: action for action in actions}))
    assert page == (
        "# Vocabulary tiny/1\n"
        "\n"
        "<!-- Written from the vocabulary; do not edit. -->\n"
        "\n"
        "A ruleset that says `vocabulary: tiny/1` may permit these actions. A published version never changes.\n"
        "\n"
        "## Actions\n"
        "\n"
        "| action | may be limited to an amount | what it is |\n"
        "| --- | --- | --- |\n"
        "| `till.open` | no | Open the till. |\n"
        "| `till.pay` | yes | Pay. |\n"
    )
