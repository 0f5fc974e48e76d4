"""What is done when a signal is seen? It is kept, and its effects are done, once, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from engine.signals import Effect, Firing, Happened, Program, explain_firing
from notifications.events import SignalFired
from notifications.outbox import announce
from server.decisions.books import LiveBook
from server.orders import holding
from server.signals import firings_repo as repo
from server.signals import tagging
from server.signals.snapshot import About, DoneEffect, Ruleset, uuid_of
from server.web.call import Shop
from storage.tenancy import Store
from storage.transaction import Transaction

KIND: Final = "signals"
FIRED: Final = SignalFired.__name__
"""What a signal announces itself as that says nothing else."""


class Watch(NamedTuple):
    """The signals of a store that are live, and which version of the ruleset they are, read in which currency."""

    program: Program
    ruleset: Ruleset
    currency: str

    @property
    def meaning(self) -> tuple[str, str]:
        """The same for programs that say the same: one text can be written for several currencies."""
        return self.ruleset.hash, self.currency


def watch_of(live: LiveBook) -> Watch | None:
    """The signals of a book; None where it has none."""
    if live.signals is None:
        return None
    found = next(each for each in live.rulesets if each.kind == KIND)
    return Watch(live.signals, Ruleset(found.name, found.version, found.hash), live.currency)


async def keep(
    tx: Transaction, shop: Shop, store: Store, watch: Watch, firing: Firing, events: Iterable[Happened] = ()
) -> bool:
    """Keep the firing and do what it asks for; False when that was done before."""
    about = _about(firing)
    explanation = explain_firing(watch.program, firing, events)
    kept = await repo.add(tx, firing, about, watch.ruleset, explanation)
    if kept is None:
        return False
    done = [await _done(tx, shop, store, firing, effect) for effect in firing.effects]
    for name in _names(firing.effects):
        await announce(
            tx,
            SignalFired(
                name=name, signal_id=firing.signal, firing_id=str(kept.id), order_id=_text(about.order_id),
                order_number=kept.order_number, cart_id=_text(about.cart_id), customer_id=_text(about.customer_id),
            ),
        )  # fmt: skip
    await repo.note_effects(tx, kept.id, done)
    return True


def _about(firing: Firing) -> About:
    found = {kind: uuid_of(name) for kind, name in firing.about}
    return About(order_id=found.get("order"), cart_id=found.get("cart"), customer_id=found.get("customer"))


async def _done(tx: Transaction, shop: Shop, store: Store, firing: Firing, effect: Effect) -> DoneEffect:
    """A flag is there by being written down, and what is announced is announced by whoever asks."""
    why_not = ""
    if effect.kind == "hold":
        order_id = uuid_of(effect.target_id)
        note = f"signal {firing.signal}"
        why_not = (
            await holding.hold(tx, shop, store, order_id, key=f"signal:{firing.key}", note=note)
            if order_id is not None
            else "there is no such order"
        )
    elif effect.kind in ("tag", "untag"):
        has = effect.kind == "tag"
        why_not = await tagging.tag(tx, effect.target_id, effect.name, has=has, signal=firing.signal)
    return DoneEffect(effect.kind, effect.name, effect.target, effect.target_id, why_not)


def _names(effects: Sequence[Effect]) -> list[str]:
    return list(dict.fromkeys(each.name for each in effects if each.kind == "announce")) or [FIRED]


def _text(value: object | None) -> str | None:
    return None if value is None else str(value)
