"""Payments: asking providers for money, believing what they tell, and giving money back."""
