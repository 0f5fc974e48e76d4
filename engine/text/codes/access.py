"""Which findings concern who may do what (RS34x, RS48x)?"""

from __future__ import annotations

from engine.text.codes.code import Code

NAMES: tuple[Code, ...] = (
    Code(
        "RS340",
        "unknown action",
        "error",
        "Routes ask for actions of the vocabulary. A name it does not have permits nothing, and nobody would notice.",
        "support: {may: [orders.refnd]}",
        "support: {may: [orders.refund]}",
        "Correct the name; the reference page of the vocabulary lists all actions.",
    ),
    Code(
        "RS341",
        "pattern that matches no action",
        "error",
        '`"*"` stands for every action and `catalog.*` for all that begin with `catalog.`. A pattern without any '
        "action permits nothing.",
        'moderator: {may: ["catalogue.*"]}',
        'moderator: {may: ["catalog.*"]}',
        "Correct the area before the star. The star stands alone, or last after a dot.",
    ),
    Code(
        "RS342",
        "unknown role to inherit",
        "error",
        "A role inherits the permissions of another one of the same document; there is none of that name.",
        "support: {inherits: [stuff]}",
        "support: {inherits: [staff]}",
        "Correct the name, or declare the role under `roles:`.",
    ),
    Code(
        "RS343",
        "roles that inherit in a circle",
        "error",
        "A role on a circle would inherit itself, so all roles of the circle would be one, which nobody meant.",
        "roles:\n  staff: {inherits: [support]}\n  support: {inherits: [staff]}",
        "roles:\n  staff: {}\n  support: {inherits: [staff]}",
        "Remove one of the steps the finding shows: the smaller role must not inherit the larger one.",
    ),
    Code(
        "RS344",
        "needed role is missing",
        "error",
        "Whoever is not signed in is a `guest`, and whoever has an account is at least a `customer`. Without these "
        "roles nobody could see a product.",
        "roles:\n  admin: {may: [catalog.write]}",
        "roles:\n  guest: {may: [catalog.read]}\n  customer: {inherits: [guest]}\n  admin: {may: [catalog.write]}",
        "Declare both roles; they may be empty if that is what you want.",
    ),
    Code(
        "RS345",
        "limit of an action without an amount",
        "error",
        "Only an action that moves an amount of money can be limited to one. This limit would never be asked.",
        'staff: {may: [catalog.write], limits: {catalog.write: {amount: "50.00", per: day}}}',
        'staff: {may: [orders.refund], limits: {orders.refund: {amount: "50.00", per: day}}}',
        "Remove the limit. The reference page of the vocabulary says which actions have an amount.",
    ),
    Code(
        "RS346",
        "unknown warning in the publish policy",
        "error",
        "The policy names warnings that need a second person when they are allowed. A code that is no warning would "
        "never come up, and nobody would notice.",
        "publish_policy: {second_approver: {warnings: [RS4120]}}",
        "publish_policy: {second_approver: {warnings: [RS412]}}",
        "Correct the code, or write `warnings: any` for all of them.",
    ),
    Code(
        "RS347",
        "guard without carts",
        "error",
        "The guard of the publish policy decides past carts with what is published and without it. Without any carts "
        "it never finds a difference, whatever is published.",
        "publish_policy: {guard: {orders: 0, carts_worse: 0.5}}",
        "publish_policy: {guard: {orders: 5000, carts_worse: 0.5}}",
        "Say how many orders it looks at, or name a collection of carts.",
    ),
)
"""What the names in a document can be wrong about."""

MEANING: tuple[Code, ...] = (
    Code(
        "RS480",
        "permission given twice",
        "warning",
        "The role has the permission already, by another entry or from a role it inherits. Who takes one of the two "
        "away later will think it is gone.",
        "guest: {may: [catalog.read]}\ncustomer: {inherits: [guest], may: [catalog.read, profile.own]}",
        "guest: {may: [catalog.read]}\ncustomer: {inherits: [guest], may: [profile.own]}",
        "Remove the entry that is pointed at.",
    ),
    Code(
        "RS481",
        "limit without effect",
        "error",
        "What a role inherits adds to what it says itself, so the most generous amount counts. Here that is the "
        "inherited one, and the limit holds nobody back.",
        "staff: {may: [orders.refund]}\n"
        'support: {inherits: [staff], limits: {orders.refund: {amount: "50.00", per: day}}}',
        "staff: {}\n"
        'support: {inherits: [staff], may: [orders.refund], limits: {orders.refund: {amount: "50.00", per: day}}}',
        "Take the permission away from the inherited role, or do not inherit that role.",
    ),
    Code(
        "RS482",
        "limit on what the role may not do",
        "error",
        "A limit permits nothing by itself: the role may not do the action at all, although the limit looks as if it "
        "could.",
        'support: {may: [orders.read], limits: {orders.refund: {amount: "50.00", per: day}}}',
        'support: {may: [orders.read, orders.refund], limits: {orders.refund: {amount: "50.00", per: day}}}',
        "Add the action to `may`, or remove the limit.",
    ),
    Code(
        "RS483",
        "limits of one action over different periods",
        "error",
        "Somebody with two roles has the more generous of their limits. Of 50.00 a day and 30.00 at once, neither is.",
        'support: {may: [orders.refund], limits: {orders.refund: {amount: "50.00", per: day}}}\n'
        'moderator: {may: [orders.refund], limits: {orders.refund: {amount: "30.00", per: once}}}',
        'support: {may: [orders.refund], limits: {orders.refund: {amount: "50.00", per: day}}}\n'
        'moderator: {may: [orders.refund], limits: {orders.refund: {amount: "300.00", per: day}}}',
        "Limit the action over the same period in all roles.",
    ),
    Code(
        "RS484",
        "second person that nobody can be",
        "error",
        "The publish policy asks for somebody who agrees, and no role may agree. What needs a second person could "
        "then never be published.",
        "roles:\n  admin: {may: [rules.publish]}\npublish_policy: {second_approver: {kinds: [tax]}}",
        "roles:\n  admin: {may: [rules.publish, rules.approve]}\npublish_policy: {second_approver: {kinds: [tax]}}",
        "Let a role do `rules.approve`, or ask for nobody.",
    ),
)
"""What roles and limits can mean together that their author can hardly want."""
