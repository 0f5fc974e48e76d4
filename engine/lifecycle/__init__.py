"""The life of an order: who may do what in which state, and is everything settled on every path?"""
