"""What does an account at Stripe do? Intents, refunds and events, as https://docs.stripe.com/api has them."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
import time
from dataclasses import dataclass, field
from typing import Any

CREATE_FIELDS = re.compile(
    r"amount|currency|description|receipt_email|metadata\[\w+\]|automatic_payment_methods\[enabled\]"
    r"|payment_method_types\[\]"
)
THREE_DECIMAL, WHOLE_ONLY = {"bhd", "jod", "kwd", "omr", "tnd"}, {"isk", "ugx"}
CARDS = {
    "pm_card_visa": "succeeded",
    "pm_card_pendingRefund": "succeeded",
    "pm_card_refundFail": "succeeded",
    "pm_usBankAccount": "processing",
    "pm_card_chargeDeclined": "declined",
}
LEAST_AMOUNT = 50

Form = dict[str, str]
Thing = dict[str, Any]


class Refused(Exception):
    """An error as Stripe answers it."""

    def __init__(self, status: int, kind: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"type": kind, "message": message, **more}}


def invalid(message: str, **more: Any) -> Refused:
    return Refused(400, "invalid_request_error", message, **more)


@dataclass
class Stripe:
    """An account: its intents and refunds, the keys that were used, and the trouble it was asked to make.

    `untold` are the types of event that its webhook is not subscribed to.
    """

    intents: dict[str, Thing] = field(default_factory=dict)
    refunds: dict[str, Thing] = field(default_factory=dict)
    charges: dict[str, Thing] = field(default_factory=dict)
    untold: list[str] = field(default_factory=list)
    cards: dict[str, str] = field(default_factory=dict)
    answered: dict[str, tuple[str, int, Thing]] = field(default_factory=dict)
    running: set[str] = field(default_factory=set)
    faults: list[Thing] = field(default_factory=list)
    webhook: Thing | None = None
    asked: list[Thing] = field(default_factory=list)
    events: list[Thing] = field(default_factory=list)
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    def create_intent(self, form: Form) -> Thing:
        unknown = [name for name in form if not CREATE_FIELDS.fullmatch(name)]
        if unknown:
            raise invalid(f"Received unknown parameter: {unknown[0]}", code="parameter_unknown", param=unknown[0])
        currency = form.get("currency", "")
        if not re.fullmatch(r"[a-z]{3}", currency):
            raise invalid(f"Invalid currency: {currency}", param="currency")
        intent = {
            "id": f"pi_{next(self.numbers)}",
            "object": "payment_intent",
            "amount": self.amount_of(form, currency),
            "amount_received": 0,
            "currency": currency,
            "metadata": metadata_of(form),
            "receipt_email": form.get("receipt_email"),
            "payment_method_types": [form["payment_method_types[]"]] if "payment_method_types[]" in form else ["card"],
            "status": "requires_payment_method",
            "last_payment_error": None,
            "cancellation_reason": None,
            "livemode": False,
        }
        intent["client_secret"] = f"{intent['id']}_secret_{hashlib.sha256(str(intent['id']).encode()).hexdigest()[:16]}"
        self.intents[str(intent["id"])] = intent
        return intent

    def amount_of(self, form: Form, currency: str) -> int:
        text = form.get("amount", "")
        if not text.isdigit() or int(text) == 0:
            raise invalid(f"Invalid positive integer: {text}", param="amount", code="parameter_invalid_integer")
        amount = int(text)
        if amount < LEAST_AMOUNT:
            raise invalid("Amount must be at least the equivalent of 0.50 usd", code="amount_too_small", param="amount")
        if currency in THREE_DECIMAL and amount % 10:
            raise invalid("The amount's last digit has to be 0", code="parameter_invalid_integer", param="amount")
        if currency in WHOLE_ONLY and amount % 100:
            raise invalid("Invalid amount", code="invalid_charge_amount_no_decimal_compatible", param="amount")
        return amount

    def confirm(self, intent: Thing, form: Form) -> Thing:
        card = form.get("payment_method", "")
        if card not in CARDS:
            raise Refused(404, "invalid_request_error", f"No such PaymentMethod: '{card}'", code="resource_missing")
        self.need(intent, "requires_payment_method")
        self.cards[intent["id"]] = card
        if CARDS[card] == "declined":
            error = {"type": "card_error", "code": "card_declined", "message": "Your card was declined."}
            intent["last_payment_error"] = error
            self.tell("payment_intent.payment_failed", intent)
            raise Refused(402, **{"kind": "card_error", **without_type(error)}, payment_intent=intent)
        intent["status"] = CARDS[card]
        if CARDS[card] == "processing":
            self.tell("payment_intent.processing", intent)
            return intent
        intent["amount_received"] = intent["amount"]
        self.tell("charge.succeeded", self.charge(intent, card))
        self.tell("payment_intent.succeeded", intent)
        return intent

    def charge(self, intent: Thing, card: str) -> Thing:
        fingerprint = hashlib.sha256(card.encode()).hexdigest()[:16]
        charge = {
            "id": f"ch_{intent['id'][3:]}",
            "object": "charge",
            "amount": intent["amount"],
            "currency": intent["currency"],
            "metadata": intent["metadata"],
            "payment_intent": intent["id"],
            "payment_method_details": {"type": "card", "card": {"brand": "visa", "fingerprint": fingerprint}},
        }
        intent["latest_charge"] = charge["id"]
        self.charges[str(charge["id"])] = charge
        return charge

    def cancel(self, intent: Thing, form: Form) -> Thing:
        self.need(intent, "requires_payment_method")
        intent["status"] = "canceled"
        intent["cancellation_reason"] = form.get("cancellation_reason")
        self.tell("payment_intent.canceled", intent)
        return intent

    def refund(self, form: Form) -> Thing:
        intent = self.intent(form.get("payment_intent", ""))
        if intent["status"] != "succeeded":
            raise invalid(f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.")
        amount = self.amount_of(form, intent["currency"])
        before = sum(
            each["amount"]
            for each in self.refunds.values()
            if each["payment_intent"] == intent["id"] and each["status"] != "failed"
        )
        if before == intent["amount_received"]:
            raise invalid("Charge has already been refunded.", code="charge_already_refunded")
        if before + amount > intent["amount_received"]:
            raise invalid(f"Refund amount ({amount}) is greater than unrefunded amount on charge", param="amount")
        card = self.cards[intent["id"]]
        refund = {
            "id": f"re_{next(self.numbers)}",
            "object": "refund",
            "amount": amount,
            "currency": intent["currency"],
            "payment_intent": intent["id"],
            "metadata": metadata_of(form),
            "status": "pending" if card == "pm_card_pendingRefund" else "succeeded",
        }
        self.refunds[str(refund["id"])] = refund
        self.tell("refund.created", refund)
        charge = {"id": f"ch_{intent['id'][3:]}", "object": "charge", "amount_refunded": before + amount}
        self.tell("charge.refunded", {**charge, "currency": intent["currency"], "metadata": intent["metadata"]})
        if card == "pm_card_refundFail":
            refund |= {"status": "failed", "failure_reason": "lost_or_stolen_card"}
            self.tell("refund.failed", refund)
        return refund

    def settle(self, refund: Thing) -> Thing:
        refund["status"] = "succeeded"
        self.tell("refund.updated", refund)
        return refund

    def intent(self, name: str) -> Thing:
        if name not in self.intents:
            raise Refused(404, "invalid_request_error", f"No such payment_intent: '{name}'", code="resource_missing")
        return self.intents[name]

    def need(self, intent: Thing, status: str) -> None:
        if intent["status"] != status:
            raise invalid(
                f"You cannot do this to a PaymentIntent with a status of {intent['status']}.",
                code="payment_intent_unexpected_state",
                payment_intent=intent,
            )

    def tell(self, kind: str, thing: Thing) -> None:
        if kind in self.untold:
            return
        number = next(self.numbers)
        self.events.append(
            {
                "id": f"evt_{number}",
                "object": "event",
                "type": kind,
                "created": int(time.time()),
                "livemode": False,
                "data": {"object": json.loads(json.dumps(thing))},
            }
        )

    def act(self, path: str, form: Form) -> Thing:
        """The object at the end of a POST."""
        match path.split("/")[2:]:
            case ["payment_intents"]:
                return self.create_intent(form)
            case ["payment_intents", name, "confirm"]:
                return self.confirm(self.intent(name), form)
            case ["payment_intents", name, "cancel"]:
                return self.cancel(self.intent(name), form)
            case ["refunds"]:
                return self.refund(form)
        raise Refused(404, "invalid_request_error", f"Unrecognized request URL (POST: {path}).")


def metadata_of(form: Form) -> dict[str, str]:
    return {name[9:-1]: value for name, value in form.items() if name.startswith("metadata[")}


def without_type(error: Thing) -> Thing:
    return {name: value for name, value in error.items() if name != "type"}
