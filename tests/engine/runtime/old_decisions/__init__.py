"""Decisions as they were made once: rulesets, facts and result, which every later version has to come to again."""
