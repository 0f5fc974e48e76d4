DROP FUNCTION stores_with_rulesets();
DROP TABLE ruleset_comments, rule_switches, ruleset_plans, ruleset_versions;
DROP FUNCTION refuse_changed_version();
