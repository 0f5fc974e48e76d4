"""What somebody is about to buy, always with its decision."""
