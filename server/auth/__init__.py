"""Who somebody is: accounts, sessions, roles, addresses."""
