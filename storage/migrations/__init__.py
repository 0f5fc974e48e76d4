"""Every step of the schema, in order. Each module names its SQL files; storage.migrate applies them."""
