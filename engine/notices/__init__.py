"""Who is told what when something happens, by which channels, and when: decided from a notifications ruleset.

`plan.who_is_told` finds the rules, `reach.reach` the channels of one recipient, `times` the instant.
Nothing here sends.
"""
