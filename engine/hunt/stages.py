"""In which order are carts tried: rule by rule first, then two rules together, mixtures, and what lies near?

After one cart for each of the first rules, carts of all kinds are taken in turn, so that a hunt of few carts in a large
book has still tried some of each.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.facts.cart import Cart
from engine.hunt.borders import Borders
from engine.hunt.chance import Chance
from engine.hunt.changes import Changer
from engine.hunt.ground import Ground
from engine.hunt.wish import Wish

_FIRST_RULES: Final = 100
_TOGETHER: Final = 4
_CHANGES: Final = 4
_POOL: Final = 4_000
"""Carts that changes start from; in a large book the first of them have to do."""


def carts_of(ground: Ground, seed: int, first: tuple[Cart, ...]) -> Iterator[Cart]:
    """Carts without end, some of them twice: `first`, one for each of the first rules, and then all others in turn."""
    yield from first
    stages = _Stages(ground, seed, first)
    yield from stages.plain()
    at_once = max(ground.likely, _FIRST_RULES)
    yield from stages.each_rule(0, at_once)
    streams = [
        stages.boundaries(),
        stages.pairs(),
        stages.mixtures(),
        stages.neighbours(),
        stages.each_rule(at_once, len(ground.aims)),
    ]
    while streams:
        for stream in tuple(streams):
            cart = next(stream, None)
            if cart is None:
                streams.remove(stream)
            else:
                yield cart


class _Stages:
    """The streams of carts. Those of chance have a generator each, so that one does not depend on another's pace."""

    def __init__(self, ground: Ground, seed: int, first: tuple[Cart, ...]) -> None:
        self._ground = ground
        self._aims = ground.aims
        self._borders = Borders(ground.space)
        self._pool = list(first)
        self._near = len(first)  # so many of the pool are the likeliest
        self._seed = seed

    def plain(self) -> Iterator[Cart]:
        """A plain cart in every zone."""
        for makers in self._ground.makers:
            for maker in makers:
                yield from self._kept(maker.cart(Wish()))

    def each_rule(self, start: int, end: int) -> Iterator[Cart]:
        """For each rule carts for which it acts."""
        for place, (aim, book) in enumerate(self._aims[start:end], start):
            for wish in self._borders.wishes(aim):
                yield from self._kept(self._ground.cart(wish, book))
            if place < self._ground.likely:
                self._near = len(self._pool)

    def boundaries(self) -> Iterator[Cart]:
        """For each rule, every border of its conditions and of what it gives: at it and one unit beside it."""
        for aim, book in self._aims:
            for varied in self._borders.varied(aim):
                yield from self._kept(self._ground.cart(varied, book))

    def pairs(self) -> Iterator[Cart]:
        """Two rules at once, the likeliest with every other, then those next to each other; then both at a border."""
        chance = Chance(self._seed)
        for one, other in _pairs(len(self._aims), self._ground.likely):
            (aim, book), (another, _) = self._aims[one], self._aims[other]
            both = self._borders.wishes(aim)[0].and_also(self._borders.wishes(another)[0])
            yield from self._kept(self._ground.cart(both, book))
            at_borders = self._somewhere(one, chance).and_also(self._somewhere(other, chance))
            yield from self._kept(self._ground.cart(at_borders, book))

    def mixtures(self) -> Iterator[Cart]:
        """Some rules at once, each perhaps at a border, anywhere, with changes on top."""
        chance = Chance(self._seed + 1)
        changer = Changer(self._ground, chance)
        while self._aims:
            chosen = chance.some_of(range(len(self._aims)), _TOGETHER)
            if self._ground.likely and chance.once_in(2):
                chosen.insert(0, chance.below(self._ground.likely))
            wish = Wish()
            for place in chosen:
                at_border = chance.once_in(2)
                wanted = self._somewhere(place, chance) if at_border else self._wished(place, chance)
                wish = wish.and_also(wanted)
            book = self._aims[chosen[-1]][1]
            maker = chance.one_of(self._ground.makers[book])
            cart = maker.cart(wish) if chance.once_in(3) else self._ground.cart(wish, book)
            if cart is not None:
                yield changer.changed(cart, chance.below(_CHANGES))

    def neighbours(self) -> Iterator[Cart]:
        """Changes of carts tried before: of those the hunt was begun with, and of those made for rules."""
        chance = Chance(self._seed + 2)
        changer = Changer(self._ground, chance)
        while self._pool:
            near = self._near and chance.once_in(2)
            cart = self._pool[chance.below(self._near if near else len(self._pool))]
            yield changer.changed(cart, 1 + chance.below(_CHANGES))

    def _kept(self, cart: Cart | None) -> Iterator[Cart]:
        if cart is not None:
            if len(self._pool) < _POOL:
                self._pool.append(cart)
            yield cart

    def _wished(self, place: int, chance: Chance) -> Wish:
        return chance.one_of(self._borders.wishes(self._aims[place][0]))

    def _somewhere(self, place: int, chance: Chance) -> Wish:
        """A wish of the rule at one of its borders, by chance."""
        varied = self._borders.varied(self._aims[place][0])
        return chance.one_of(varied) if varied else self._wished(place, chance)


def _pairs(count: int, likely: int) -> Iterator[tuple[int, int]]:
    """Pairs of positions: of the likely ones with all others, then of all by their distance."""
    for distance in range(1, count):
        for place in range(min(likely, count - distance)):
            yield place, place + distance
    for distance in range(1, count):
        for place in range(likely, count - distance):
            yield place, place + distance
