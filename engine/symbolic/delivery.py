"""What does shipping cost: which methods are offered, at what price, less what discounts, and which one counts?

Exact for one parcel. Parcels by seller are not told apart: then a method may be offered at any price.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.boxes.values import ValueSet
from engine.compiler.conditions import rule_boxes
from engine.documents.model import Method, Rate, ShippingDocument
from engine.money.rounding import Rounding
from engine.runtime.effects.delivery import ShippingEffect
from engine.symbolic.book_plan import BookPlan, PlannedLane, Rule
from engine.symbolic.cells import Cell, total_of
from engine.symbolic.codes import OnShipping
from engine.symbolic.facts import Measured, OneOf, Term, View
from engine.symbolic.goods import Goods, excludes, tiered
from engine.symbolic.model import Model, NotModelled
from engine.symbolic.shipping_rates import Priced, price_of
from engine.symbolic.terms import Number, Truth
from engine.symbolic.usage import Uses


@dataclass(frozen=True, slots=True)
class Shipped:
    """What the decided method costs before and after discounts; both 0 where none is decided."""

    price: Number
    total: Number
    decided: Truth


@dataclass(frozen=True, slots=True)
class Discounting:
    """What may lower the price of a method: lanes of promotions as they see the cart, and coupons."""

    lanes: Sequence[PlannedLane]
    view: View
    mode: Rounding
    coupons: Sequence[OnShipping]
    coupon_mode: Rounding
    coupon_view: View


@dataclass(frozen=True, slots=True)
class _Offer:
    method: Method
    offered: Truth
    price: Number
    total: Number


@dataclass(frozen=True, slots=True)
class Delivery:
    """One run of a shipping ruleset. `view` is what its conditions see, without facts of the parcel."""

    plan: BookPlan
    document: ShippingDocument
    goods: Goods
    view: View
    uses: Uses
    discounting: Discounting

    @property
    def model(self) -> Model:
        return self.goods.model

    def run(self) -> Shipped:
        """Offer every method and decide the one the total is computed with."""
        logic = self.model.logic
        zones = self._zones()
        first: OneOf = OneOf((*((holds, name) for name, holds in zones), (True, None)))
        parcel = self.view.with_values({**self._parcel(), "shipping.zone": first})
        refused, refused_methods = self._refused(parcel)
        offers = [
            self._offer(method, zones, first, parcel, refused, refused_methods) for method in self.document.methods
        ]
        some_lines = logic.any(cell.lines > 0 for cell in self.goods.cells)
        decided = self._decided(offers)
        price: Number = 0
        total: Number = 0
        for offer, chosen in zip(offers, decided, strict=True):
            is_it = logic.all([chosen, some_lines])
            price = logic.choose(is_it, offer.price, price)
            total = logic.choose(is_it, offer.total, total)
        return Shipped(
            self.model.named("shipping.price", price),
            self.model.named("shipping.total", total),
            logic.all([some_lines, logic.any(decided)]),
        )

    # where it goes, and what it is -----------------------------------------------------------------------------

    def _zones(self) -> list[tuple[str, Truth]]:
        """Whether each zone holds, in document order."""
        return [(zone.id, self.view.holds(rule_boxes(zone.window, zone.where))) for zone in self.document.zones]

    def _parcel(self) -> dict[str, Term]:
        """The facts of the one parcel; nobody can say which seller's it is."""
        if self.document.shipments == "seller":
            self.model.loosen("parcels by seller")
            return {}
        cells = self.goods.cells
        weight = self.view.term("cart.weight_g")
        volume = self._volume(cells)
        assert isinstance(weight, Measured)
        return {
            "shipment.item_count": self.view.term("cart.item_count"),
            "shipment.subtotal": self.view.term("subtotal.after_discounts"),
            "shipment.weight_g": weight,
            "shipment.volume_cm3": volume,
            "shipment.chargeable_weight_g": self._chargeable(weight, volume),
            "shipment.seller": OneOf(((True, None),)),
        }

    def _volume(self, cells: Sequence[Cell]) -> Measured:
        logic = self.model.logic
        missing = logic.sum(cell.volumeless for cell in cells) > 0
        return Measured(total_of(self.model, (cell.volume for cell in cells), "volume"), missing)

    def _chargeable(self, weight: Measured, volume: Measured) -> Measured:
        divisor = self.document.volumetric_divisor
        if divisor is None:
            return weight
        volumetric = self.model.steps(1000 * volume.value, divisor)
        missing = self.model.logic.any([weight.missing, volume.missing])
        return Measured(self.model.most_of(weight.value, volumetric), missing)

    def _refused(self, parcel: View) -> tuple[Truth, dict[str, Truth]]:
        """Whether everything is refused, and which methods are."""
        logic = self.model.logic
        everything: list[Truth] = []
        methods: dict[str, list[Truth]] = {}
        for refusal in self.document.refusals:
            if self.document.shipments == "seller":
                holds: Truth = self.model.undecided(f"some parcel is refused by {refusal.id}")
            else:
                holds = parcel.holds(rule_boxes(refusal.window, refusal.when))
            if refusal.methods:
                for method in refusal.methods:
                    methods.setdefault(method, []).append(holds)
            else:
                everything.append(holds)
        return logic.any(everything), {method: logic.any(found) for method, found in methods.items()}

    # what it costs ---------------------------------------------------------------------------------------------

    def _offer(
        self,
        method: Method,
        zones: list[tuple[str, Truth]],
        first: OneOf,
        parcel: View,
        refused: Truth,
        refused_methods: dict[str, Truth],
    ) -> _Offer:
        logic = self.model.logic
        chosen = self._chosen_rates(method, zones)
        price: Number = 0
        known: Truth = False
        for holds, zone, rate in reversed(chosen):
            own = parcel if zone is None else parcel.with_values({"shipping.zone": OneOf(((True, zone),))})
            priced = self._priced(method, rate, own)
            price = logic.choose(holds, priced.price, price)
            known = logic.choose_truth(holds, priced.known, known)
        price = self.model.named(f"price of {method.id}", price)
        offered: Truth = self.model.undecided(f"{method.id} is offered for every parcel")
        if self.document.shipments != "seller":
            offered = parcel.holds(rule_boxes(method.window, method.when))
        available = logic.all([offered, known, logic.no(refused), logic.no(refused_methods.get(method.id, False))])
        zone_of = self._zone_of(chosen, first)
        total = self._discounted(method, price, zone_of)
        return _Offer(method, available, price, total)

    def _chosen_rates(self, method: Method, zones: list[tuple[str, Truth]]) -> list[tuple[Truth, str | None, Rate]]:
        """The rates of a method with when each counts, the first that holds; zone None: that of any other zone."""
        logic = self.model.logic
        found: list[tuple[Truth, str | None, Rate]] = []
        earlier: list[Truth] = []
        for zone, holds in zones:
            if zone in method.rates:
                when = logic.all([holds, *map(logic.no, earlier)]) if self.document.policy != "all" else holds
                found.append((when, zone, method.rates[zone]))
            earlier.append(holds)
        if "" in method.rates:
            found.append((True, None, method.rates[""]))
        return found

    @staticmethod
    def _zone_of(chosen: list[tuple[Truth, str | None, Rate]], first: OneOf) -> OneOf:
        """The zone whose rate counts: one the method names, or the first of the destination."""
        named = tuple((holds, zone) for holds, zone, _ in chosen if zone is not None)
        return OneOf((*named, *first.options))

    def _priced(self, method: Method, rate: Rate, parcel: View) -> Priced:
        if self.document.shipments != "seller":
            return price_of(self.model, rate, parcel, self.document.head.rounding)
        return Priced(self.model.unknown(f"price of {method.id} for all parcels"), True)

    # what is taken off -----------------------------------------------------------------------------------------

    def _discounted(self, method: Method, price: Number, zone: OneOf) -> Number:
        """The price of a method after its threshold, the lanes and the coupons."""
        logic = self.model.logic
        seen: dict[str, Term] = {
            "shipping.price": Measured(price),
            "shipping.decided": OneOf(((True, method.id),)),
            "shipping.zone": zone,
        }
        taken = _Taken(self, method.id, price)
        view = self.discounting.view.with_values(seen)
        for lane in self.discounting.lanes:
            taken.run(lane, view, self.discounting.mode)
        for coupon in self.discounting.coupons:
            taken.take_coupon(
                coupon, view if self.discounting.lanes else self.discounting.coupon_view, self.discounting.coupon_mode
            )
        total = logic.choose(self._is_free(method, zone), 0, taken.left)
        return self.model.named(f"total of {method.id}", total)

    def _is_free(self, method: Method, zone: OneOf) -> Truth:
        free = method.free_from
        if free is None:
            return False
        statements = self.view.statements
        reached = statements.accepts(self.view.term(free.of), ValueSet.interval(free.amount, None))
        if not free.zones:
            return reached
        return self.model.logic.all([reached, statements.accepts(zone, ValueSet.points(free.zones))])

    # what counts -----------------------------------------------------------------------------------------------

    def _decided(self, offers: Sequence[_Offer]) -> list[Truth]:
        """Whether each offer is the one the total is computed with."""
        logic, statements = self.model.logic, self.view.statements
        asked = self.view.term("shipping.method")
        nobody = statements.accepts(asked, ValueSet.only_missing())
        decided = []
        for number, offer in enumerate(offers):
            is_asked = statements.accepts(asked, ValueSet.point(offer.method.id))
            cheapest: Truth = False
            if self.document.choose == "cheapest":
                beaten = [
                    logic.all([other.offered, _before(other, offer)])
                    for place, other in enumerate(offers)
                    if place != number
                ]
                cheapest = logic.all([nobody, *map(logic.no, beaten)])
            decided.append(logic.all([offer.offered, logic.any([is_asked, cheapest])]))
        return decided


def _before(one: _Offer, two: _Offer) -> Truth:
    """Whether the first is cheaper, or as cheap and earlier by id."""
    return one.total <= two.total if one.method.id < two.method.id else one.total < two.total


class _Taken:
    """What is taken off one method so far."""

    def __init__(self, delivery: Delivery, method: str, price: Number) -> None:
        self.left = price
        self._delivery = delivery
        self._method = method
        self._price = price
        self._found: list[tuple[Rule, Truth]] = []

    def run(self, lane: PlannedLane, view: View, mode: Rounding) -> None:
        """Take what a lane picks: all, the first that saves, or the one that saves most of what is left."""
        model, logic = self._delivery.model, self._delivery.model.logic
        if lane.pick == "all":
            for rule in lane.rules:
                self._take(rule, self._saving(rule, view, mode))
            return
        savings = [(rule, self._saving(rule, view, mode)) for rule in lane.rules]
        best: Number = 0
        leads: list[Truth] = []
        for _, saving in savings:
            leads.append(saving > best)
            best = model.most_of(best, saving)
        done: Truth = False
        for (rule, saving), lead in zip(savings, leads, strict=True):
            if lane.pick == "first":
                wins = logic.all([saving > 0, logic.no(done)])
                done = logic.any([done, wins])
            else:
                wins = logic.all([lead, saving == best])
            self._take(rule, model.named("saving", logic.choose(wins, saving, 0)))

    def take_coupon(self, coupon: OnShipping, view: View, mode: Rounding) -> None:
        """Take what an admitted coupon takes off what is left; nothing shuts it out any more."""
        saving = self._amount(coupon.coupon.rule, view, mode, coupon.bound)
        self._take(coupon.coupon.rule, self._delivery.model.logic.choose(coupon.applied, saving, 0))

    def _saving(self, rule: Rule, view: View, mode: Rounding) -> Number:
        """What a rule takes off what is left, where it holds and nothing shuts it out."""
        delivery, logic = self._delivery, self._delivery.model.logic
        amount = self._amount(rule, view, mode, delivery.uses.bound(rule.id, rule.cap, rule.limits))
        if isinstance(amount, int) and amount == 0:
            return 0
        if any(each.rule == rule.id for each in delivery.goods.applied):
            raise NotModelled(f"two rules of the name '{rule.id}'")
        active = [
            view.holds(rule.boxes),
            delivery.uses.within(rule.id, rule.limits),
            logic.no(delivery.goods.is_excluded(rule)),
        ]
        active += [
            logic.no(gave) for other, gave in self._found if excludes(rule, other.id, other.lane, other.exclusive_with)
        ]
        return delivery.model.named("saving", logic.choose(logic.all(active), amount, 0))

    def _take(self, rule: Rule, saving: Number) -> None:
        model = self._delivery.model
        if isinstance(saving, int) and saving == 0:
            return
        self.left = model.named("left of shipping", self.left - saving)
        model.logic.tell(self.left >= 0)
        self._found.append((rule, saving > 0))

    def _amount(self, rule: Rule, view: View, mode: Rounding, bound: Number | None) -> Number:
        """What the effect takes off what is left, after cap and budget."""
        model, effect, left = self._delivery.model, rule.effect, self.left
        if not isinstance(effect, ShippingEffect) or (effect.methods and self._method not in effect.methods):
            return 0
        if effect.amount is not None:
            found = model.least_of(effect.amount, left)
        elif effect.price is not None:
            found = model.most_of(0, left - effect.price)
        else:
            base = self._price if effect.initial else left
            if effect.tiers is not None:
                rows = [self._part(base, ratio, mode) for ratio in effect.tiers.ratios]
                wanted = tiered(model, effect.tiers, view, rows)
            else:
                wanted = self._part(base, effect.ratio or (0, 1), mode)
            found = model.least_of(wanted, left)
        return found if bound is None else model.least_of(found, bound)

    def _part(self, base: Number, ratio: tuple[int, int], mode: Rounding) -> Number:
        if ratio[0] > ratio[1]:
            raise NotModelled("a percentage above 100")
        return self._delivery.model.rounded(base, ratio[0], ratio[1], mode)
