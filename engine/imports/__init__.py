"""Tariffs and tax tables of other makers become rulesets: text in, YAML text and findings out.

`royal_mail` and `royal_mail_versions` read the postal tariffs, `dhl` the two carrier tariffs, `vat` the
European tax table. An importer repairs nothing: overlaps and price drops of its source stay in the ruleset,
where the lints find them, with the line of the source beside them. Only what cannot be written at all is a
finding here (RS8xx).
"""
