"""Which of two effects takes off more, and when does it make no difference which of them comes first?"""

from __future__ import annotations

from engine.documents.effects import AmountOff, Effect, FixedPrice, PercentOff, line_condition
from engine.documents.model import UNLIMITED, Promotion
from engine.equivalence.places import content


def share_alike(one: Effect, other: Effect) -> bool:
    """Whether two effects on the order that save the same share it over the lines in the same way."""
    effects = one, other
    on_order = all(isinstance(effect, PercentOff | AmountOff) and effect.on == "order" for effect in effects)
    plain = not any(isinstance(effect, AmountOff) and effect.tax is not None for effect in effects)
    return on_order and plain and content(line_condition(one)) == content(line_condition(other))


def adds(effect: Effect) -> bool:
    """Whether what it takes off does not depend on what others took before, but for the end of what is left."""
    return isinstance(effect, AmountOff) or (isinstance(effect, PercentOff) and effect.basis == "initial")


def is_simple(rule: Promotion) -> bool:
    """A percentage, an amount or a price without any limit, which takes off the more the greater it is."""
    return isinstance(rule.then, PercentOff | AmountOff | FixedPrice) and rule.limits == UNLIMITED


def gives_at_least(old: Effect, new: Effect) -> bool:
    """Whether the new effect takes off at least what the old one does, of the same amount."""
    if isinstance(old, PercentOff) and isinstance(new, PercentOff):
        greater = new.percent[0] * old.percent[1] >= old.percent[0] * new.percent[1]
        capped = new.cap is None or (old.cap is not None and new.cap >= old.cap)
        return greater and capped and (old.on, old.basis) == (new.on, new.basis) and _methods(old, new)
    if isinstance(old, AmountOff) and isinstance(new, AmountOff):
        capped = new.cap is None or (old.cap is not None and new.cap >= old.cap)
        alike = (old.on, old.per, old.tax) == (new.on, new.per, new.tax)
        return new.amount >= old.amount and capped and alike and _methods(old, new)
    if isinstance(old, FixedPrice) and isinstance(new, FixedPrice):
        return new.price <= old.price and old.on == new.on and _methods(old, new)
    return False


def _methods(old: PercentOff | AmountOff | FixedPrice, new: PercentOff | AmountOff | FixedPrice) -> bool:
    return not new.methods or (bool(old.methods) and set(old.methods) <= set(new.methods))
