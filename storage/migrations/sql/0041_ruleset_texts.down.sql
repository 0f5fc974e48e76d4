DROP TABLE decision_reading, rule_hits, decision_rules, ruleset_texts;
DROP INDEX decision_log_by_actor, decision_log_refused;
ALTER TABLE decision_log DROP COLUMN refused;
