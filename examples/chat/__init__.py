"""A client of /chat for the terminal.

`shop` asks over HTTP, `line` stays connected, `transcript` knows what has been shown, `screen` shows it, `talk` brings
them together, and `commands` is what can be typed.
"""
