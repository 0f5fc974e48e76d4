"""Orders of the past, placed in a running shop over HTTP, and lived to their end.

`history` reads them, `goods` makes the catalogue that sells them, `opening` opens a store with it, `living` brings
every order through its steps, `agreement` decides the same carts here, `checking` compares, `report` shows.
"""
