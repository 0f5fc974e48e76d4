"""Search for a cart that shows something, among carts made of the values at which the rules of a book change."""
