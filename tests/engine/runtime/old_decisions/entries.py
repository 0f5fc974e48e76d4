"""How is an old decision kept? Like an entry of a store's log: what was known, the texts that decided, the very bytes.

In `stored`: `<name>.json` has the facts and which texts, `<name>.result.json` the decision as it was written, and
`texts/<id>.json` each text once.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from engine import to_json
from server.decisions.books import LiveBook, RuleBooks
from server.decisions.facts import Basket
from server.decisions.library import RulesetText
from server.decisions.service import decide

STORED: Final = Path(__file__).parent / "stored"
_TEXTS: Final = STORED / "texts"
_RESULT: Final = ".result.json"


class OldDecision(msgspec.Struct, frozen=True, kw_only=True):
    """A decision of the past. `texts` are ids, in the order the pipeline runs them; `digest` is of the result."""

    currency: str
    digest: str
    texts: tuple[str, ...]
    basket: Basket


def names() -> list[str]:
    """All that are stored."""
    return sorted(path.name.removesuffix(_RESULT) for path in STORED.glob(f"*{_RESULT}"))


def read(name: str) -> tuple[OldDecision, bytes]:
    """An old decision, and what it came to."""
    entry = msgspec.json.decode((STORED / f"{name}.json").read_bytes(), type=OldDecision)
    return entry, (STORED / f"{name}{_RESULT}").read_bytes().removesuffix(b"\n")


def decided_again(books: RuleBooks, entry: OldDecision) -> bytes:
    """What it comes to now."""
    texts = [msgspec.json.decode((_TEXTS / f"{text}.json").read_bytes(), type=RulesetText) for text in entry.texts]
    return to_json(decide(books.of_texts(texts, entry.currency), entry.basket))


def add(name: str, live: LiveBook, basket: Basket, digest: str, result: bytes) -> bool:
    """Keep a decision unless there is one of this name: what is there is never written again."""
    if (STORED / f"{name}.json").exists():
        return False
    _TEXTS.mkdir(parents=True, exist_ok=True)
    kinds = {ruleset.kind for ruleset in live.checkout_rulesets}
    texts = [text for text in live.texts if text.kind in kinds]
    for text in texts:
        (_TEXTS / f"{text.id}.json").write_bytes(_written(text))
    entry = OldDecision(currency=live.currency, digest=digest, texts=tuple(text.id for text in texts), basket=basket)
    (STORED / f"{name}.json").write_bytes(_written(entry))
    (STORED / f"{name}{_RESULT}").write_bytes(result + b"\n")
    return True


def _written(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"
