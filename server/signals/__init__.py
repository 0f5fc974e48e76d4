"""What does a store's signals ruleset see in what happened there, or did not, and what is done because of it?"""
