"""Which findings concern the order lifecycle (RS5xx)?"""

from __future__ import annotations

from engine.text.codes.code import Code

_NAMES: tuple[Code, ...] = (
    Code(
        "RS501",
        "no initial state",
        "error",
        "A new order needs a state to begin in.",
        "states: {pending: {}, paid: {final: true}}",
        "states: {pending: {initial: true}, paid: {final: true}}",
        "Mark the state in which orders begin with `initial: true`.",
    ),
    Code(
        "RS502",
        "several initial states",
        "error",
        "An order can begin in one state only; with two, nobody can say where it starts.",
        "states: {cart: {initial: true}, pending: {initial: true}}",
        "states: {cart: {initial: true}, pending: {}}",
        "Keep `initial: true` on the state in which orders begin.",
    ),
    Code(
        "RS503",
        "unknown state",
        "error",
        "A transition from or to a state that is not declared can never be taken.",
        "- {on: ship, from: procesing, to: shipped, by: [staff]}",
        "- {on: ship, from: processing, to: shipped, by: [staff]}",
        "Correct the name, or declare the state under `states:`.",
    ),
    Code(
        "RS504",
        "unknown role",
        "error",
        "A role that is not declared is a role that nobody has, so nobody could take the transition.",
        "- {on: ship, from: processing, to: shipped, by: [stuff]}",
        "- {on: ship, from: processing, to: shipped, by: [staff]}",
        "Correct the name, or declare the role under `roles:`; `system` needs no declaration.",
    ),
    Code(
        "RS505",
        "timer without effect",
        "error",
        "When the time is over the system sends the event of the timer; if nothing answers it, nothing happens.",
        "payment_pending: {timeout: {after: 30m, event: payment_timeout}}  # no transition on payment_timeout",
        "- {on: payment_timeout, from: payment_pending, to: cancelled, by: [system], do: [release_stock]}",
        "Add a transition on that event from that state, and let `system` take it.",
    ),
    Code(
        "RS506",
        "unknown action",
        "error",
        "The shop can carry out only the actions it knows.",
        "do: [free_stock]",
        "do: [release_stock]",
        "Use one of the actions listed in the reference of the orders kind.",
    ),
    Code(
        "RS507",
        "wrong argument of an action",
        "error",
        "`notify` names a text that tells a customer of an order, `announce` what the rest of the shop is told; "
        "`restock` and `refund_payment` may say `part`; the other actions take nothing.",
        "do: [announce, {commit_stock: all}]",
        "do: [{announce: OrderPaid}, commit_stock]",
        "Add the missing word, or remove the one that means nothing.",
    ),
    Code(
        "RS508",
        "wrong creation of an order",
        "error",
        "`from: start` stands for the moment an order is created; it leads to the initial state, "
        "and no state may be called `start`.",
        "- {on: place, from: start, to: paid, by: [customer]}  # but pending is initial",
        "- {on: place, from: start, to: pending, by: [customer], do: [reserve_stock]}",
        "Let creation lead to the initial state, and give a state called `start` another name.",
    ),
    Code(
        "RS509",
        "order moved out of a state that exists",
        "error",
        "`moved:` says where orders go on whose state this version no longer has. Orders in a state that it has "
        "stay where they are.",
        "states: {pending: {initial: true}, packed: {}}\nmoved: {packed: pending}",
        "states: {pending: {initial: true}}\nmoved: {packed: pending}",
        "Remove the entry, or the state.",
    ),
)

_STRUCTURE: tuple[Code, ...] = (
    Code(
        "RS510",
        "unreachable state",
        "error",
        "No order can get into the state, so either the state or a transition to it is a mistake.",
        "states: {pending: {initial: true}, paid: {final: true}}\ntransitions: []",
        "transitions:\n  - {on: pay, from: pending, to: paid, by: [system]}",
        "Add the transition that leads there, or remove the state.",
    ),
    Code(
        "RS511",
        "dead end",
        "error",
        "An order that gets here can neither go on nor count as finished; somebody would have to repair it by hand.",
        "states: {pending: {initial: true}, lost: {}}\ntransitions: [{on: lose, from: pending, to: lost, by: [staff]}]",
        "states: {pending: {initial: true}, lost: {final: true}}",
        "Add a transition out of the state, or mark it `final: true`.",
    ),
    Code(
        "RS512",
        "waiting state without a way out",
        "error",
        "A waiting state waits for somebody outside, who may never come. Stock and coupon would stay blocked for ever.",
        "payment_pending: {waiting: true}",
        "payment_pending: {waiting: true, timeout: {after: 30m, event: payment_timeout}}",
        "Add a timer, and a transition on its event that `system` may take without a guard to another state.",
    ),
    Code(
        "RS513",
        "final state that can be left",
        "error",
        "Reports, deletion of old orders and sellers' money rely on final orders staying as they are.",
        "cancelled: {final: true}  # and {on: reopen, from: cancelled, to: pending}",
        "cancelled: {final: {when: {order.fully_refunded: true}}}",
        "Say under which condition the state is final, or remove `final` or the transition. "
        "A transition that stays in the state is fine.",
    ),
    Code(
        "RS514",
        "two transitions at once",
        "warning",
        "Both guards can hold for the same order. The first in the document decides, which is easy "
        "to overlook "
        "and changes when lines are moved.",
        "- {on: refund, from: paid, to: a, by: [staff], when: {order.total: {at_least: 100}}}\n"
        "- {on: refund, from: paid, to: b, by: [staff], when: {order.held: true}}",
        "- {on: refund, from: paid, to: a, by: [staff], when: {order.total: {at_least: 100}}}\n"
        "- {on: refund, from: paid, to: b, by: [staff]}",
        "Make the guards exclude each other, or give the last transition no guard: it then means `otherwise`.",
    ),
    Code(
        "RS515",
        "transition that is never taken",
        "warning",
        "An earlier transition always decides first, so this one stands there in vain.",
        "- {on: ship, from: paid, to: shipped, by: [staff]}\n"
        "- {on: ship, from: paid, to: held, by: [staff], when: {order.held: true}}",
        "- {on: ship, from: paid, to: held, by: [staff], when: {order.held: true}}\n"
        "- {on: ship, from: paid, to: shipped, by: [staff]}",
        "Put the special case before the general one, or remove it.",
    ),
    Code(
        "RS517",
        "no way to an end",
        "error",
        "An order with this history goes round in circles and never comes to rest in a final state.",
        "states: {a: {initial: true}, b: {}}  # a -> b -> a",
        "states: {a: {initial: true}, b: {}, done: {final: true}}  # b -> done",
        "Add a way to a final state, and check that its guard can hold for such an order.",
    ),
)

_SETTLEMENT: tuple[Code, ...] = (
    Code(
        "RS520",
        "stock left reserved",
        "error",
        "The order ends, but its units stay reserved: nobody else can buy them.",
        "- {on: cancel, from: pending, to: cancelled, by: [customer]}",
        "- {on: cancel, from: pending, to: cancelled, by: [customer], do: [release_stock]}",
        "Commit or release the stock on every way to the end.",
    ),
    Code(
        "RS521",
        "stock settled out of order",
        "error",
        "Stock is reserved once, then committed or released once, and put back only after it was committed. "
        "Anything else makes the counted stock wrong.",
        "- {on: cancel, from: [pending, paid], to: cancelled, by: [staff], do: [release_stock]}  # paid: committed",
        "- {on: cancel, from: pending, to: cancelled, by: [staff], do: [release_stock]}\n"
        "- {on: cancel, from: paid, to: cancelled, by: [staff], do: [restock, refund_payment]}",
        "Write one transition for each situation, with the action that fits it.",
    ),
    Code(
        "RS522",
        "coupon left held",
        "error",
        "The order ends, but the coupon it held can be used by nobody.",
        "- {on: payment_timeout, from: payment_pending, to: cancelled, by: [system], do: [release_stock]}",
        "- {on: payment_timeout, from: payment_pending, to: cancelled, by: [system], "
        "do: [release_stock, release_coupon]}",
        "Consume or release the coupon on every way to the end.",
    ),
    Code(
        "RS523",
        "coupon settled out of order",
        "error",
        "A coupon is held once, then consumed or released once, and given back only after it was consumed. "
        "Anything else makes its count of uses wrong.",
        "- {on: cancel, from: paid, to: cancelled, by: [staff], do: [release_coupon]}  # already consumed",
        "- {on: cancel, from: paid, to: cancelled, by: [staff], do: [return_coupon]}",
        "Write one transition for each situation, with the action that fits it.",
    ),
    Code(
        "RS524",
        "money kept without a sale",
        "error",
        "The order ends as cancelled or returned, but no refund was asked for: the customer has paid for nothing.",
        "- {on: cancel, from: paid, to: cancelled, by: [staff], do: [restock]}",
        "- {on: cancel, from: paid, to: cancelled, by: [staff], do: [restock, refund_payment]}",
        "Add `refund_payment` on the way, or say `undone: false` on the state if the money may be kept.",
    ),
    Code(
        "RS525",
        "money settled out of order",
        "error",
        "Money is captured once and refunded once, after it was captured. Otherwise the customer pays twice "
        "or the shop pays out money it never had.",
        "- {on: cancel, from: [pending, paid], to: cancelled, by: [staff], do: [refund_payment]}  # pending: unpaid",
        "- {on: cancel, from: paid, to: cancelled, by: [staff], do: [refund_payment]}",
        "Write one transition for each situation, or tell them apart by a guard on `order.captured`.",
    ),
    Code(
        "RS526",
        "late payment has nowhere to go",
        "error",
        "A payment may succeed after its order was cancelled: the provider is slow, or the "
        "customer tries twice. "
        "Without a transition the money would lie there unnoticed.",
        "states: {payment_pending: {initial: true}, cancelled: {final: true}}",
        "- {on: payment_succeeded, from: cancelled, by: [system], do: [refund_payment]}",
        "Add a transition on payment_succeeded that takes the order on, or gives the money back.",
    ),
    Code(
        "RS527",
        "stock not put back",
        "warning",
        "The order ends as cancelled although its units were taken out of stock. If they never left, they are lost.",
        "- {on: cancel, from: paid, to: cancelled, by: [staff], do: [refund_payment]}",
        "- {on: cancel, from: paid, to: cancelled, by: [staff], do: [refund_payment, restock]}",
        "Add `restock`, or accept the finding if the goods are really gone.",
    ),
    Code(
        "RS531",
        "orders without a way on",
        "error",
        "Orders of the shop are in a state that this version does not have. Nothing could be done with them any more.",
        "states: {pending: {initial: true}, shipped: {}}  # and twelve orders are being packed",
        "states: {pending: {initial: true}, shipped: {}}\nmoved: {packing: pending}",
        "Keep the state, or say under `moved:` in which state these orders go on.",
    ),
    Code(
        "RS532",
        "orders moved to where they do not belong",
        "warning",
        "Orders are moved to a state that no order of this version gets into with stock, coupon and money settled so. "
        "From there on, something may be settled twice or never.",
        "moved: {packing: pending}  # packing has taken the stock out, and pending reserves it",
        "moved: {packing: paid}",
        "Choose a state in which as much is settled, or accept the finding when no such order is left.",
    ),
    Code(
        "RS530",
        "not analysed",
        "note",
        "The check stopped at its limit. What it did not look at may be right or wrong.",
        "when: {any: [ … hundreds of alternatives … ]}",
        "when: {order.held: false}",
        "Split the guard or the machine into smaller parts.",
    ),
)

_CASES: tuple[Code, ...] = (
    Code(
        "RS540",
        "order that lives differently than its case",
        "error",
        "The lifecycle decides something else than the case says. Either a transition is wrong, or the case is out "
        "of date.",
        "expect: {open: {cancel: cancelled}}  # but only the staff may cancel",
        "expect: {closed: {cancel: wrong_role}}",
        "Read the reason below the finding; it names the role, the state or the test that stands in the way.",
    ),
    Code(
        "RS541",
        "lifecycle case that cannot be read",
        "error",
        "A case names a state, role, event, fact or key that does not exist, so it would check nothing.",
        "given: {state: payd, role: customer}",
        "given: {state: paid, role: customer}",
        "Correct the name. A case has `given: {state, role, facts}`, `walk: [{on, by, facts}]` and `expect`.",
    ),
)

CODES: tuple[Code, ...] = (*_NAMES, *_STRUCTURE, *_SETTLEMENT, *_CASES)
