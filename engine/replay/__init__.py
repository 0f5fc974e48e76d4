"""Real orders of other shops, priced under rulesets and counted.

`olist` and `online_retail` turn order tables into carts, `pricing` prices them with whatever decides,
`summary` adds decisions up. Texts, clock and the deciding function come in as arguments; summaries merge,
so the work can be split over processes. No row is lost: every one is priced, refused, or skipped for a
stated reason.
"""
