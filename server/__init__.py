"""The running shop.

Will hold one room per concern in shop words (catalog, cart, checkout, orders, payments, ...), each with
HTTP and sockets only at its edge.
"""
