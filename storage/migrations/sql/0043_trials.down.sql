DROP TABLE ruleset_trial_counts, ruleset_trials;
