"""What moves before people's eyes? Orders for those who wait for them, the shop's numbers for those who run it."""
