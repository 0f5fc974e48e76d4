"""The built-in test provider: an outside system that happens to live in our server. It moves no money.

It knows nothing of orders and payments: only its own three tables, and the address its webhooks go to.
"""
