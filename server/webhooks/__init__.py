"""What happens in the shop, told to programs of others: signed HTTP requests to the addresses a merchant gives."""
