"""What would other rules have made of the same carts? Two books, and every difference with its cause."""
