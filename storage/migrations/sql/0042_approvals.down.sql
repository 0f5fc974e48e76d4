DROP INDEX audit_log_by_action, audit_log_by_actor;
DROP TABLE ruleset_approvals;
