DROP TABLE ruleset_approvals;
