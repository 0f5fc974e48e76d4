"""What each effect of a promotion or coupon takes off: one file per family, all with the same two questions."""
