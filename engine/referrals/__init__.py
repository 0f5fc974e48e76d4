"""Whether invites count, what that brings, and who else is given a code: decided with reasons, and held by cases."""
