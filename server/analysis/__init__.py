"""What would other rules make of the carts there are? Collections of carts, replays on them, and saved scenarios."""
