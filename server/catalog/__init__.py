"""What the shop sells, and how much of it there is."""
