"""Who moves the money: one adapter per provider behind server/ports.py, and which one serves a payment method."""
