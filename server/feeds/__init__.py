"""How does somebody see what happens to a thing, while it happens? Steps from the database, in order, each once."""
