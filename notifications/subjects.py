"""How do events name people without telling who they are? By a subject: equal for equal people of one store.

Patterns over time ask whether two events are of one phone or one address, not which. Subjects keep personal data out of
a log that lives longer than an account. They are no secret to whoever can read the orders themselves, and anybody who
knows the id of the store can try whether a subject is that of an e-mail address or a phone they have in mind.
"""

from __future__ import annotations

import hashlib
import unicodedata
from typing import Literal
from uuid import UUID

SubjectKind = Literal["email", "phone", "address", "device", "coupon", "payment"]


def subject(store_id: UUID, kind: SubjectKind, *parts: str | None) -> str | None:
    """32 hexadecimal digits; None when nothing is left of the parts to compare.

    Parts are compared without case, accents, spaces and punctuation, so that who writes an address in another way is
    the same subject; a phone by its digits; an e-mail as it is written, but for case.
    """
    kept = [_plain(part, kind) for part in parts if part]
    if not any(kept):
        return None
    text = "\x1f".join([str(store_id), kind, *kept])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _plain(text: str, kind: SubjectKind) -> str:
    if kind == "email":
        # ann@ab.com and anna@b.com are two people.
        return unicodedata.normalize("NFKC", text).casefold().strip()
    folded = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in folded if (letter.isdigit() if kind == "phone" else letter.isalnum()))
