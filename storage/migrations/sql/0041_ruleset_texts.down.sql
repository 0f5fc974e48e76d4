DROP TABLE decision_reading, rule_hits, decision_rules, ruleset_texts;
