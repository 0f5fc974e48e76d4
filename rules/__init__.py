"""The rulesets that ship with the shop.

Holds one folder per ruleset kind with its published versions and their cases, the vocabularies of facts,
the JSON Schemas for editors, and the lock file with the hash of every published version.
"""
