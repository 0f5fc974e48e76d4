DROP TABLE invariant_breaches;
DROP TABLE proof_jobs;
