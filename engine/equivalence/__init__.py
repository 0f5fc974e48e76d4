"""Do two rule books decide every cart alike, and if not, which is the smallest cart that shows it?"""
