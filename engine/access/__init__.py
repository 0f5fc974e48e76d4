"""Who may do what, alone or with somebody else: compiled, decided with reasons, and held by cases."""
