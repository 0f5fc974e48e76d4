"""A client of /chat for the terminal.

`shop` asks over HTTP, `line` stays connected, `transcript` knows what has been shown, `screen` shows it with the
sentences of `deeds`, `talk` brings them together, `typed` reads lines, and `commands` is what they can be.
"""
