"""What happens in a random schedule? Rules for Hypothesis: each a thing that people, providers or time can do."""

from __future__ import annotations

from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.server.fire import scene
from tests.server.fire.people import Order, People

MOST: Final = 5
"""Orders: with more of them each would not get far."""

_ANY: Final = st.integers(0, 7)
_SKUS: Final = st.sampled_from(scene.SKUS)
_METHODS: Final = st.sampled_from(["pix", "pix", "pix", "cash_on_delivery"])
_COUPONS: Final = st.sampled_from([None, None, "SPRING", "ONCE", "POT", "OPEN"])
_EVENTS: Final = st.sampled_from(
    ["cancel", "cancel", "back-to-cart", "hold", "release_hold", "process", "delivery_failed", "drop_rest", "confirm"]
)
_OUTCOMES: Final = st.sampled_from(["succeeded", "succeeded", "declined"])
_HOURS: Final = st.sampled_from([0.4, 0.6, 25.0, 24.0 * 31])


class Lives(RuleBasedStateMachine):
    """One store. `scene` is set by whoever runs it."""

    scene: scene.Scene
    people: People

    def __init__(self) -> None:
        super().__init__()
        self.is_begun = False

    @initialize(begun=st.lists(st.tuples(st.lists(_SKUS, min_size=1, max_size=3), st.integers(0, 8)), min_size=2,
                               max_size=3))  # fmt: skip
    def open_store(self, begun: list[tuple[list[str], int]]) -> None:
        """A store with orders that have come so many steps on their way: from nothing few schedules would get far."""
        self.people = self.scene.run(self.scene.people())
        self.is_begun = True
        for skus, steps in begun:
            self.order(skus, method="pix", coupon=None, regular=True)
            self.goes_on(-1, steps, "succeeded", is_told=True)

    @precondition(lambda self: len(self.people.orders) < MOST)
    @rule(skus=st.lists(_SKUS, min_size=1, max_size=3), method=_METHODS, coupon=_COUPONS,
          regular=st.booleans())  # fmt: skip
    def order(self, skus: list[str], method: str, coupon: str | None, regular: bool) -> None:
        """Somebody orders."""
        self.scene.run(self.people.order(skus, method=method, coupon=coupon, regular=regular))

    @precondition(lambda self: self.people.orders)
    @rule(number=_ANY, steps=st.integers(1, 6), outcome=_OUTCOMES, is_told=st.booleans())
    def goes_on(self, number: int, steps: int, outcome: str, is_told: bool) -> None:
        """An order takes the steps it is there for. The shop is told of its payment at once, or some time later."""
        for _ in range(steps):
            self.scene.run(self._next_step(self._order(number), outcome, is_told=is_told))

    @precondition(lambda self: self.people.orders)
    @rule(number=_ANY, by_staff=st.booleans())
    def start_payment(self, number: int, by_staff: bool) -> None:
        """Somebody begins to pay."""
        self.scene.run(self.people.start_payment(self._order(number), by_staff=by_staff))

    @precondition(lambda self: any(order.charges for order in self.people.orders))
    @rule(number=_ANY, charge=_ANY, outcome=_OUTCOMES,
          times=st.integers(1, 2), stray=st.sampled_from(["none", "none", "processing_late", "declined_first"]),
          refunds_fail=st.sampled_from([False, False, True]))  # fmt: skip
    def pay(self, number: int, charge: int, **wish: Any) -> None:
        """Somebody pays at the provider's, or does not."""
        paying = [order for order in self.people.orders if order.charges]
        self.scene.run(self.people.pay(paying[number % len(paying)], charge, **wish))

    @precondition(lambda self: self.people.orders)
    @rule(number=_ANY, event=_EVENTS, by_staff=st.booleans())
    def bring(self, number: int, event: str, by_staff: bool) -> None:
        """Somebody says so."""
        self.scene.run(self.people.bring(self._order(number), event, by_staff=by_staff))

    @precondition(lambda self: self.people.orders)
    @rule(number=_ANY, choice=_ANY)
    def bring_open(self, number: int, choice: int) -> None:
        """Somebody says something that is possible."""
        self.scene.run(self.people.bring_open(self._order(number), choice))

    @precondition(lambda self: self.people.orders)
    @rule(number=_ANY, everything=st.booleans())
    def ship(self, number: int, everything: bool) -> None:
        """A parcel leaves."""
        self.scene.run(self.people.ship(self._order(number), everything=everything))

    @precondition(lambda self: self.people.orders)
    @rule(number=_ANY)
    def arrive(self, number: int) -> None:
        """A parcel arrives."""
        self.scene.run(self.people.arrive(self._order(number)))

    @precondition(lambda self: self.people.orders)
    @rule(number=_ANY, line=_ANY)
    def ask_to_return(self, number: int, line: int) -> None:
        """Somebody wants to send something back."""
        self.scene.run(self.people.ask_to_return(self._order(number), line))

    @precondition(lambda self: self.people.orders)
    @rule(number=_ANY, how=st.sampled_from(["approve", "refuse", "withdraw", "receive"]))
    def decide_return(self, number: int, how: str) -> None:
        """A return goes on, or ends."""
        self.scene.run(self.people.decide_return(self._order(number), how))

    @precondition(lambda self: self.people.orders)
    @rule(number=_ANY, what=st.sampled_from(["unit", "return", "amount"]), approve=st.booleans(), restock=st.booleans())
    def refund(self, number: int, what: str, approve: bool, restock: bool) -> None:
        """Staff request a refund."""
        self.scene.run(self.people.refund(self._order(number), what, approve=approve, restock=restock))

    @precondition(lambda self: self.people.orders)
    @rule(number=_ANY, how=st.sampled_from(["approve", "refuse", "retry", "settle"]))
    def decide_refund(self, number: int, how: str) -> None:
        """A refund goes on, or ends."""
        self.scene.run(self.people.decide_refund(self._order(number), how))

    @rule(number=_ANY, sent=st.sampled_from([False, False, True]))
    def send_webhook(self, number: int, sent: bool) -> None:
        """The provider tells something, whichever it likes; what it has told before too."""
        found = self.scene.run(scene.deliveries(self.people.place, sent=sent))
        if found:
            self.scene.run(scene.send(self.people.place, found[number % len(found)]))

    @rule(number=_ANY)
    def forge_webhook(self, number: int) -> None:
        """Somebody sends what the provider told, or will tell, with a signature of their own."""
        place = self.people.place
        found = self.scene.run(scene.deliveries(place, sent=number % 2 == 0))
        if found:
            refused_before = self.scene.run(scene.refused(place))
            self.scene.run(scene.forge(place, found[number % len(found)]))
            assert self.scene.run(scene.refused(place)) == refused_before + 1

    @rule(hours=_HOURS)
    def pass_time(self, hours: float) -> None:
        """Nothing happens for a while."""
        self.scene.run(scene.pass_time(self.people.place, hours))

    @rule()
    def work(self) -> None:
        """The worker comes by."""
        self.scene.run(scene.work(self.people.place))

    @invariant()
    def books_agree(self) -> None:
        """After every step."""
        if self.is_begun:
            found = self.scene.run(self.people.place.faults())
            assert not found, "\n".join(found)

    def teardown(self) -> None:
        """In the end everything that is due is done, and then nothing may be left."""
        if self.is_begun:
            self.scene.run(scene.settle(self.people.place))
            found = self.scene.run(self.people.place.faults(settled=True))
            assert not found, "\n".join(found)

    def _order(self, number: int) -> Order:
        return self.people.orders[number % len(self.people.orders)]

    async def _next_step(self, order: Order, outcome: str, *, is_told: bool) -> None:
        people, state = self.people, (await self.people.read(order))["state"]
        if state in ("pending", "payment_failed"):
            await people.start_payment(order)
        elif state == "payment_pending":
            await people.pay(order, -1, outcome=outcome)
        elif state == "paid":
            await people.bring(order, "process", by_staff=True)
        elif state in ("processing", "partially_shipped"):
            await people.ship(order, everything=True)
        elif state == "shipped":
            await people.arrive(order)
        elif state in ("delivered", "partially_refunded"):
            await people.ask_to_return(order, 0)
        elif state == "return_requested":
            await people.decide_return(order, "approve")
            await people.decide_return(order, "receive")
        elif state == "returned":
            await people.refund(order, "return", approve=True, restock=False)
        if is_told:
            await scene.work(people.place)
            await scene.send_all(people.place)
